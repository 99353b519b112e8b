"""What rows kept about a patient share: corrected with a reason, withdrawn, never erased, each change in the trail."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

from sqlmodel import Session, col, select

from domain.errors import FieldFault, RefusedByRule
from models.audit import AuditEvent
from models.crossmatch import Crossmatch
from models.patient import Patient
from models.treatment import Treatment
from services.audit import record_audit
from services.platelet_antibodies import check_reason

Json = dict[str, Any]
Row = TypeVar("Row", Treatment, Crossmatch)
NOTE = "note"  # it may name somebody: that it changed is told, what it says is not
LIFE = ("recorded_at", "recorded_by", "changed_at", "changed_by", "withdrawn_at", "withdrawn_by", "withdrawal_reason")


def new_life(*, actor: str, now: datetime, batch_id: int | None) -> Json:
    """What every new row begins with: its code, who recorded it, when, and from which file."""
    stamps = {"recorded_at": now, "recorded_by": actor, "changed_at": now, "changed_by": actor}
    return {"code": str(uuid.uuid4()), "batch_id": batch_id, **stamps}


def standing(rows: Sequence[Row]) -> list[Row]:
    """The rows that count: those nobody withdrew."""
    return [row for row in rows if row.withdrawn_at is None]


def check_version(row: Treatment | Crossmatch, version: int) -> None:
    """Raises RefusedByRule where somebody changed the row since the person saw it, or where it is withdrawn."""
    if row.version_id != version:
        raise RefusedByRule("changed_meanwhile")
    if row.withdrawn_at is not None:
        raise RefusedByRule("row_withdrawn")


def change(
    session: Session, row: Treatment | Crossmatch, values: Mapping[str, Any], *, actor: str, now: datetime
) -> dict[str, list[str]]:
    """Give the row these values; what changed by name, from what to what, as the trail keeps it."""
    before = {name: getattr(row, name) for name, value in values.items() if getattr(row, name) != value}
    if before:
        for name in before:
            setattr(row, name, values[name])
        row.changed_at, row.changed_by = now, actor
        session.add(row)
        session.flush()
    return told_changes({name: (old, values[name]) for name, old in before.items()})


def told_changes(changes: Mapping[str, tuple[Any, Any]]) -> dict[str, list[str]]:
    """Changes from what to what by name, as the trail keeps them; of the note only that it changed."""
    return {
        name: [] if name == NOTE else [text_of(before), text_of(after)] for name, (before, after) in changes.items()
    }


def lacking(stored: Mapping[str, Any], given: Mapping[str, Any]) -> Json:
    """What a later file adds to what is on record, by name. Raises RefusedByRule where it says otherwise."""
    told = {name: value for name, value in given.items() if value not in (None, "")}
    added = {name: value for name, value in told.items() if stored.get(name) in (None, "")}
    differing = [name for name, value in told.items() if name not in added and stored[name] != value]
    if differing:
        name = differing[0]
        shown = {"stored": "…", "given": "…"} if name == NOTE else {}
        both = {"stored": text_of(stored[name]), "given": text_of(told[name])} | shown
        raise RefusedByRule("row_differs", column=name, **both)
    return added


def birth_faults(patient: Patient, days: Mapping[str, date | None]) -> list[FieldFault]:
    """A fault beside each field whose day lies before the patient was born."""
    born = patient.birth_date
    return [
        FieldFault(name, "before_birth", {"on": day.isoformat()})
        for name, day in days.items()
        if born and day and day.isoformat() < born
    ]


def withdraw(session: Session, row: Treatment | Crossmatch, *, reason: str, actor: str, now: datetime) -> None:
    """Take a row out of what counts, keeping it. Raises InvalidFields without a reason."""
    row.withdrawal_reason = check_reason(reason)
    row.withdrawn_at, row.withdrawn_by = now, actor
    session.add(row)
    session.flush()


def audit_row(
    session: Session, patient: Patient, action: str, details: Mapping[str, object], *, actor: str, now: datetime
) -> None:
    """One row of the trail; what may name somebody is not among the details."""
    record_audit(
        session,
        actor=actor,
        action=action,
        subject_type="patient",
        subject_key=patient.patient_number,
        details={**details},
        now=now,
    )


def changes_by_row(session: Session, patient: Patient, action: str) -> dict[str, list[Json]]:
    """The corrections of a patient's rows by the row's code, the latest first."""
    query = select(AuditEvent).where(
        AuditEvent.subject_type == "patient",
        AuditEvent.subject_key == patient.patient_number,
        AuditEvent.action == action,
    )
    found: dict[str, list[Json]] = {}
    for one in session.exec(query.order_by(col(AuditEvent.id).desc())).all():
        details = one.details or {}
        found.setdefault(str(details.get("row")), []).append({"at": one.at, "actor": one.actor, **details})
    return found


def life_json(row: Treatment | Crossmatch) -> Json:
    """Who recorded, changed and withdrew a row, and when."""
    return {name: getattr(row, name) for name in LIFE}


def text_of(value: Any) -> str:
    """A value as the trail and the sentences about a row write it; a moment to the minute, empty where not known."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)
