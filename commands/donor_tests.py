"""`flask donor-tests`: results of donors' samples in."""

from pathlib import Path
from typing import Literal

import click

from commands.common import actor, phenotheque_command, runtime
from commands.importing import COLUMNS, parse_columns, progress_shown, read_file, show_import
from commands.options import FORMAT
from domain.reservation import Timing
from services.campaigns.records import get_campaign
from services.donor_tests.importing import import_donor_tests, open_test_layout
from services.imports.request import ImportRequest


@click.group("donor-tests")
def donor_tests() -> None:
    """Import results of donors' samples: CD36, HPA."""


@donor_tests.command("import")
@click.argument("file")
@click.option("--campaign", help="Code of the campaign: only donors invited to it, whose invitations move.")
@click.option(
    "--mode", type=click.Choice(["check", "diff"]), default="diff", show_default=True,
    help="check tells what would be done and writes nothing.",
)  # fmt: skip
@COLUMNS
@FORMAT
@phenotheque_command
def import_file(
    file: str, campaign: str | None, mode: Literal["check", "diff"], columns: tuple[str, ...], form: str
) -> int:
    """Import a table (CSV or .xlsx): donor_number, analyte, result or platelets and monocytes, sample_code,
    sampled_on, tested_on, method.

    Exit code 3 where some rows were refused.
    """
    content, settings = read_file(file), runtime().settings
    timing = Timing(runtime().now(), settings.timezone, settings.hold_hours)
    with progress_shown() as tell:
        request = ImportRequest(
            content=content, file_name=Path(file).name, actor=actor(), now=timing.now, mode=mode,
            columns=parse_columns(columns), on_progress=tell,
        )  # fmt: skip
        layout = open_test_layout(request)  # before the wait for another writer
        # A check writes and takes it back: it needs a session that may write.
        with runtime().engines.write_session() as session:
            found = get_campaign(session, campaign) if campaign else None
            result = import_donor_tests(session, request, timing=timing, campaign=found, layout=layout)
    return show_import(result, form)
