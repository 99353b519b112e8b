"""The audit trail: one chain of sealed rows, added to by every use case and checked on demand."""

import hashlib
import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlmodel import Session, col, select

from models.audit import AuditEvent

FIRST_LINK = "0" * 64  # what the first row follows
READ_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class AuditCheck:
    """What a check of the trail found: rows read, the last seal, and the first fault with its row, if any."""

    rows: int
    last_hash: str
    fault: str | None = None
    broken_id: int | None = None


def record_audit(
    session: Session,
    *,
    actor: str,
    action: str,
    subject_type: str,
    subject_key: str,
    details: Mapping[str, object],
    now: datetime,
) -> AuditEvent:
    """Add one sealed row to the trail; never put personal data in `details`, the trail is not encrypted.

    Writers queue for the whole transaction (models.database), so the row read here is still the last at
    commit; were it not, the unique link would refuse the second row rather than fork the chain.

    Raises ValueError where `now` is naive or `details` hold a number unknown to JSON, TypeError where they
    hold another unknown value.
    """
    if now.utcoffset() is None:
        raise ValueError("an audit row needs an aware moment")
    last = session.exec(select(AuditEvent).order_by(col(AuditEvent.id).desc()).limit(1)).first()
    event = AuditEvent(
        id=last.id + 1 if last else 1,
        at=now.astimezone(UTC),
        actor=actor,
        action=action,
        subject_type=subject_type,
        subject_key=subject_key,
        details=json.loads(_canonical(dict(details))),
        previous_hash=last.hash if last else FIRST_LINK,
        hash="",
    )
    event.hash = seal(event)
    session.add(event)
    session.flush()  # the next row of this transaction must follow this one
    return event


def seal(event: AuditEvent) -> str:
    """SHA-256 (hex) of everything a row says and of the seal before it."""
    said = [
        event.id,
        event.at.astimezone(UTC).isoformat(),
        event.actor,
        event.action,
        event.subject_type,
        event.subject_key,
        event.details,
        event.previous_hash,
    ]
    return hashlib.sha256(_canonical(said).encode()).hexdigest()


def verify_audit(session: Session, *, noted_hash: str | None = None) -> AuditCheck:
    """Check the whole trail and name its first broken row.

    A chain cannot show that its end was cut off: give a seal noted earlier and it must still be there.
    Faults: audit_row_missing, audit_row_unlinked, audit_row_altered, audit_cut_short.
    """
    rows, link, noted_seen = 0, FIRST_LINK, noted_hash is None
    trail = select(AuditEvent).order_by(col(AuditEvent.id)).execution_options(yield_per=READ_AT_ONCE)
    with closing(session.exec(trail)) as events:  # PostgreSQL keeps a cursor open until told
        for event in events:
            if fault := _fault(event, expected_id=rows + 1, link=link):
                return AuditCheck(rows=rows, last_hash=link, fault=fault, broken_id=event.id)
            rows, link = event.id, event.hash
            noted_seen = noted_seen or link == noted_hash
    if not noted_seen:
        return AuditCheck(rows=rows, last_hash=link, fault="audit_cut_short", broken_id=rows + 1)
    return AuditCheck(rows=rows, last_hash=link)


def _fault(event: AuditEvent, *, expected_id: int, link: str) -> str | None:
    if event.id != expected_id:
        return "audit_row_missing"
    if event.hash != seal(event):
        return "audit_row_altered"
    if event.previous_hash != link:
        return "audit_row_unlinked"
    return None


def _canonical(value: object) -> str:
    """The one JSON text of a value, so that a row reads back to the seal it was given."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False, default=_plain)


def _plain(value: object) -> str:
    if isinstance(value, date):  # datetimes too
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot be kept in the audit trail")
