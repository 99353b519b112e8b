"""An uploaded file read, then checked or imported: the reading apart, so that no writer waits for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from domain.errors import UnusableInput
from models.importing import ImportKind, ImportMode
from models.job import Upload
from services.imports.antibodies import AntibodyOptions, ReadSera, import_antibodies, read_sera
from services.imports.donors import import_donors
from services.imports.outcome import ImportResult
from services.imports.patients import import_patients
from services.imports.people import open_layout
from services.imports.platelet_antibodies import import_platelet_antibodies, open_platelet_layout
from services.imports.reading import Layout
from services.imports.request import ImportRequest, Mode
from services.imports.values import DecimalMark
from services.reference import active_reference
from services.rule_tables import eligibility_rules
from services.uploads.folder import UploadFolder
from services.uploads.kinds import FORMS, PLATELET_FORM
from services.uploads.refused_rows import RefusedRowsKeeper

Tell = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Work:
    """One uploaded file, read: what is left needs the database."""

    kind: ImportKind
    request: ImportRequest
    options: AntibodyOptions
    layout: Layout | None = None
    sera: ReadSera | None = None
    keeper: RefusedRowsKeeper | None = None


def open_check(upload: Upload, folder: UploadFolder, *, tell: Tell, now: datetime) -> Work:
    """Read a file to see what importing it would do. Raises UnusableInput where the file as a whole cannot be used."""
    full = upload.mode is ImportMode.FULL
    content = folder.read(upload.id)
    request = _request(upload, content, mode="full" if full else "check", actor=upload.uploaded_by, tell=tell, now=now)
    return _open(upload, request)


def open_import(upload: Upload, folder: UploadFolder, *, actor: str, tell: Tell, now: datetime) -> Work:
    """Read a file to import it; its refused rows will be kept beside it. Raises UnusableInput, as `open_check`."""
    content = folder.read(upload.id)
    keeper = RefusedRowsKeeper(folder, upload.id)
    full = upload.mode is ImportMode.FULL
    mode: Mode = "full" if full else "diff"
    request = _request(upload, content, mode=mode, actor=actor, tell=tell, now=now, keeper=keeper)
    return _open(upload, request, keeper)


def run_work(session: Session, work: Work, *, on: date) -> ImportResult:
    """Check or import a file that was read.

    Raises:
        RefusedByRule: no row may join those on record.
        UnusableInput: the file as a whole cannot be used.
    """
    reference = active_reference(session)
    if work.keeper:
        work.keeper.begin()
    if work.kind is ImportKind.DONORS:
        rules = eligibility_rules(on)
        result = import_donors(session, work.request, reference=reference, rules=rules, layout=work.layout)
    elif work.kind is ImportKind.PATIENTS:
        result = import_patients(session, work.request, reference=reference, layout=work.layout)
    elif work.kind is ImportKind.PLATELET_ANTIBODIES:
        result = import_platelet_antibodies(session, work.request, today=on, layout=work.layout)
    else:
        result = import_antibodies(session, work.request, work.options, reference=reference, read=work.sera)
    if work.keeper:
        work.keeper.close()
    mark = _decimal_mark(work.layout)
    return replace(result, details={**result.details, "decimal": mark}) if mark else result


def _decimal_mark(layout: Layout | None) -> str:
    """The decimal mark that the columns of a file agree on, empty where none tells or they differ."""
    found = {mark for mark in layout.survey.marks.values() if mark is not DecimalMark.UNKNOWN} if layout else set()
    return found.pop().value if len(found) == 1 and DecimalMark.MIXED not in found else ""


def _request(
    upload: Upload, content: bytes, *, mode: Mode, actor: str, tell: Tell, now: datetime,
    keeper: RefusedRowsKeeper | None = None,
) -> ImportRequest:  # fmt: skip
    return ImportRequest(
        content=content, file_name=upload.file_name, actor=actor, now=now, mode=mode, columns=upload.columns,
        bare=upload.options.get("bare", "refused"), confirmed=keeper is not None, preview=keeper is None,
        on_progress=tell, **({"on_refused": keeper.keep} if keeper else {}),
    )  # fmt: skip


def _open(upload: Upload, request: ImportRequest, keeper: RefusedRowsKeeper | None = None) -> Work:
    options = antibody_options(upload.options)
    form = FORMS.get(upload.kind)
    if form is None:
        return Work(upload.kind, request, options, sera=read_sera(request, options), keeper=keeper)
    layout = open_platelet_layout(request) if form is PLATELET_FORM else open_layout(request, form)
    if keeper:
        keeper.head(layout)
    return Work(upload.kind, request, options, layout=layout, keeper=keeper)


def antibody_options(options: Mapping[str, Any]) -> AntibodyOptions:
    """What a person said of the samples of a laboratory file. Raises UnusableInput where the run date is none."""
    try:
        run_on = date.fromisoformat(options["run_on"]) if options.get("run_on") else None
    except ValueError as error:
        raise UnusableInput("not_a_day", text=options["run_on"]) from error
    return AntibodyOptions(
        sample_code=options.get("sample") or None,
        run_on=run_on,
        by_sample={sample: patient for sample, patient in options.get("patients", {}).items() if patient},
    )
