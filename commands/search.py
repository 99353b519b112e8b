"""`flask sweep`, `flask search`, `flask explain`: counts, ranked donors, and why."""

from pathlib import Path
from typing import Any

import click
from sqlalchemy.exc import DBAPIError

from commands.common import actor, emit_json, json_text, locale, phenotheque_command, runtime, say
from commands.explained import show_explanation
from commands.options import LOCI, ON, SAMPLE, on_day
from commands.tables import show_search, show_sweep
from domain.directive import parse_threshold, parse_thresholds
from domain.errors import UnusableInput
from services.explanations import explain_donor
from services.faults import find_database_fault
from services.kept_searches import record_search
from services.matching.snapshots import SnapshotStore
from services.result_files import search_csv, search_xlsx, sweep_csv
from services.searches import DEFAULT_POLICY, search_patient, sweep_patient


def _store() -> SnapshotStore:
    return SnapshotStore(runtime().snapshots_path)


def _write(target: Path | None, content: str | bytes) -> None:
    """A text to a file, or to standard output; bytes to a file."""
    if target is None:
        click.echo(content, nl=False)
    else:
        try:
            target.write_bytes(content if isinstance(content, bytes) else content.encode())
        except OSError as error:
            raise UnusableInput("file_not_written", file=str(target), why=error.strerror or "") from error


def _target(output: str | None) -> Path | None:
    """The file to write, tried before the search is made. Raises UnusableInput where it cannot be written."""
    if output is None:
        return None
    try:
        Path(output).open("ab").close()
    except OSError as error:
        raise UnusableInput("file_not_written", file=output, why=error.strerror or "") from error
    return Path(output)


@click.command("sweep")
@click.argument("patient")
@SAMPLE
@click.option("--thresholds", help="Thresholds in MFI, such as 1000,2000,5000.")
@click.option("--all", "every", is_flag=True, help="Every distinct MFI of the profile.")
@LOCI
@ON
@click.option("--format", "form", type=click.Choice(["table", "json", "csv"]), default="table")
@phenotheque_command
def sweep(
    patient: str,
    sample: str | None,
    thresholds: str | None,
    every: bool,
    loci: str | None,
    on_text: str | None,
    form: str,
) -> None:
    """Count donors for each threshold and region."""
    if every and thresholds is not None:
        raise UnusableInput("thresholds_or_all")
    asked = None if thresholds is None else parse_thresholds(thresholds)
    with runtime().engines.read_session() as session:
        answer = sweep_patient(
            session,
            _store(),
            patient_number=patient,
            on=on_day(on_text),
            thresholds=asked,
            every=every,
            loci=loci,
            sample=sample,
            locale=locale(),
        )
    if form == "json":
        emit_json(answer)
    elif form == "csv":
        _write(None, sweep_csv(answer))
    else:
        show_sweep(answer, locale())


@click.command("search")
@click.argument("patient")
@SAMPLE
@click.option("--threshold", help="Threshold in MFI (default: the directive's).")
@LOCI
@click.option("--region", help="List the donors of one region only.")
@click.option(
    "--policy", default=DEFAULT_POLICY, show_default=True, help="Or antibody-first, risk-first, or evidence-first."
)
@click.option("--limit", type=click.IntRange(min=0), default=100, show_default=True, help="0 lists all.")
@ON
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "csv", "xlsx"]),
    help="Default: what the ending of FILE says, else a table.",
)
@click.option("-o", "--output", metavar="FILE", help="Write to a file instead of standard output.")
@phenotheque_command
def search(
    patient: str,
    sample: str | None,
    threshold: str | None,
    loci: str | None,
    region: str | None,
    policy: str,
    limit: int,
    on_text: str | None,
    form: str | None,
    output: str | None,
) -> None:
    """List the ranked donors at one threshold, with their reasons."""
    form = _form(form, output)
    target = _target(output)
    with runtime().engines.read_session() as session:
        answer = search_patient(
            session,
            _store(),
            patient_number=patient,
            on=on_day(on_text),
            zone=runtime().settings.timezone,
            policy=policy,
            limit=limit,
            loci=loci,
            threshold=None if threshold is None else parse_threshold(threshold),
            region=region,
            sample=sample,
            locale=locale(),
        )
    if form == "xlsx":
        _write(target, search_xlsx(answer, locale()))
    elif form == "csv":
        _write(target, search_csv(answer, locale()))
    elif form == "json":
        _write(target, json_text(answer) + "\n")
    else:
        show_search(answer, locale())
    _keep(answer)


def _form(form: str | None, output: str | None) -> str:
    """The form asked, or the one that the file's ending says. Raises UnusableInput where the two do not go together."""
    if output is None:
        if form == "xlsx":
            raise UnusableInput("file_needed", form=form)
        return form or "table"
    found = form or Path(output).suffix.removeprefix(".").lower()
    if found not in {"json", "csv", "xlsx"}:
        raise UnusableInput("file_form_unknown", file=Path(output).name)
    return found


def _keep(answer: dict[str, Any]) -> None:
    """Store the answer as it was given; one that cannot be stored is still an answer, and that is said."""
    try:
        with runtime().engines.write_session() as session:
            record_search(session, answer, actor=actor(), now=runtime().now())
    except DBAPIError as error:
        if find_database_fault(error) is None:
            raise
        say("search_not_kept", search=answer["search"])


@click.command("explain")
@click.argument("patient")
@click.argument("donor")
@click.option("--threshold", help="Threshold in MFI (default: the directive's).")
@SAMPLE
@LOCI
@ON
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@phenotheque_command
def explain(
    patient: str,
    donor: str,
    threshold: str | None,
    sample: str | None,
    loci: str | None,
    on_text: str | None,
    form: str,
) -> None:
    """Say why one donor is, or is not, listed for a patient."""
    with runtime().engines.read_session() as session:
        answer = explain_donor(
            session,
            _store(),
            patient_number=patient,
            donor_number=donor,
            on=on_day(on_text),
            zone=runtime().settings.timezone,
            loci=loci,
            sample=sample,
            threshold=None if threshold is None else parse_threshold(threshold),
            locale=locale(),
        )
    if form == "json":
        emit_json(answer)
    else:
        show_explanation(answer, locale())
