"""`flask reference`: the nomenclatures this registry can be read with."""

import click

from commands.common import emit_json, phenotheque_command
from commands.options import FORMAT
from commands.tables import show_facts
from services.reference import core_reference, creg_version, parameters


@click.group("reference")
def reference() -> None:
    """List reference data."""


@reference.command("list")
@FORMAT
@phenotheque_command
def list_all(form: str) -> None:
    """Print the references loaded and which one is active."""
    core = core_reference()
    listed = {
        "name": core.name,
        "kind": "core",
        "active": True,
        "antigens": len(core.kinds),
        "alleles": len(core.alleles),
        "cregs": [creg_version(family) for family in sorted(core.cregs)],
        "default_creg": creg_version(parameters()["default_creg_family"]),
    }
    if form == "json":
        emit_json([listed])
    else:
        show_facts(listed)
