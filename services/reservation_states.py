"""Where the donors of a list stand on one day: who is taken, until when, and whether for this patient."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from domain.reservation import status_at
from models.donor import Donor
from models.patient import Patient
from models.reservation import OCCUPYING, Reservation, ReservationStatus

Json = dict[str, Any]
SHOWN = (*OCCUPYING, ReservationStatus.COLLECTED)


def reservation_states(
    session: Session, *, donor_numbers: Sequence[str], patient_number: str, on: date, now: datetime
) -> dict[str, Json]:
    """By donor number, the reservation of those who are not free that day; whoever is left out is free.

    `status` (held, confirmed, collected), `until` (of a hold), `own` (for this very patient) and, of an own one,
    its `code`. Which other patient it is for is not read.
    """
    query = (
        select(Donor.donor_number, Reservation, Patient.patient_number)
        .join(Donor, col(Donor.id) == col(Reservation.donor_id))
        .join(Patient, col(Patient.id) == col(Reservation.patient_id))
        .where(col(Donor.donor_number).in_(donor_numbers), Reservation.day == on)
        .where(col(Reservation.status).in_(SHOWN))
    )
    found: dict[str, Json] = {}
    for number, row, whose in session.exec(query.order_by(col(Reservation.id))):
        status = ReservationStatus(status_at(row.status, row.expires_at, now))
        if _is_said(status, found.get(number, {}).get("status")):
            own = whose == patient_number
            until = row.expires_at if status is ReservationStatus.HELD else None
            found[number] = {"status": status.value, "until": until, "own": own, "code": row.code if own else None}
    return found


def reserved_donors(session: Session, *, on: date, now: datetime) -> dict[int, ReservationStatus]:
    """By donor id, the status of those of the whole registry who are not free that day."""
    query = select(Reservation.donor_id, Reservation.status, Reservation.expires_at)
    query = query.where(Reservation.day == on, col(Reservation.status).in_(SHOWN)).order_by(col(Reservation.id))
    found: dict[int, ReservationStatus] = {}
    for donor_id, written, expires_at in session.exec(query):
        status = ReservationStatus(status_at(written, expires_at, now))
        if _is_said(status, found.get(donor_id)):
            found[donor_id] = status
    return found


def _is_said(status: ReservationStatus, already: str | None) -> bool:
    """Whether a reservation says where its donor stands: the last one does, but for one that occupies them."""
    return status in SHOWN and already not in OCCUPYING
