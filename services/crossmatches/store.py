"""Crossmatches on record: those of a patient, and those of a patient with given donors."""

from collections.abc import Collection, Sequence

from sqlmodel import Session, col, select

from domain.errors import NotFound
from models.crossmatch import Crossmatch
from models.database import in_parts
from models.patient import Patient


def crossmatches_of(session: Session, patient: Patient) -> Sequence[Crossmatch]:
    """Every crossmatch of a patient, withdrawn ones too, in the order of time."""
    query = select(Crossmatch).where(Crossmatch.patient_id == patient.id)
    return session.exec(query.order_by(col(Crossmatch.tested_on), col(Crossmatch.id))).all()


def crossmatches_with(session: Session, patient_id: int, donor_ids: Collection[int]) -> list[Crossmatch]:
    """The crossmatches that stand of a patient with any of these donors, in the order of time."""
    found: list[Crossmatch] = []
    for part in in_parts(sorted(donor_ids)):
        query = select(Crossmatch).where(
            Crossmatch.patient_id == patient_id,
            col(Crossmatch.donor_id).in_(part),
            col(Crossmatch.withdrawn_at).is_(None),
        )
        found += session.exec(query).all()
    return sorted(found, key=lambda row: (row.tested_on, row.id or 0))


def get_crossmatch(session: Session, patient: Patient, code: str) -> Crossmatch:
    """One crossmatch of this patient. Raises NotFound, also for another patient's."""
    query = select(Crossmatch).where(Crossmatch.patient_id == patient.id, Crossmatch.code == code)
    found = session.exec(query).first() if code.isprintable() else None
    if found is None:
        raise NotFound("unknown_crossmatch", patient=patient.patient_number)
    return found
