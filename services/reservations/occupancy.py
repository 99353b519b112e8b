"""The days on which a donor is taken, by whom, and the holds that ran out."""

from collections.abc import Iterable, Sequence

from sqlmodel import Session, col, select

from domain.errors import RefusedByRule
from domain.reservation import Step, Timing, next_status, status_at
from models.account import Account
from models.patient import Patient
from models.reservation import OCCUPYING, Reservation, ReservationStatus
from services.accounts.permissions import Permission
from services.accounts.person import Person
from services.audit import record_audit

CLOCK = "clock"  # who lets a hold run out, in the audit trail
SUBJECT = "reservation"


def occupying(session: Session, donor_id: int, timing: Timing) -> Sequence[Reservation]:
    """The reservations that truly occupy a donor now, by day; a hold that ran out does not, marked or not."""
    query = select(Reservation).where(Reservation.donor_id == donor_id, col(Reservation.status).in_(OCCUPYING))
    rows = session.exec(query.order_by(col(Reservation.day))).all()
    return [row for row in rows if status_at(row.status, row.expires_at, timing.now) in OCCUPYING]


def expire_holds(session: Session, *, timing: Timing, donor_id: int | None = None) -> int:
    """Mark the holds that ran out, of one donor or of all, so that the donor is free at once; how many there were."""
    query = select(Reservation).where(
        Reservation.status == ReservationStatus.HELD, col(Reservation.expires_at) <= timing.now
    )
    if donor_id is not None:
        query = query.where(Reservation.donor_id == donor_id)
    stale = session.exec(query.order_by(col(Reservation.id))).all()
    for row in stale:
        take_step(session, row, Step.EXPIRE, actor=CLOCK, timing=timing)
    return len(stale)


def take_step(
    session: Session, row: Reservation, step: Step, *, actor: str, timing: Timing, **details: object
) -> Reservation:
    """Move a reservation along the table of transitions, with its row in the audit trail. Raises RefusedByRule."""
    before = row.status
    row.status = ReservationStatus(next_status(before, step))
    row.changed_by, row.changed_at = actor, timing.now
    session.add(row)
    session.flush()
    said = {"from": before.value, "to": row.status.value, "day": row.day, **details}
    audit_reservation(session, row, row.status.value, actor=actor, timing=timing, details=said)
    return row


def audit_reservation(
    session: Session, row: Reservation, what: str, *, actor: str, timing: Timing, details: dict[str, object]
) -> None:
    """One row of the trail; the patient is found from the code by those who may, and is not named here."""
    record_audit(
        session,
        actor=actor,
        action=f"reservation_{what}",
        subject_type=SUBJECT,
        subject_key=row.code,
        details=details,
        now=timing.now,
    )


def refusal_of_occupied(
    session: Session, row: Reservation, *, by: Person, donor_number: str, timing: Timing
) -> RefusedByRule:
    """Who has the donor that day and until when; the patient's number only for those who may see patients."""
    holder = names_of(session, [row.held_by])[row.held_by]
    params: dict[str, object] = {"donor": donor_number, "on": row.day.isoformat(), "holder": holder}
    code = "donor_reserved"
    if row.status == ReservationStatus.HELD:
        ends = timing.local(row.expires_at)
        code = "donor_held"
        params |= {"until_on": ends.date().isoformat(), "until_time": f"{ends:%H:%M}"}
    if by.may(Permission.SEE_PATIENTS):
        patient = session.get(Patient, row.patient_id)
        code, params["patient"] = f"{code}_for", patient.patient_number if patient else ""
    return RefusedByRule(code, **params)


def names_of(session: Session, logins: Iterable[str]) -> dict[str, str]:
    """The names that colleagues know people by; a login without an account stands for itself."""
    asked = set(logins)
    query = select(Account.login, Account.display_name).where(col(Account.login).in_(asked))
    return {**{login: login for login in asked}, **dict(session.exec(query).all())}
