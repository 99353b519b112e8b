"""`flask platelet-antibodies`: results of tests for HPA and CD36 antibodies in."""

import click

from commands.common import runtime
from commands.importing import add_table_import
from services.imports.platelet_antibodies import import_platelet_antibodies, open_platelet_layout


@click.group("platelet-antibodies")
def platelet_antibodies() -> None:
    """Import HPA and CD36 antibody results."""


add_table_import(
    platelet_antibodies,
    told="Import a table of results (CSV or .xlsx): patient_number, specificity, result, method, tested_on, sample. "
    "Nothing on record is changed: withdraw it first.",
    open_file=open_platelet_layout,
    do=lambda session, request, layout: import_platelet_antibodies(
        session, request, today=runtime().today(), layout=layout
    ),
)
