"""The file of one reservation: what it is for, the calls made, and every step from the audit trail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from domain.reservation import Timing
from models.audit import AuditEvent
from models.request import TransfusionRequest
from services.accounts.permissions import Permission
from services.accounts.person import Person
from services.calls import Call, calls_of, knows_donors
from services.reservations.listing import ReservationEntry, get_reservation
from services.reservations.occupancy import CLOCK, SUBJECT, names_of
from services.reservations.steps import get_row


@dataclass(frozen=True, slots=True)
class PastStep:
    """One step as the audit trail keeps it; `who` is None for a hold that ran out by itself."""

    at: datetime
    who: str | None
    action: str
    reason: str | None
    outcome: str | None


@dataclass(frozen=True, slots=True)
class ReservationFile:
    """One reservation in full; note and request only for those who see patients: either may speak of one."""

    entry: ReservationEntry
    note: str
    request: TransfusionRequest | None
    calls: Sequence[Call]
    history: Sequence[PastStep]
    changed_at: datetime


def open_reservation(session: Session, *, code: str, by: Person, timing: Timing) -> ReservationFile:
    """All that a person may see of one reservation. Raises NotFound."""
    row = get_row(session, code)
    sees_patients = by.may(Permission.SEE_PATIENTS)
    asked_for = session.get(TransfusionRequest, row.request_id) if row.request_id and sees_patients else None
    return ReservationFile(
        entry=get_reservation(session, code=code, by=by, timing=timing),
        note=row.note if sees_patients else "",
        request=asked_for,
        calls=calls_of(session, [row.id or 0], notes=knows_donors(by)).get(row.id or 0, []),
        history=_history(session, code),
        changed_at=row.changed_at,
    )


def _history(session: Session, code: str) -> list[PastStep]:
    """What the trail says, the first step first."""
    query = select(AuditEvent).where(AuditEvent.subject_type == SUBJECT, AuditEvent.subject_key == code)
    events = session.exec(query.order_by(col(AuditEvent.id))).all()
    names = names_of(session, [event.actor for event in events])
    return [
        PastStep(
            at=event.at,
            who=None if event.actor == CLOCK else names[event.actor],
            action=event.action,
            reason=event.details.get("reason"),
            outcome=event.details.get("outcome"),
        )
        for event in events
    ]
