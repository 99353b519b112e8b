"""`flask reports`: the availability report of a day, as JSON or as a file."""

from datetime import date
from pathlib import Path

import click
from sqlmodel import Session

from commands.common import actor, json_text, locale, phenotheque_command, runtime
from commands.options import on_day
from domain.errors import NotFound, RefusedByRule, UnusableInput
from services.availability.plain import patient_json, report_json
from services.availability.report import Report, find_report, open_patient_report
from services.documents.availability import availability_document, record_availability_export
from services.documents.document import Maker
from services.documents.files import DEFAULT_PROFILE
from services.documents.whole import document_bytes, write_whole


@click.group("reports")
def reports() -> None:
    """Reports made from the daily snapshots."""


@reports.command("availability")
@click.option("--on", "on_text", metavar="DATE", help="Day of the report, YYYY-MM-DD (default: the latest snapshot).")
@click.option("--region", help="Donors of one region alone.")
@click.option("--patient", help="One patient's part, by number (JSON).")
@click.option("--format", "form", type=click.Choice(["json", "csv", "xlsx", "pdf"]), default="json", show_default=True)
@click.option("-o", "--output", metavar="FILE", help="Write to a file instead of standard output (JSON alone).")
@phenotheque_command
def availability(on_text: str | None, region: str | None, patient: str | None, form: str, output: str | None) -> None:
    """Report the donors available for each directive on a day, from its snapshot."""
    _check(form, region, patient, output)
    on = None if on_text is None else on_day(on_text)
    if form == "json":
        _emit(_as_json(on, region, patient), output)
    else:
        write_whole(_as_file(on, region, form), Path(output or ""))


def _check(form: str, region: str | None, patient: str | None, output: str | None) -> None:
    """Raises UnusableInput for options that do not go together."""
    if form != "json" and output is None:
        raise UnusableInput("file_needed", form=form)
    if patient is not None and region is not None:
        raise UnusableInput("report_patient_or_region")
    if patient is not None and form != "json":
        raise UnusableInput("report_patient_as_json")


def _as_json(on: date | None, region: str | None, patient: str | None) -> str:
    zone = runtime().settings.timezone
    with runtime().engines.read_session() as session:
        if patient is not None:
            found = open_patient_report(session, patient=patient, on=on, region=region, zone=zone)
            return json_text(patient_json(found)) + "\n"
        return json_text(report_json(_report(session, on, region))) + "\n"


def _as_file(on: date | None, region: str | None, form: str) -> bytes:
    """The file's bytes; that it went out is noted."""
    maker = Maker(actor(), runtime().now(), runtime().settings.timezone)
    with runtime().engines.write_session() as session:
        report = _report(session, on, region)
        on_paper = form == "pdf"
        document = availability_document(report, maker=maker, locale=locale(), patients=True, on_paper=on_paper)
        content, rows = document_bytes(document, form, profile=DEFAULT_PROFILE, maker=maker)
        record_availability_export(session, report, form, rows, actor=actor(), now=runtime().now())
    return content


def _report(session: Session, on: date | None, region: str | None) -> Report:
    found = find_report(session, on=on, region=region, patients=True, zone=runtime().settings.timezone)
    if found is None and on is not None:
        raise NotFound("availability_none_before", on=on.isoformat())
    if found is None:
        raise RefusedByRule("availability_none")
    return found


def _emit(text: str, output: str | None) -> None:
    if output is None:
        click.echo(text, nl=False)
    else:
        write_whole(text.encode(), Path(output))
