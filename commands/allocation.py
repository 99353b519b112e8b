"""`flask allocate` and `flask allocation accept`: donors divided among the open requests, and reserved as divided."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import click

from commands.common import DONE, SOME_ROWS_REFUSED, actor, emit_json, locale, phenotheque_command, runtime, say
from commands.options import FORMAT, on_day
from commands.tables import print_table
from domain.reservation import Timing
from services.accounts.permissions import Permission
from services.accounts.person import Person
from services.allocation.accepting import accept
from services.allocation.keeping import keep_run
from services.allocation.proposing import Json, Span, propose_allocation
from services.allocation.terms import span_to_come
from services.matching.snapshots import SnapshotStore
from services.wording.catalogue import sentence
from services.wording.formats import format_date


@click.command("allocate")
@click.option("--from", "from_text", metavar="DATE", help="First day of donation, YYYY-MM-DD (default: today).")
@click.option("--days", type=int, default=28, show_default=True, help="How many days to divide.")
@click.option("--keep", is_flag=True, help="Keep the division: the next ones stay near it, and it can be accepted.")
@FORMAT
@phenotheque_command
def allocate(from_text: str | None, days: int, keep: bool, form: str) -> None:
    """Divide the compatible donors among the open requests: most units first. Reserves nobody."""
    zone = ZoneInfo(runtime().settings.timezone)
    span = span_to_come(on_day(from_text), days, today=runtime().today(), zone=zone)
    answer = _kept(span) if keep else _proposed(span)
    if form == "json":
        emit_json(answer)
    else:
        _print(answer, span)


@click.group("allocation")
def allocation() -> None:
    """Accept a division that was kept."""


@allocation.command("accept")
@click.argument("run")
@FORMAT
@phenotheque_command
def accept_run(run: str, form: str) -> int:
    """Reserve every donor of a kept division for its request; exit code 3 where some are refused."""
    store = SnapshotStore(runtime().snapshots_path)
    with runtime().engines.write_session() as session:
        answer = accept(session, store, run_code=run, choices=None, by=_operator(), timing=_timing(), locale=locale())
    if form == "json":
        emit_json(answer)
    else:
        rows = [[format_date(one["day"], locale()), one["patient"], one["donor_number"]] for one in answer["reserved"]]
        title = sentence("title_allocation_accepted", {"units": len(rows)}, locale())
        print_table(title, ("day", "patient", "donor"), rows, 3, locale())
        for one in answer["refused"]:
            click.echo(one["message"], err=True)
    return SOME_ROWS_REFUSED if answer["refused"] else DONE


def _proposed(span: Span) -> Json:
    store = SnapshotStore(runtime().snapshots_path)
    with runtime().engines.read_session() as session:
        return propose_allocation(session, store, span=span, locale=locale())


def _kept(span: Span) -> Json:
    store = SnapshotStore(runtime().snapshots_path)
    with runtime().engines.write_session() as session:
        row = keep_run(session, store, span=span, by=_operator(), timing=_timing(), locale=locale())
        return row.answer | {"run": row.code}


def _operator() -> Person:
    """Who works on this machine: they may reserve, and neither sign nor see who a donor is."""
    name = actor()
    may = frozenset({Permission.RESERVE, Permission.SEE_PATIENTS, Permission.SEE_DONORS})
    return Person(0, name, name, (), may, None, None, None, False, False)


def _timing() -> Timing:
    settings = runtime().settings
    return Timing(runtime().now(), settings.timezone, settings.hold_hours)


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
    if "run" in answer:
        say("allocation_run_kept", run=answer["run"])
    for issue in answer["issues"]:
        click.echo(issue["message"], err=True)
