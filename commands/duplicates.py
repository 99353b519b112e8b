"""`flask duplicates`: look for donors registered twice, and list the pairs; numbers only, never who they are."""

from typing import Any

import click

from commands.common import actor, emit_json, locale, phenotheque_command, runtime
from commands.options import FORMAT
from domain.errors import InvalidFields, UnusableInput
from models.duplicate import DuplicatePair, PairState
from services.campaigns.steps import Moment
from services.duplicates.choices import Side
from services.duplicates.merging import Merge, merge_donors
from services.duplicates.pairs import compare_registry, keep_pairs, list_pairs
from services.duplicates.undoing import get_merge, undo_merge
from services.explanations import get_donor
from services.wording.catalogue import sentence


@click.group("duplicates")
def duplicates() -> None:
    """Look for donors registered twice."""


@duplicates.command("find")
@FORMAT
@phenotheque_command
def find(form: str) -> None:
    """Compare every donor with those alike, and keep the pairs that a person should look at."""
    held = runtime()
    with held.engines.read_session() as session:
        compared = compare_registry(session)
    with held.engines.write_session() as session:
        counts = keep_pairs(session, compared, now=held.now())
    if form == "json":
        emit_json(counts)
    else:
        click.echo(sentence("duplicates_found", counts, locale()))


@duplicates.command("list")
@click.option("--state", type=click.Choice([state.value for state in PairState]), help="Only the pairs in this state.")
@FORMAT
@phenotheque_command
def list_found(state: str | None, form: str) -> None:
    """List the pairs, the likeliest first."""
    with runtime().engines.read_session() as session:
        rows = [_line(*row) for row in list_pairs(session, state=PairState(state) if state else None)]
    if form == "json":
        emit_json({"pairs": rows})
    elif not rows:
        click.echo(sentence("duplicates_none", {}, locale()))
    for row in rows if form == "table" else ():
        click.echo(sentence("duplicate_pair_line", row, locale()))


@duplicates.command("merge")
@click.argument("survivor")
@click.argument("merged")
@click.option("--reason", required=True, help="Why they are one person; name nobody.")
@click.option("--take", "takes", multiple=True, metavar="FIELD", help="Take this field from the record that goes.")
@click.option("--keep", "keeps", multiple=True, metavar="FIELD", help="Keep this field of the record that stays.")
@phenotheque_command
def merge(survivor: str, merged: str, reason: str, takes: tuple[str, ...], keeps: tuple[str, ...]) -> None:
    """Make one record of two donors: the second one's number leads to the first from then on."""
    held = runtime()
    sides = dict.fromkeys(takes, Side.MERGED.value) | dict.fromkeys(keeps, Side.SURVIVOR.value)
    when = Moment(held.now(), held.today())
    with held.engines.write_session() as session:
        versions = get_donor(session, survivor).version_id, get_donor(session, merged).version_id
        wish = Merge(survivor, merged, versions, sides, reason)
        try:
            row = merge_donors(session, wish, actor=actor(), timing=when)
        except InvalidFields as faults:  # the first of them, with the field that it is about
            fault = faults.faults[0]
            raise UnusableInput("merge_field", field=fault.field, reason=fault.code) from faults
    click.echo(sentence("merge_done", {"merged": merged, "survivor": survivor}, locale()))
    click.echo(sentence("merge_number", {"merge": row.id or 0}, locale()))


@duplicates.command("undo")
@click.argument("number", type=int)
@click.option("--reason", required=True, help="Why they are two people after all; name nobody.")
@phenotheque_command
def undo(number: int, reason: str) -> None:
    """Make two records again of a merge, within thirty days."""
    held = runtime()
    with held.engines.write_session() as session:
        found = get_merge(session, number)
        version = found.row.version_id
        undo_merge(session, merge_id=number, version=version, reason=reason, actor=actor(), now=held.now())
    said = {"merged": found.merged, "survivor": found.survivor}
    click.echo(sentence("merge_undone", said, locale()))


def _line(pair: DuplicatePair, first: str, second: str) -> dict[str, Any]:
    return {
        "id": pair.id,
        "first": first,
        "second": second,
        "state": pair.state.value,
        "weight": round(pair.weight, 1),
        "probability": round(pair.probability, 4),
        "conflicts": pair.conflicts,
        "waterfall": pair.waterfall,
    }
