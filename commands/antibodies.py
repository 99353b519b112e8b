"""`flask antibodies`: laboratory results in, and the history of a patient's sera."""

from pathlib import Path
from typing import Any

import click
from sqlmodel import Session

from commands.common import REFUSED, actor, emit_json, locale, phenotheque_command, runtime
from commands.importing import MODE, YES, Mode, read_file, run_import, show_import
from commands.options import FORMAT, on_day
from commands.tables import print_table, show_issues, word
from services.antibody_history.page import read_history
from services.imports.antibodies import AntibodyOptions, import_antibodies, read_sera, refused_by_rule
from services.imports.attribution import read_sample_map
from services.imports.outcome import ImportResult
from services.imports.request import ImportRequest
from services.matching.snapshots import SnapshotStore
from services.reference import active_reference
from services.wording.catalogue import sentence
from services.wording.formats import format_date, format_number

Json = dict[str, Any]
HISTORY = ("day", "sample", "lot", "since", "compatible", "available", "possible", "opened", "closed")


@click.group("antibodies")
def antibodies() -> None:
    """Import antibody results, and read the history of a patient's sera."""


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


@antibodies.command("history")
@click.argument("patient")
@FORMAT
@phenotheque_command
def history(patient: str, form: str) -> int:
    """Read each serum of PATIENT alone: the donors it leaves, and those it opened or closed."""
    store = SnapshotStore(runtime().snapshots_path)
    asked: dict[str, Any] = {"patient_number": patient, "on": runtime().today(), "zone": runtime().settings.timezone}
    with runtime().engines.read_session() as session:
        found = read_history(session, store, **asked, locale=locale())
    if form == "json":
        emit_json(found)
        return 0
    title = sentence("history_title", {"patient": patient, "mfi": found["threshold"], "on": found["on"]}, locale())
    print_table(title, HISTORY, [_history_row(one) for one in found["sera"]], 4, locale())
    show_issues(found, locale())
    return 0


def _history_row(one: Json) -> list[str]:
    since = one["since"]
    moved = since["national"] if since else {}
    breaks = ", ".join(word("history_break", name, locale()) for name in since["breaks"]) if since else ""
    figures = [one["national"][name] for name in HISTORY[4:7]] + [moved.get(name) for name in HISTORY[7:]]
    shown = ["–" if figure is None else format_number(figure, locale()) for figure in figures]
    return [format_date(one["placed_on"], locale()), one["code"], one["kit_lot"] or "?", breaks, *shown]
