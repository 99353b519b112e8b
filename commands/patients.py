"""`flask patients`: patient files in."""

from functools import partial
from pathlib import Path

import click

from commands.common import actor, phenotheque_command, runtime
from commands.importing import (
    BARE,
    COLUMNS,
    MODE,
    Bare,
    Mode,
    parse_columns,
    progress_shown,
    read_file,
    refused_rows_kept,
    run_import,
    show_import,
)
from commands.options import FORMAT
from services.imports.patients import import_patients
from services.imports.request import ImportRequest
from services.reference import core_reference


@click.group("patients")
def patients() -> None:
    """Import patients."""


@patients.command("import")
@click.argument("file")
@MODE
@COLUMNS
@BARE
@click.option("--refused-rows", metavar="FILE", help="Write the refused rows there, with the reasons.")
@FORMAT
@phenotheque_command
def import_file(
    file: str, mode: Mode, columns: tuple[str, ...], bare: Bare, refused_rows: str | None, form: str
) -> int:
    """Import a patient file (CSV or .xlsx); exit code 3 where some rows were refused."""
    content = read_file(file)
    with progress_shown() as tell, refused_rows_kept(refused_rows, content) as keep:
        # Confirmed: a full patient file deactivates nobody.
        request = ImportRequest(
            content=content, file_name=Path(file).name, actor=actor(), now=runtime().now(), mode=mode,
            columns=parse_columns(columns), bare=bare, confirmed=True, on_progress=tell, on_refused=keep,
        )  # fmt: skip
        result = run_import(request, partial(import_patients, request=request, reference=core_reference()))
    return show_import(result, form)
