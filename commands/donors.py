"""`flask donors`: donor files in."""

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
from services.imports.donors import import_donors
from services.imports.request import ImportRequest
from services.reference import core_reference
from services.rule_tables import eligibility_rules


@click.group("donors")
def donors() -> None:
    """Import donors."""


@donors.command("import")
@click.argument("file")
@MODE
@click.option("--yes", is_flag=True, help="Confirm a full import.")
@COLUMNS
@BARE
@click.option("--refused-rows", metavar="FILE", help="Write the refused rows there, with the reasons.")
@FORMAT
@phenotheque_command
def import_file(
    file: str, mode: Mode, yes: bool, columns: tuple[str, ...], bare: Bare, refused_rows: str | None, form: str
) -> int:
    """Import a donor file (CSV or .xlsx); exit code 3 where some rows were refused."""
    content = read_file(file)
    with progress_shown() as tell, refused_rows_kept(refused_rows, content) as keep:
        request = ImportRequest(
            content=content, file_name=Path(file).name, actor=actor(), now=runtime().now(), mode=mode,
            columns=parse_columns(columns), bare=bare, confirmed=yes, on_progress=tell, on_refused=keep,
        )  # fmt: skip
        rules = eligibility_rules(runtime().today())
        result = run_import(request, partial(import_donors, request=request, reference=core_reference(), rules=rules))
    return show_import(result, form)
