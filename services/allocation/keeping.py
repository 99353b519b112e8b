"""Keep a division, so that the next ones stay near it and say what has changed since."""

import json
import uuid
from datetime import date, datetime

from sqlmodel import Session, col, select

from domain.errors import NotFound
from domain.reservation import Timing
from models.allocation import AllocationRun
from services.accounts.person import Person
from services.allocation.dividing import divide
from services.allocation.proposing import proposal_json
from services.allocation.terms import Json, Span
from services.audit import record_audit
from services.matching.snapshots import SnapshotStore


def keep_run(
    session: Session, store: SnapshotStore, *, span: Span, by: Person, timing: Timing, locale: str
) -> AllocationRun:
    """Put the division of now on record. Raises UnusableInput for a span that is none."""
    division = divide(session, store, span=span)
    row = AllocationRun(
        code=str(uuid.uuid4()),
        first_on=span.first,
        days=span.days,
        made_at=timing.now,
        made_by=by.login,
        previous_code=division.run.code if division.run else None,
        snapshot=division.index.meta.snapshot,
        answer=_plain(proposal_json(session, division, locale)),
    )
    session.add(row)
    session.flush()
    given, unmet = row.answer["given"], row.answer["unmet"]
    details = {"from": span.first, "days": span.days, "met": len(given), "unmet": sum(one["units"] for one in unmet)}
    audit_run(session, "allocation_kept", row, details, actor=by.login, now=timing.now)
    return row


def get_run(session: Session, code: str) -> AllocationRun:
    """The kept division of that code. Raises NotFound."""
    query = select(AllocationRun).where(AllocationRun.code == code)
    row = session.exec(query).first() if code.isprintable() else None
    if row is None:
        raise NotFound("allocation_run_unknown")
    return row


def list_runs(session: Session, *, limit: int) -> list[AllocationRun]:
    """The divisions kept last, the latest first."""
    return list(session.exec(select(AllocationRun).order_by(col(AllocationRun.id).desc()).limit(limit)).all())


def audit_run(
    session: Session, action: str, row: AllocationRun, details: dict[str, object], *, actor: str, now: datetime
) -> None:
    """One row of the trail about a kept division."""
    record_audit(
        session, actor=actor, action=action, subject_type="allocation", subject_key=row.code, details=details, now=now
    )


def _plain(answer: Json) -> Json:
    """The answer as JSON keeps it: days and moments as ISO text."""
    plain: Json = json.loads(json.dumps(answer, default=_iso))
    return plain


def _iso(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")
