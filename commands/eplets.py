"""`flask eplets`: what the eplet table in use says of alleles."""

import click

from commands.common import emit_json, phenotheque_command, runtime
from commands.options import FORMAT
from commands.tables import show_facts
from services.eplets.difference import eplet_difference


@click.group("eplets")
def eplets() -> None:
    """Ask the eplet table that the site loaded."""


@eplets.command("diff")
@click.argument("allele")
@click.argument("other")
@click.option("--verified", is_flag=True, help="Antibody-verified eplets only.")
@FORMAT
@phenotheque_command
def diff(allele: str, other: str, verified: bool, form: str) -> None:
    """Print the eplets of one allele that the other has not, and the other way round."""
    with runtime().engines.read_session() as session:
        found = eplet_difference(session, allele, other, verified_only=verified)
    if form == "json":
        emit_json(found)
    else:
        show_facts(found)
