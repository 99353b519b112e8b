"""`flask treatments`: courses of treatment in."""

import click

from commands.common import runtime
from commands.importing import add_table_import
from services.imports.result_rows import open_result_layout
from services.treatments.entry import FORM
from services.treatments.importing import import_treatments


@click.group("treatments")
def treatments() -> None:
    """Import courses of treatment."""


add_table_import(
    treatments,
    told="Import a table of treatments (CSV or .xlsx): patient_number, kind, first_on, last_on, note.",
    open_file=lambda request: open_result_layout(request, FORM),
    do=lambda session, request, layout: import_treatments(session, request, today=runtime().today(), layout=layout),
)
