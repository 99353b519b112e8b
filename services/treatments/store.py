"""Courses of treatment on record: those of a patient, and what counts of them."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from domain.errors import NotFound
from domain.treatment import Course
from models.patient import Patient
from models.treatment import Treatment
from services.kept_rows import standing


def treatments_of(session: Session, patient: Patient) -> Sequence[Treatment]:
    """Every course of a patient, withdrawn ones too, in the order of time."""
    query = select(Treatment).where(Treatment.patient_id == patient.id)
    return session.exec(query.order_by(col(Treatment.first_on), col(Treatment.id))).all()


def courses_of(session: Session, patient: Patient) -> list[Course]:
    """The courses that stand, in the order of time."""
    rows = standing(treatments_of(session, patient))
    return [Course(row.kind, row.first_on, row.last_on) for row in rows]


def get_treatment(session: Session, patient: Patient, code: str) -> Treatment:
    """One course of this patient. Raises NotFound, also for another patient's."""
    query = select(Treatment).where(Treatment.patient_id == patient.id, Treatment.code == code)
    found = session.exec(query).first() if code.isprintable() else None
    if found is None:
        raise NotFound("unknown_treatment", patient=patient.patient_number)
    return found
