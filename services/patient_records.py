"""A patient's record made and edited by hand: judged as a file's row, with a reason, and every change in the trail."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlmodel import Session, select

from domain.errors import FieldFault, InvalidFields, RefusedByRule
from domain.reference import Reference
from models.donor import TYPING_COLUMNS, Donor
from models.patient import Patient
from services.audit import record_audit
from services.entry_echo import CD36_TEXT, HLA_TEXT, HPA_TEXT, TYPING_TEXTS, ReadTypings, read_typings, typing_faults
from services.imports.fields import GL_STRING, HLA_COLUMNS, PATIENT_FIELDS, PATIENT_KEY
from services.imports.people import UPDATED_AT
from services.imports.single_row import faults_of, read_single_row
from services.imports.typings import HPA_COLUMNS
from services.patients import get_patient
from services.platelet_antibodies import check_reason
from services.platelet_entry import written_hpa
from services.typing_entry import written
from services.wording.alphabet import region_order

Json = dict[str, Any]
# What a form has a box of its own for; the number is given once, when the patient is made.
PLAIN_FIELDS = tuple(
    name for name in PATIENT_FIELDS if name not in (PATIENT_KEY, UPDATED_AT, GL_STRING, *TYPING_COLUMNS)
)
BIRTH_DATE = "birth_date"
COLUMNS_OF_BOX = {HLA_TEXT: HLA_COLUMNS, HPA_TEXT: HPA_COLUMNS, CD36_TEXT: ("cd36",)}
# Words that stand in an address where a patient's number would.
RESERVED_NUMBERS = frozenset({".", "..", "new", "typing"})


@dataclass(frozen=True, slots=True)
class Judged:
    """What was typed, understood: the values by column."""

    number: str
    values: Mapping[str, Any]


def form_values(patient: Patient) -> dict[str, str]:
    """What the form of an edit is filled with; the birth date is not shown again, only replaced."""
    columns = _texts_of(patient)
    shown = {name: _as_text(getattr(patient, name)) for name in PLAIN_FIELDS if name != BIRTH_DATE}
    return {
        **shown,
        HLA_TEXT: written(columns),
        HPA_TEXT: written_hpa(columns),
        CD36_TEXT: patient.cd36,
        PATIENT_KEY: patient.patient_number,
    }


def create_patient(
    session: Session, *, typed: Mapping[str, str], reference: Reference, actor: str, now: datetime
) -> Patient:
    """Make a patient of what was typed. Raises InvalidFields with every fault at once."""
    read = read_typings(typed, reference=reference)
    judged = _judge(typed, read, boxes=TYPING_TEXTS, reference=reference, now=now)
    taken = session.exec(select(Patient.id).where(Patient.patient_number == judged.number)).first()
    if taken is not None:
        raise InvalidFields([FieldFault(PATIENT_KEY, "patient_number_taken", {"patient": judged.number})])
    patient = Patient(patient_number=judged.number, created_at=now, updated_at=now)
    for name, value in judged.values.items():
        setattr(patient, name, value)
    session.add(patient)
    session.flush()
    given = sorted(name for name, value in judged.values.items() if value)
    _audit(session, "patient_created", patient, {"fields": given}, actor, now)
    return patient


def edit_patient(
    session: Session,
    *,
    number: str,
    typed: Mapping[str, str],
    version: int,
    reason: str,
    reference: Reference,
    actor: str,
    now: datetime,
) -> list[str]:
    """Change a patient to what was typed; gives the names of the columns that changed, none where nothing did.

    A typing whose text was left as it was is left alone, even one that no form would take. An empty birth date
    leaves the one on record. Raises NotFound, InvalidFields, and RefusedByRule where somebody changed it meanwhile.
    """
    patient = get_patient(session, number)
    if patient.version_id != version:
        raise RefusedByRule("changed_meanwhile")
    before = form_values(patient)
    boxes = [box for box in TYPING_TEXTS if _unwrapped(typed.get(box, "")) != _unwrapped(before[box])]
    read = read_typings(typed, reference=reference)
    judged = _judge({**typed, PATIENT_KEY: number}, read, boxes=boxes, reference=reference, now=now)
    values = {name: value for name, value in judged.values.items() if getattr(patient, name) != value}
    if not typed.get(BIRTH_DATE, "").strip():
        values.pop(BIRTH_DATE, None)
        if typed.get("no_birth_date") and patient.birth_date:
            values[BIRTH_DATE] = None
    if not values:
        return []
    details = {"reason": check_reason(reason), "changes": _changes(patient, values)}
    for name, value in values.items():
        setattr(patient, name, value)
    patient.row_hash, patient.updated_at = None, now
    session.add(patient)
    session.flush()
    _audit(session, "patient_edited", patient, details, actor, now)
    return list(values)


def _judge(typed: Mapping[str, str], read: ReadTypings, *, boxes: Any, reference: Reference, now: datetime) -> Judged:
    texts = {name: typed.get(name, "") for name in (PATIENT_KEY, *PLAIN_FIELDS)}
    columns = read.columns()
    kept = {name: columns[name] for box in boxes for name in COLUMNS_OF_BOX[box]}
    row = read_single_row({**texts, **kept}, fields=PATIENT_FIELDS, key=PATIENT_KEY, reference=reference, now=now)
    faults = [*map(_in_form_words, faults_of(row)), *typing_faults(read, boxes)]
    if "/" in row.key or row.key in RESERVED_NUMBERS:
        faults.append(FieldFault(PATIENT_KEY, "number_not_for_an_address", {"text": row.key}))
    if faults:
        raise InvalidFields(faults)
    values = dict(row.values)
    if isinstance(values.get(BIRTH_DATE), date):
        values[BIRTH_DATE] = str(values[BIRTH_DATE])
    return Judged(row.key, values)


def _in_form_words(fault: FieldFault) -> FieldFault:
    """The sentence of a missing number speaks of a row; a form has none."""
    return FieldFault(fault.field, "patient_number_needed") if fault.code == "key_empty" else fault


def _changes(patient: Patient, values: Mapping[str, Any]) -> list[Json]:
    """Each field that changes, from what to what; of the birth date only that it does."""
    return [
        {"field": name}
        if name == BIRTH_DATE
        else {"field": name, "old": _as_text(getattr(patient, name)), "new": _as_text(value)}
        for name, value in values.items()
    ]


def _texts_of(patient: Patient) -> dict[str, str]:
    return {name: getattr(patient, name) for name in TYPING_COLUMNS}


def _unwrapped(text: str) -> str:
    """A browser sends other line ends than it was given."""
    return "\n".join(text.split("\r\n")).strip()


def _as_text(value: object) -> str:
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, float):
        return f"{value:g}"
    return "" if value is None else str(value)


def _audit(session: Session, action: str, patient: Patient, details: Json, actor: str, now: datetime) -> None:
    record_audit(
        session,
        actor=actor,
        action=action,
        subject_type="patient",
        subject_key=patient.patient_number,
        details=details,
        now=now,
    )


def known_regions(session: Session) -> list[str]:
    """The regions that donors or patients have, to choose from: one written otherwise would be another region."""
    found = {*session.exec(select(Patient.region).distinct()), *session.exec(select(Donor.region).distinct())}
    return sorted((region for region in found if region), key=region_order)
