"""`flask reports outcomes`: what transfusions did, by group, as JSON or as a file."""

from pathlib import Path

import click

from commands.common import actor, json_text, locale, phenotheque_command, runtime
from commands.reports import reports
from domain.errors import UnusableInput
from domain.reservation import Timing
from services.documents.document import Maker
from services.documents.files import DEFAULT_PROFILE
from services.documents.outcomes import outcomes_document, record_outcomes_export
from services.documents.whole import document_bytes, write_whole
from services.outcomes.plain import outcomes_json
from services.outcomes.report import Period, make_report, parse_period


@reports.command("outcomes")
@click.option("--from", "first", metavar="MONTH", default="", help="First month, YYYY-MM (default: two years ago).")
@click.option("--to", "last", metavar="MONTH", default="", help="Last month, YYYY-MM (default: the last whole one).")
@click.option("--all", "everything", is_flag=True, help="Those that are not known to be valid too.")
@click.option("--format", "form", type=click.Choice(["json", "csv", "xlsx", "pdf"]), default="json", show_default=True)
@click.option("-o", "--output", metavar="FILE", help="Write to a file instead of standard output (JSON alone).")
@phenotheque_command
def outcomes(first: str, last: str, everything: bool, form: str, output: str | None) -> None:
    """Report what transfusions did by what was given; small groups are hidden."""
    if form != "json" and output is None:
        raise UnusableInput("file_needed", form=form)
    settings = runtime().settings
    timing = Timing(runtime().now(), settings.timezone, settings.hold_hours)
    period = parse_period(first, last, today=timing.today)
    content = (_as_json if form == "json" else _as_file)(period, not everything, form, timing)
    if output is None:
        click.echo(content.decode(), nl=False)
    else:
        write_whole(content, Path(output))


def _as_json(period: Period, valid_only: bool, _form: str, timing: Timing) -> bytes:
    with runtime().engines.read_session() as session:
        report = make_report(session, period, valid_only=valid_only, timing=timing)
    return (json_text(outcomes_json(report)) + "\n").encode()


def _as_file(period: Period, valid_only: bool, form: str, timing: Timing) -> bytes:
    """The file's bytes; that it went out is noted."""
    maker = Maker(actor(), timing.now, timing.timezone)
    with runtime().engines.write_session() as session:
        report = make_report(session, period, valid_only=valid_only, timing=timing)
        document = outcomes_document(report, maker=maker, locale=locale(), on_paper=form == "pdf")
        content, rows = document_bytes(document, form, profile=DEFAULT_PROFILE, maker=maker)
        record_outcomes_export(session, period, "outcomes", form, rows, actor=actor(), now=timing.now)
    return content
