"""Reservations read in parts by other programs, the newest first."""

from sqlmodel import Session, col, select

from domain.errors import UnusableInput
from domain.reservation import Timing
from models.donor import Donor
from models.patient import Patient
from models.reservation import Reservation
from services.accounts.person import Person
from services.reservations.listing import ReservationEntry, ReservationFilter, conditions, entries


def reservations_after(
    session: Session, *, by: Person, asked: ReservationFilter, timing: Timing, after: str | None, limit: int
) -> list[ReservationEntry]:
    """At most so many of the reservations asked for, those made before the reservation `after`.

    Raises UnusableInput for a cursor that is no reservation.
    """
    query = (
        select(Reservation, Donor, col(Patient.patient_number))
        .join(Donor, col(Donor.id) == col(Reservation.donor_id))
        .join(Patient, col(Patient.id) == col(Reservation.patient_id))
        .where(*conditions(asked, by=by, timing=timing))
    )
    if after is not None:
        last = session.exec(select(Reservation).where(Reservation.code == after)).first()
        if last is None:
            raise UnusableInput("cursor_unknown")
        query = query.where(col(Reservation.id) < last.id)
    rows = session.exec(query.order_by(col(Reservation.id).desc()).limit(limit)).all()
    return entries(session, rows, by=by, timing=timing)
