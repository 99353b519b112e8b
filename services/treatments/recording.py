"""Courses of treatment put on record, corrected and withdrawn; each change in the trail, nothing erased."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Literal

from sqlmodel import Session

from domain.errors import FieldFault, InvalidFields, RefusedByRule
from domain.treatment import TreatmentKind
from models.patient import Patient
from models.treatment import Treatment
from services.kept_rows import audit_row, birth_faults, change, check_version, lacking, new_life, standing, withdraw
from services.patients import get_patient
from services.platelet_antibodies import check_reason
from services.treatments.entry import Entry
from services.treatments.store import get_treatment, treatments_of


def record_treatment(
    session: Session, *, patient_number: str, entry: Entry, actor: str, now: datetime, batch_id: int | None = None
) -> Treatment:
    """Put a course on record. Raises NotFound, and InvalidFields where it cannot be true beside what is on record."""
    patient = get_patient(session, patient_number)
    check_fits(patient, entry, treatments_of(session, patient))
    life = new_life(actor=actor, now=now, batch_id=batch_id)
    row = Treatment(patient_id=patient.id or 0, **asdict(entry), **life)
    session.add(row)
    session.flush()
    audit_row(session, patient, "treatment_recorded", _named(row), actor=actor, now=now)
    return row


def edit_treatment(
    session: Session, *, patient_number: str, code: str, entry: Entry, version: int, reason: str, actor: str,
    now: datetime,
) -> list[str]:  # fmt: skip
    """Correct a course; the names of what changed. What it was stays in the trail.

    Raises NotFound, InvalidFields, and RefusedByRule where somebody changed or withdrew it meanwhile.
    """
    patient = get_patient(session, patient_number)
    row = get_treatment(session, patient, code)
    check_version(row, version)
    why = check_reason(reason)
    check_fits(patient, entry, [one for one in treatments_of(session, patient) if one.id != row.id])
    changes = change(session, row, asdict(entry), actor=actor, now=now)
    if changes:
        details = {**_named(row), "row_changes": changes, "reason": why}
        audit_row(session, patient, "treatment_edited", details, actor=actor, now=now)
    return sorted(changes)


def withdraw_treatment(
    session: Session, *, patient_number: str, code: str, version: int, reason: str, actor: str, now: datetime
) -> Treatment:
    """Take a course out of what counts, keeping it. Raises NotFound, InvalidFields, RefusedByRule."""
    patient = get_patient(session, patient_number)
    row = get_treatment(session, patient, code)
    check_version(row, version)
    withdraw(session, row, reason=reason, actor=actor, now=now)
    audit_row(session, patient, "treatment_withdrawn", _named(row), actor=actor, now=now)
    return row


def take_treatment(
    session: Session, *, patient_number: str, entry: Entry, actor: str, now: datetime, batch_id: int | None
) -> Literal["created", "updated", "unchanged"]:
    """Take a course out of a file: recorded, completed with what it lacked, or on record already.

    Raises NotFound, InvalidFields, and RefusedByRule where the record says otherwise or a person withdrew the course.
    """
    patient = get_patient(session, patient_number)
    same = [row for row in treatments_of(session, patient) if _is_same(row, entry)]
    if not same:
        record_treatment(session, patient_number=patient_number, entry=entry, actor=actor, now=now, batch_id=batch_id)
        return "created"
    row = next(iter(standing(same)), None)
    if row is None:
        raise RefusedByRule("row_was_withdrawn")
    added = lacking({"last_on": row.last_on, "note": row.note}, {"last_on": entry.last_on, "note": entry.note})
    if not added:
        return "unchanged"
    others = [one for one in treatments_of(session, patient) if one.id != row.id]
    check_fits(patient, Entry(row.kind, row.first_on, added.get("last_on", row.last_on)), others)
    changes = change(session, row, added, actor=actor, now=now)
    audit_row(session, patient, "treatment_edited", {**_named(row), "row_changes": changes}, actor=actor, now=now)
    return "updated"


def check_fits(patient: Patient, entry: Entry, others: Sequence[Treatment]) -> None:
    """Raises InvalidFields for a course before the patient's birth, or beside another course of the same treatment.

    Treatments without a name of their own here may be two different ones, and may overlap.
    """
    if faults := birth_faults(patient, {"first_on": entry.first_on}):
        raise InvalidFields(faults)
    if entry.kind is TreatmentKind.OTHER:
        return
    for row in standing(others):
        if row.kind is entry.kind and _overlap(row, entry):
            days = {"first_on": row.first_on.isoformat(), "last_on": _end(row.last_on)}
            code = "treatment_overlaps" if row.last_on else "treatment_overlaps_open"
            raise InvalidFields([FieldFault("first_on", code, {"kind": row.kind.value, **days})])


def _is_same(row: Treatment, entry: Entry) -> bool:
    """Whether both are the same course: unnamed treatments are told apart by what the note says."""
    if row.kind is not entry.kind or row.first_on != entry.first_on:
        return False
    return entry.kind is not TreatmentKind.OTHER or row.note == entry.note


def _overlap(row: Treatment, entry: Entry) -> bool:
    return row.first_on <= (entry.last_on or date.max) and entry.first_on <= (row.last_on or date.max)


def _end(day: date | None) -> str:
    return day.isoformat() if day else ""


def _named(row: Treatment) -> dict[str, object]:
    days = {"first_on": row.first_on.isoformat(), "last_on": _end(row.last_on)}
    return {"row": row.code, "treatment": row.kind.value, **days}
