"""`flask reference`: the nomenclatures this registry can be read with."""

import click

from commands.common import emit_json, phenotheque_command
from services.reference import core_reference, creg_version, parameters


@click.group("reference")
def reference() -> None:
    """List reference data."""


@reference.command("list")
@phenotheque_command
def list_all() -> None:
    """Print the references loaded and which one is active."""
    core = core_reference()
    emit_json(
        [
            {
                "name": core.name,
                "kind": "core",
                "active": True,
                "antigens": len(core.kinds),
                "alleles": len(core.alleles),
                "cregs": [creg_version(family) for family in sorted(core.cregs)],
                "default_creg": creg_version(parameters()["default_creg_family"]),
            }
        ]
    )
