"""Rows of the autologous tables as values of the domain, and the one place that writes their history."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from domain.autologous import Course
from domain.autologous_units import UnitState
from domain.errors import NotFound, RefusedByRule
from models.autologous import AutologousCollection, AutologousEvent, AutologousUnit, ChemoCourse, Subject
from models.patient import Patient
from services.audit import record_audit

Json = dict[str, Any]


def courses_of(session: Session, patient: Patient) -> Sequence[ChemoCourse]:
    """The courses of a patient that stand, in the order of time."""
    query = select(ChemoCourse).where(ChemoCourse.patient_id == patient.id, col(ChemoCourse.cancelled_at).is_(None))
    return session.exec(query.order_by(col(ChemoCourse.start_on), col(ChemoCourse.id))).all()


def course_value(row: ChemoCourse) -> Course:
    """A course as the domain knows it."""
    return Course(row.code, row.name, row.start_on, row.end_on, row.aplasia_days, row.units_wanted)


def get_course(session: Session, patient: Patient, code: str) -> ChemoCourse:
    """One course of this patient that stands. Raises NotFound."""
    found = next((row for row in courses_of(session, patient) if row.code == code), None)
    if found is None:
        raise NotFound("unknown_chemo_course", patient=patient.patient_number)
    return found


def collections_of(session: Session, patient: Patient) -> Sequence[AutologousCollection]:
    """Every collection of a patient, in the order of time."""
    query = select(AutologousCollection).where(AutologousCollection.patient_id == patient.id)
    return session.exec(query.order_by(col(AutologousCollection.day), col(AutologousCollection.id))).all()


def get_collection(session: Session, patient: Patient, code: str) -> AutologousCollection:
    """One collection of this patient. Raises NotFound."""
    query = select(AutologousCollection).where(
        AutologousCollection.patient_id == patient.id, AutologousCollection.code == code
    )
    found = session.exec(query).first() if code.isprintable() else None
    if found is None:
        raise NotFound("unknown_autologous_collection", patient=patient.patient_number)
    return found


def units_of(session: Session, patient: Patient) -> Sequence[AutologousUnit]:
    """Every unit of a patient, the earliest collected first."""
    query = select(AutologousUnit).where(AutologousUnit.patient_id == patient.id)
    return session.exec(query.order_by(col(AutologousUnit.collected_on), col(AutologousUnit.id))).all()


def get_unit(session: Session, number: str) -> tuple[AutologousUnit, Patient]:
    """A unit and whose it is, whoever asks: that it is somebody else's is refused by its rule. Raises NotFound."""
    query = select(AutologousUnit).where(AutologousUnit.number == number)
    found = session.exec(query).first() if number.isprintable() else None
    if found is None:
        raise NotFound("unknown_autologous_unit", unit=number)
    return found, session.get_one(Patient, found.patient_id)


def unit_state(row: AutologousUnit, owner: str) -> UnitState:
    """A unit as the domain knows it; `owner` is the number of the patient it was collected from."""
    return UnitState(
        number=row.number,
        owner=owner,
        method=row.method,
        status=row.status,
        expires_on=row.expires_on,
        thawed_use_by=row.thawed_use_by,
        is_labelled=row.is_labelled,
        has_markers=row.markers is not None and row.markers_on is not None,
    )


def check_version(row: ChemoCourse | AutologousCollection | AutologousUnit, version: int) -> None:
    """Raises RefusedByRule where somebody changed the row since the person saw it."""
    if row.version_id != version:
        raise RefusedByRule("changed_meanwhile")


def record_event(
    session: Session,
    patient: Patient,
    subject: Subject,
    key: str,
    step: str,
    *,
    actor: str,
    now: datetime,
    details: Mapping[str, object] | None = None,
    note: str = "",
) -> None:
    """Keep what was done, and a row of the trail; the note may name somebody and stands in the history alone."""
    said = {**(details or {})}
    session.add(
        AutologousEvent(
            patient_id=patient.id or 0,
            subject=subject,
            subject_key=key,
            step=step,
            at=now,
            actor=actor,
            details=said,
            note=note,
        )
    )
    session.flush()
    record_audit(
        session,
        actor=actor,
        action="autologous_recorded",
        subject_type="patient",
        subject_key=patient.patient_number,
        details={"subject": subject.value, "key": key, "step": step, **said},
        now=now,
    )


def events_of(session: Session, patient: Patient, *, subject: Subject | None = None, key: str = "") -> list[Json]:
    """What was done for a patient, the latest first; of one subject alone where it is named."""
    query = select(AutologousEvent).where(AutologousEvent.patient_id == patient.id)
    if subject is not None:
        query = query.where(AutologousEvent.subject == subject, AutologousEvent.subject_key == key)
    rows = session.exec(query.order_by(col(AutologousEvent.id).desc())).all()
    return [
        {
            "subject": row.subject.value,
            "key": row.subject_key,
            "step": row.step,
            "at": row.at,
            "actor": row.actor,
            "details": row.details,
            "note": row.note,
        }
        for row in rows
    ]
