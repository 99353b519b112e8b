"""`flask allocate`: the donors of a span of days divided among the open requests."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import click

from commands.common import emit_json, locale, phenotheque_command, runtime
from commands.options import FORMAT, on_day
from commands.tables import print_table
from services.allocation.proposing import Json, Span, propose_allocation
from services.matching.snapshots import SnapshotStore
from services.wording.catalogue import sentence
from services.wording.formats import format_date


@click.command("allocate")
@click.option("--from", "from_text", metavar="DATE", help="First day of donation, YYYY-MM-DD (default: today).")
@click.option("--days", type=int, default=28, show_default=True, help="How many days to divide.")
@FORMAT
@phenotheque_command
def allocate(from_text: str | None, days: int, form: str) -> None:
    """Divide the compatible donors among the open requests: most units first. Reserves nobody."""
    span = Span(on_day(from_text), days, ZoneInfo(runtime().settings.timezone))
    store = SnapshotStore(runtime().snapshots_path)
    with runtime().engines.read_session() as session:
        answer = propose_allocation(session, store, span=span, locale=locale())
    if form == "json":
        emit_json(answer)
    else:
        _print(answer, span)


def _print(answer: Json, span: Span) -> None:
    first, last = (format_date(day, locale()) for day in (span.first, span.first + timedelta(days=span.days - 1)))
    counts = {"met": len(answer["given"]), "units": sum(one["units"] for one in answer["requests"])}
    title = sentence("title_allocation", {"first": first, "last": last, **counts}, locale())
    given = [[format_date(one["day"], locale()), one["patient"], one["donor_number"]] for one in answer["given"]]
    print_table(title, ("day", "patient", "donor"), given, 3, locale())
    if answer["unmet"]:
        unmet = [
            [one["patient"], str(one["units"]), one["message"], ", ".join(one["held_by"])] for one in answer["unmet"]
        ]
        print_table("", ("patient", "units", "why", "held_by"), unmet, 4, locale())
    if answer["loss"]:
        click.echo(sentence("allocation_loss", {"units": answer["loss"]}, locale()))
    for issue in answer["issues"]:
        click.echo(issue["message"], err=True)
