"""`flask duplicates`: look for donors registered twice, and list the pairs; numbers only, never who they are."""

from typing import Any

import click

from commands.common import emit_json, locale, phenotheque_command, runtime
from commands.options import FORMAT
from models.duplicate import DuplicatePair, PairState
from services.duplicates.pairs import compare_registry, keep_pairs, list_pairs
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
