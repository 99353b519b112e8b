"""`flask index`: the search index of the registry."""

import click

from commands.common import emit_json, phenotheque_command, runtime, say
from commands.options import FORMAT
from commands.tables import show_facts
from services.donors import rederive_all
from services.matching.snapshots import SnapshotStore, index_status, rebuild_index
from services.reference import active_reference
from services.rule_tables import eligibility_rules


@click.group("index")
def index() -> None:
    """Build and check the search index."""


@index.command("build")
@click.option("--rederive", is_flag=True, help="First rebuild every donor's derived columns from the raw text.")
@FORMAT
@phenotheque_command
def build(rederive: bool, form: str) -> None:
    """Build the index of the registry as it is now."""
    held = runtime()
    if rederive:
        with held.engines.write_session() as session:
            changed = rederive_all(
                session, reference=active_reference(session), rules=eligibility_rules(held.today()), now=held.now()
            )
        say("donors_rederived", donors=changed)
    with held.engines.read_session() as session:
        built = rebuild_index(session, SnapshotStore(held.snapshots_path))
    facts = {"snapshot": built.meta.snapshot, "donors": built.meta.donors, "bytes": built.size_bytes}
    say("index_built", **facts)
    if form == "json":
        emit_json(facts)


@index.command("status")
@FORMAT
@phenotheque_command
def status(form: str) -> None:
    """Say whether the index fits the registry, and verify its checksums."""
    with runtime().engines.read_session() as session:
        facts = index_status(session, SnapshotStore(runtime().snapshots_path))
    if form == "json":
        emit_json(facts)
    else:
        show_facts(facts)
