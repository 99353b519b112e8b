"""`flask reference`: the nomenclatures and the eplet tables this registry can be read with."""

from pathlib import PurePath

import click

from commands.common import DONE, SOME_ROWS_REFUSED, actor, emit_json, phenotheque_command, runtime, say
from commands.importing import read_file
from commands.options import FORMAT
from commands.tables import show_facts
from domain.errors import UnusableInput
from services.eplets.importing import import_export, import_pelc
from services.eplets.store import list_eplet_tables
from services.reference import core_reference, creg_version, parameters


@click.group("reference")
def reference() -> None:
    """List and load reference data."""


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
    with runtime().engines.read_session() as session:
        tables = list_eplet_tables(session)
    if form == "json":
        emit_json([listed, *tables])
    else:
        for facts in (listed, *tables):
            show_facts(facts)


@reference.command("import-eplets")
@click.argument("file", required=False)
@click.option("--pelc", is_flag=True, help="The tables inside the pelc package, where it is installed.")
@click.option("--name", help="Name and version under which answers quote the table of FILE.")
@FORMAT
@phenotheque_command
def load_eplets(file: str | None, pelc: bool, name: str | None, form: str) -> int:
    """Load an export of the HLA Eplet Registry (CSV or .xlsx) or the pelc tables, and use them."""
    if pelc == (file is not None):
        raise UnusableInput("eplets_file_or_pelc")
    content = b"" if file is None else read_file(file)
    with runtime().engines.write_session() as session:
        by, now = actor(), runtime().now()
        if file is None:
            done = import_pelc(session, actor=by, now=now)
        else:
            done = import_export(session, content, file_name=PurePath(file).name, name=name, actor=by, now=now)
    if form == "json":
        emit_json(done)
    else:
        show_facts({key: value for key, value in done.items() if key != "faults"})
    for fault in done["faults"]:
        say(fault["code"], line=fault["line"], raw=fault["raw"])
    return SOME_ROWS_REFUSED if done["refused"] else DONE
