"""`flask platelet-antibodies`: results of tests for HPA and CD36 antibodies in."""

from pathlib import Path
from typing import Literal

import click

from commands.common import actor, phenotheque_command, runtime
from commands.importing import (
    COLUMNS,
    REFUSED_ROWS,
    parse_columns,
    progress_shown,
    read_file,
    run_import,
    show_import,
)
from commands.options import FORMAT
from commands.refused_rows import refused_rows_kept
from services.imports.platelet_antibodies import import_platelet_antibodies, open_platelet_layout
from services.imports.request import ImportRequest


@click.group("platelet-antibodies")
def platelet_antibodies() -> None:
    """Import HPA and CD36 antibody results."""


@platelet_antibodies.command("import")
@click.argument("file")
@click.option(
    "--mode",
    type=click.Choice(["check", "diff"]),
    default="diff",
    show_default=True,
    help="check writes nothing; diff records what is new. Nothing on record is changed: withdraw it first.",
)
@COLUMNS
@REFUSED_ROWS
@FORMAT
@phenotheque_command
def import_file(
    file: str, mode: Literal["check", "diff"], columns: tuple[str, ...], refused_rows: str | None, form: str
) -> int:
    """Import a table of results (CSV or .xlsx): patient_number, specificity, result, method, tested_on, sample.

    Exit code 3 where some rows were refused.
    """
    content = read_file(file)
    with progress_shown() as tell, refused_rows_kept(refused_rows, source=file, content=content) as keep:
        request = ImportRequest(
            content=content, file_name=Path(file).name, actor=actor(), now=runtime().now(), mode=mode,
            columns=parse_columns(columns), on_progress=tell, on_refused=keep,
        )  # fmt: skip
        layout = open_platelet_layout(request)  # before the wait for another writer
        today = runtime().today()
        result = run_import(
            request, lambda session: import_platelet_antibodies(session, request, today=today, layout=layout)
        )
    return show_import(result, form)
