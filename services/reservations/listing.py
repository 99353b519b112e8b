"""Reservations as a list and as one file, each person seeing what their roles allow."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from domain.reservation import CONFIRMED, Step, Timing, status_at, steps_from
from models.donor import Donor
from models.patient import Patient
from models.reservation import OCCUPYING, Reservation, ReservationStatus
from services.accounts.permissions import Permission
from services.accounts.person import Person
from services.reservations.occupancy import names_of
from services.reservations.steps import get_row

OPEN, EVERY, TO_SETTLE = "open", "all", "to_settle"
LISTED = (OPEN, EVERY, TO_SETTLE, *(status.value for status in ReservationStatus))


@dataclass(frozen=True, slots=True)
class ReservationFilter:
    """What is asked of the list; None leaves a question open. Days are included; `number` is how one begins.

    `status` is one of LISTED: open ones occupy a donor now, those to settle are confirmed for a day that is over.
    A patient's number is looked for only on behalf of those who may see patients.
    """

    from_on: date | None = None
    until_on: date | None = None
    status: str = OPEN
    mine: bool = False
    number: str | None = None
    sort: str = "day"


@dataclass(frozen=True, slots=True)
class ReservationEntry:
    """One reservation as a person may see it: no patient number for those who may not see patients.

    `status` is the true one (a hold that ran out is expired); `expires_at` is None but for a hold; `version` goes
    with every change; `contact_fault` says why the donor may no longer be called, None where they may.
    """

    code: str
    donor_number: str
    patient_number: str | None
    day: date
    status: str
    held_by: str
    holder: str
    held_at: datetime
    expires_at: datetime | None
    threshold_mfi: int | None
    verdict: str | None
    flags: tuple[str, ...]
    version: int
    steps: tuple[Step, ...]
    to_settle: bool
    contact_fault: str | None


SORTS: dict[str, tuple[Any, ...]] = {
    "day": (col(Reservation.day), col(Donor.donor_number)),
    "latest": (col(Reservation.day).desc(), col(Donor.donor_number)),
    "donor": (col(Donor.donor_number), col(Reservation.day)),
    "status": (col(Reservation.status), col(Reservation.day)),
    "newest": (col(Reservation.held_at).desc(),),
}


def list_reservations(
    session: Session, *, by: Person, asked: ReservationFilter, timing: Timing, limit: int, offset: int = 0
) -> tuple[list[ReservationEntry], int]:
    """One page of the reservations asked for, and how many there are in all."""
    where = conditions(asked, by=by, timing=timing)
    joined = sa.join(Reservation, Donor, col(Donor.id) == col(Reservation.donor_id)).join(
        Patient, col(Patient.id) == col(Reservation.patient_id)
    )
    total = session.scalar(sa.select(sa.func.count()).select_from(joined).where(*where)) or 0
    query = sa.select(Reservation, Donor, col(Patient.patient_number)).select_from(joined).where(*where)
    rows = session.execute(query.order_by(*SORTS[asked.sort], col(Reservation.id)).limit(limit).offset(offset)).all()
    found = [(row, donor, patient) for row, donor, patient in rows]
    return entries(session, found, by=by, timing=timing), total


def get_reservation(session: Session, *, code: str, by: Person, timing: Timing) -> ReservationEntry:
    """One reservation as a person may see it. Raises NotFound."""
    row = get_row(session, code)
    donor, patient = session.get_one(Donor, row.donor_id), session.get_one(Patient, row.patient_id)
    return entries(session, [(row, donor, patient.patient_number)], by=by, timing=timing)[0]


def entries(
    session: Session, rows: Sequence[tuple[Reservation, Donor, str]], *, by: Person, timing: Timing
) -> list[ReservationEntry]:
    """Rows with their donor and their patient's number, as a person may see them."""
    names = names_of(session, [row.held_by for row, _, _ in rows])
    sees_patients = by.may(Permission.SEE_PATIENTS)
    return [
        _entry(row, donor, patient if sees_patients else None, names[row.held_by], timing)
        for row, donor, patient in rows
    ]


def contact_fault(donor: Donor) -> str | None:
    """The code that says why a donor may not be called, None where they may."""
    if donor.erased_at:
        return "contact.erased"
    if donor.restricted_at:
        return "contact.restricted"
    if donor.consent_withdrawn_at or not donor.consent_contact:
        return "contact.no_consent"
    return "contact.inactive" if donor.status != "active" else None


def _entry(row: Reservation, donor: Donor, patient: str | None, holder: str, timing: Timing) -> ReservationEntry:
    status = status_at(row.status, row.expires_at, timing.now)
    return ReservationEntry(
        code=row.code,
        donor_number=donor.donor_number,
        patient_number=patient,
        day=row.day,
        status=str(status),
        held_by=row.held_by,
        holder=holder,
        held_at=row.held_at,
        expires_at=row.expires_at if status == ReservationStatus.HELD else None,
        threshold_mfi=row.threshold_mfi,
        verdict=row.verdict,
        flags=tuple(row.flags),
        version=row.version_id,
        steps=steps_from(status, day=row.day, today=timing.today),
        to_settle=status == CONFIRMED and row.day < timing.today,
        contact_fault=contact_fault(donor) if status in OCCUPYING else None,
    )


def conditions(asked: ReservationFilter, *, by: Person, timing: Timing) -> list[Any]:
    """What a filter asks of rows; a patient's number only on behalf of those who may see patients."""
    where: list[Any] = list(_status_conditions(asked.status, timing))
    if asked.from_on is not None:
        where.append(col(Reservation.day) >= asked.from_on)
    if asked.until_on is not None:
        where.append(col(Reservation.day) <= asked.until_on)
    if asked.mine:
        where.append(col(Reservation.held_by) == by.login)
    if asked.number:
        numbers = [Donor.donor_number, *([Patient.patient_number] if by.may(Permission.SEE_PATIENTS) else [])]
        where.append(sa.or_(*(col(one).istartswith(asked.number, autoescape=True) for one in numbers)))
    return where


def _status_conditions(status: str, timing: Timing) -> Sequence[Any]:
    """A status as it truly is: a hold that ran out counts as expired."""
    stands = sa.or_(col(Reservation.status) != ReservationStatus.HELD, col(Reservation.expires_at) > timing.now)
    if status == EVERY:
        return ()
    if status == OPEN:
        return (col(Reservation.status).in_(OCCUPYING), stands)
    if status == TO_SETTLE:
        return (col(Reservation.status) == ReservationStatus.CONFIRMED, col(Reservation.day) < timing.today)
    marked = col(Reservation.status) == ReservationStatus(status)
    return (sa.or_(marked, ~stands),) if status == ReservationStatus.EXPIRED else (marked, stands)
