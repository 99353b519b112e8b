"""`flask antibodies`: laboratory results in."""

from pathlib import Path

import click
from sqlmodel import Session

from commands.common import REFUSED, actor, phenotheque_command, runtime
from commands.importing import MODE, YES, Mode, read_file, run_import, show_import
from commands.options import FORMAT, on_day
from services.imports.antibodies import AntibodyOptions, import_antibodies, read_sera, refused_by_rule
from services.imports.attribution import read_sample_map
from services.imports.outcome import ImportResult
from services.imports.request import ImportRequest
from services.reference import active_reference


@click.group("antibodies")
def antibodies() -> None:
    """Import antibody results."""


@antibodies.command("import")
@click.argument("file")
@click.option("--patient", metavar="NUMBER", help="Patient of the samples that no patient claims.")
@click.option("--sample", metavar="ID", help="Name of the file's one sample.")
@click.option("--date", "run_text", metavar="DATE", help="Run date of every sample, YYYY-MM-DD.")
@click.option("--treatment", default="", metavar="TEXT", help="Treatment of the sera of which the file says none.")
@click.option("--map", "map_file", metavar="FILE", help="Two-column table: sample, patient.")
@MODE
@YES
@FORMAT
@phenotheque_command
def import_file(
    file: str,
    patient: str | None,
    sample: str | None,
    run_text: str | None,
    treatment: str,
    map_file: str | None,
    mode: Mode,
    yes: bool,
    form: str,
) -> int:
    """Import MATCH IT!, HLA Fusion, HAML or a table of two columns, recognised by content.

    Exit code 3 where some lines were refused, 1 where a rule refused everything.
    """
    options = AntibodyOptions(
        patient=patient,
        sample_code=sample,
        run_on=on_day(run_text) if run_text else None,
        treatment=treatment,
        by_sample=read_sample_map(read_file(map_file)) if map_file else {},
    )
    request = ImportRequest(
        content=read_file(file), file_name=Path(file).name, actor=actor(), now=runtime().now(),
        mode=mode, confirmed=yes,
    )  # fmt: skip
    read = read_sera(request, options)  # before the wait for another writer

    def do(session: Session) -> ImportResult:
        reference = active_reference(session)
        return import_antibodies(session, request=request, options=options, reference=reference, read=read)

    result = run_import(request, do)
    code = show_import(result, form)
    return REFUSED if refused_by_rule(result) else code
