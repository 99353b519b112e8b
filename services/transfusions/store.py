"""Rows of transfusions: found, told apart, and the one place that writes what was done with them in the trail."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from domain.errors import NotFound, RefusedByRule
from models.donor import Donor
from models.patient import Patient
from models.transfusion import Transfusion


def transfusions_of(session: Session, patient: Patient) -> Sequence[Transfusion]:
    """Every transfusion of a patient, withdrawn ones too, in the order of time."""
    query = select(Transfusion).where(Transfusion.patient_id == patient.id)
    return session.exec(query.order_by(col(Transfusion.ended_at), col(Transfusion.id))).all()


def get_transfusion(session: Session, patient: Patient, code: str) -> Transfusion:
    """One transfusion of this patient. Raises NotFound, also for another patient's."""
    query = select(Transfusion).where(Transfusion.patient_id == patient.id, Transfusion.code == code)
    found = session.exec(query).first() if code.isprintable() else None
    if found is None:
        raise NotFound("unknown_transfusion", patient=patient.patient_number)
    return found


def check_version(row: Transfusion, version: int) -> None:
    """Raises RefusedByRule where somebody changed the row since the person saw it, or where it is withdrawn."""
    if row.version_id != version:
        raise RefusedByRule("changed_meanwhile")
    if row.withdrawn_at is not None:
        raise RefusedByRule("transfusion_withdrawn")


def find_near(
    session: Session, patient: Patient, at: datetime, *, minutes: float, but: int | None = None
) -> Transfusion | None:
    """The patient's standing transfusion that ended within so many minutes of a moment; `but` is left out."""
    near = timedelta(minutes=minutes)
    query = select(Transfusion).where(
        Transfusion.patient_id == patient.id,
        col(Transfusion.withdrawn_at).is_(None),
        col(Transfusion.ended_at) > at - near,
        col(Transfusion.ended_at) < at + near,
    )
    return next((row for row in session.exec(query).all() if row.id != but), None)


def find_withdrawn(session: Session, patient: Patient, at: datetime) -> Transfusion | None:
    """A withdrawn transfusion of the patient that ended at this very moment."""
    query = select(Transfusion).where(
        Transfusion.patient_id == patient.id,
        Transfusion.ended_at == at,
        col(Transfusion.withdrawn_at).is_not(None),
    )
    return session.exec(query).first()


def donor_numbers(session: Session, rows: Sequence[Transfusion]) -> Mapping[int, str]:
    """The number of each donor of these transfusions; of a merged record, the number that took it over."""
    ids = {row.donor_id for row in rows if row.donor_id is not None}
    donors = session.exec(select(Donor).where(col(Donor.id).in_(ids))).all() if ids else []
    found: dict[int, str] = {}
    for donor in donors:
        one = session.get_one(Donor, donor.merged_into_id) if donor.merged_into_id is not None else donor
        found[donor.id or 0] = one.donor_number
    return found
