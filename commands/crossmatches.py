"""`flask crossmatches`: crossmatches in."""

import click

from commands.common import runtime
from commands.importing import add_table_import
from services.crossmatches.entry import FORM
from services.crossmatches.importing import import_crossmatches
from services.imports.result_rows import open_result_layout


@click.group("crossmatches")
def crossmatches() -> None:
    """Import crossmatches of donors with patients."""


add_table_import(
    crossmatches,
    told="Import a table of crossmatches (CSV or .xlsx): patient_number, donor_number, kind, method, result, "
    "tested_on, serum_code, serum_on, note.",
    open_file=lambda request: open_result_layout(request, FORM),
    do=lambda session, request, layout: import_crossmatches(session, request, today=runtime().today(), layout=layout),
)
