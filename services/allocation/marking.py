"""Fix a donor for a request on a day, or forbid one for it; the next division heeds it."""

import uuid
from datetime import date, datetime

from sqlmodel import Session, col, select

from domain.errors import FieldFault, InvalidFields, NotFound, RefusedByRule
from models.allocation import AllocationMark, MarkKind
from models.donor import Donor
from models.request import RequestStatus, TransfusionRequest
from services.accounts.person import Person
from services.audit import record_audit
from services.explanations import get_donor
from services.platelet_antibodies import check_reason


def record_mark(
    session: Session,
    *,
    request_code: str,
    donor_number: str,
    kind: MarkKind,
    day: date | None,
    reason: str,
    by: Person,
    now: datetime,
) -> AllocationMark:
    """Put a mark on record in place of any other on the pair; the same mark again is the one that is there.

    Whether a fixed donor can stand is judged by each division. Raises NotFound, InvalidFields where a fixed one has no
    day or there is no reason, and RefusedByRule for a request that is closed.
    """
    words = check_reason(reason)
    if kind is MarkKind.FIXED and day is None:
        raise InvalidFields([FieldFault("day", "allocation_fix_needs_day")])
    request, donor = open_request(session, request_code), get_donor(session, donor_number)
    wanted = day if kind is MarkKind.FIXED else None
    for before in _standing(session, request, donor):
        if (before.kind, before.day) == (kind, wanted):
            return before
        _lift(session, before, by=by, now=now)
    mark = AllocationMark(
        code=str(uuid.uuid4()),
        request_id=request.id or 0,
        donor_id=donor.id or 0,
        kind=kind,
        day=wanted,
        reason=words,
        made_at=now,
        made_by=by.login,
    )
    session.add(mark)
    session.flush()
    done = "allocation_fixed" if kind is MarkKind.FIXED else "allocation_forbidden"
    _audit(session, done, mark, by=by, now=now)
    return mark


def lift_mark(session: Session, *, code: str, by: Person, now: datetime) -> AllocationMark:
    """End a mark; one that is lifted stays as it is. Raises NotFound."""
    query = select(AllocationMark).where(AllocationMark.code == code)
    mark = session.exec(query).first() if code.isprintable() else None
    if mark is None:
        raise NotFound("allocation_mark_unknown")
    if mark.lifted_at is None:
        _lift(session, mark, by=by, now=now)
    return mark


def lift_fixed(session: Session, request: TransfusionRequest, donor: Donor, *, by: Person, now: datetime) -> None:
    """End what fixed a donor who is reserved by now: if they are released, they are no longer fixed."""
    for mark in _standing(session, request, donor):
        if mark.kind is MarkKind.FIXED:
            _lift(session, mark, by=by, now=now)


def is_forbidden(session: Session, request: TransfusionRequest, donor: Donor) -> bool:
    """Whether somebody forbade a donor for a request, and that stands."""
    return any(mark.kind is MarkKind.FORBIDDEN for mark in _standing(session, request, donor))


def open_request(session: Session, code: str) -> TransfusionRequest:
    """The open request of that code. Raises NotFound, and RefusedByRule for a closed one."""
    query = select(TransfusionRequest).where(TransfusionRequest.code == code)
    row = session.exec(query).first() if code.isprintable() else None
    if row is None:
        raise NotFound("allocation_request_unknown")
    if row.status is not RequestStatus.OPEN:
        raise RefusedByRule("request_closed_already")
    return row


def _standing(session: Session, request: TransfusionRequest, donor: Donor) -> list[AllocationMark]:
    query = select(AllocationMark).where(
        AllocationMark.request_id == request.id,
        AllocationMark.donor_id == donor.id,
        col(AllocationMark.lifted_at).is_(None),
    )
    return list(session.exec(query.order_by(col(AllocationMark.id))).all())


def _lift(session: Session, mark: AllocationMark, *, by: Person, now: datetime) -> None:
    mark.lifted_at, mark.lifted_by = now, by.login
    session.add(mark)
    session.flush()
    _audit(session, "allocation_mark_lifted", mark, by=by, now=now)


def _audit(session: Session, action: str, mark: AllocationMark, *, by: Person, now: datetime) -> None:
    """One row of the trail; the patient is found from the request by those who may, and the reason is not told."""
    request = session.get_one(TransfusionRequest, mark.request_id)
    donor = session.get_one(Donor, mark.donor_id)
    record_audit(
        session,
        actor=by.login,
        action=action,
        subject_type="allocation_mark",
        subject_key=mark.code,
        details={
            "request": request.code,
            "donor": donor.donor_number,
            "kind": mark.kind.value,
            "day": mark.day.isoformat() if mark.day else None,
        },
        now=now,
    )
