"""Requests for transfusion: how many units a hospital needs for a patient and by when; made, edited, closed."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, func, select

from domain.errors import FieldFault, InvalidFields, NotFound, RefusedByRule
from models.patient import Patient
from models.request import RequestStatus, TransfusionRequest, Urgency
from models.reservation import OCCUPYING, Reservation, ReservationStatus
from services.audit import record_audit
from services.patients import get_patient
from services.platelet_antibodies import check_reason
from services.request_fields import read_request

Json = dict[str, Any]
FURTHEST = timedelta(days=366)  # beyond it the year is a slip
# Reservations that are, or were, units found for a request.
FOUND = (*OCCUPYING, ReservationStatus.COLLECTED)
PRIVATE = ("contact", "note")  # of which the trail says only that they changed


@dataclass(frozen=True, slots=True)
class Asked:
    """What a hospital asks; `needed_by` is aware."""

    hospital: str
    units: int
    needed_by: datetime
    urgency: Urgency
    contact: str = ""
    note: str = ""


def create_request(
    session: Session, *, patient_number: str, typed: Mapping[str, str], zone: str, actor: str, now: datetime
) -> TransfusionRequest:
    """Put a request on record.

    Raises NotFound, InvalidFields with every fault at once, and RefusedByRule for an open request said twice.
    """
    patient = get_patient(session, patient_number)
    asked = _judge(typed, zone=zone, now=now, before=None)
    if _has_twin(session, patient, asked):
        raise RefusedByRule("request_on_record")
    row = TransfusionRequest(
        code=str(uuid.uuid4()), patient_id=patient.id or 0, created_at=now, created_by=actor, **_columns(asked)
    )
    session.add(row)
    session.flush()
    details = {"request": row.code, **_plain(row)}
    _audit(session, "request_created", patient, details, actor, now)
    return row


def edit_request(
    session: Session,
    *,
    patient_number: str,
    code: str,
    typed: Mapping[str, str],
    version: int,
    zone: str,
    actor: str,
    now: datetime,
) -> TransfusionRequest:
    """Change an open request. Raises NotFound, InvalidFields, and RefusedByRule for a closed or stale one."""
    patient = get_patient(session, patient_number)
    row = _open_request(session, patient, code, version)
    asked = _columns(_judge(typed, zone=zone, now=now, before=row))
    changed = {name: value for name, value in asked.items() if getattr(row, name) != value}
    if not changed:
        return row
    old = _plain(row)
    for name, value in changed.items():
        setattr(row, name, value)
    session.add(row)
    session.flush()
    new = _plain(row)
    changes = [
        {"field": name} if name in PRIVATE else {"field": name, "old": old[name], "new": new[name]} for name in changed
    ]
    _audit(session, "request_edited", patient, {"request": row.code, "changes": changes}, actor, now)
    return row


def close_request(
    session: Session,
    *,
    patient_number: str,
    code: str,
    outcome: RequestStatus,
    reason: str,
    version: int,
    actor: str,
    now: datetime,
) -> TransfusionRequest:
    """Say that a request is fulfilled, or cancelled with a reason. Its reservations stay as they are.

    Raises NotFound, InvalidFields, and RefusedByRule for a closed or stale one.
    """
    patient = get_patient(session, patient_number)
    row = _open_request(session, patient, code, version)
    if outcome is RequestStatus.OPEN:
        raise RefusedByRule("request_outcome_unknown")
    details = {"request": row.code, "units": row.units, "hospital": row.hospital}
    if outcome is RequestStatus.CANCELLED or reason.strip():
        details["reason"] = check_reason(reason)
    row.status, row.closed_at, row.closed_by = outcome, now, actor
    session.add(row)
    session.flush()
    _audit(session, f"request_{outcome.value}", patient, details, actor, now)
    return row


def get_request(session: Session, patient: Patient, code: str) -> TransfusionRequest:
    """One request of this patient. Raises NotFound, also for another patient's."""
    query = select(TransfusionRequest).where(
        TransfusionRequest.code == code, TransfusionRequest.patient_id == patient.id
    )
    row = session.exec(query).first() if code.isprintable() else None
    if row is None:
        raise NotFound("unknown_request", patient=patient.patient_number)
    return row


def list_open_requests(session: Session, *, limit: int, offset: int = 0) -> tuple[list[Json], int]:
    """A page of the open requests, the soonest needed first, with the units still to find; and how many are open."""
    query = (
        select(TransfusionRequest, Patient.patient_number)
        .join(Patient, col(Patient.id) == col(TransfusionRequest.patient_id))
        .where(TransfusionRequest.status == RequestStatus.OPEN)
    )
    total = session.exec(select(func.count()).select_from(query.subquery())).one()
    ordered = query.order_by(col(TransfusionRequest.needed_by), col(TransfusionRequest.id))
    rows = session.exec(ordered.limit(limit).offset(offset)).all()
    found = _found_units(session, [row.id for row, _ in rows])
    return [request_json(row, number, found.get(row.id, 0)) for row, number in rows], total


def requests_of(session: Session, patient: Patient) -> list[Json]:
    """Every request of a patient: the open ones by when they are needed, then the closed ones, the latest first."""
    query = select(TransfusionRequest).where(TransfusionRequest.patient_id == patient.id)
    rows = session.exec(query).all()
    found = _found_units(session, [row.id for row in rows])
    is_open = [row for row in rows if row.status is RequestStatus.OPEN]
    closed = [row for row in rows if row.status is not RequestStatus.OPEN]
    ordered = [
        *sorted(is_open, key=lambda row: (row.needed_by, row.id)),
        *sorted(closed, key=lambda row: (row.closed_at or row.created_at, row.id), reverse=True),
    ]
    return [request_json(row, patient.patient_number, found.get(row.id, 0)) for row in ordered]


def request_chips(session: Session, patient: Patient) -> list[Json]:
    """The open requests of a patient as their banner shows them, the soonest needed first: no person is named."""
    shown = ("code", "urgency", "units", "remaining", "needed_by")
    return [
        {name: one[name] for name in shown}
        for one in requests_of(session, patient)
        if one["status"] == RequestStatus.OPEN.value
    ]


def soonest_requests(session: Session, patient_ids: Sequence[int]) -> dict[int, TransfusionRequest]:
    """By patient, the open request needed soonest."""
    query = select(TransfusionRequest).where(
        col(TransfusionRequest.patient_id).in_(patient_ids), TransfusionRequest.status == RequestStatus.OPEN
    )
    rows = session.exec(query.order_by(col(TransfusionRequest.needed_by).desc())).all()
    return {row.patient_id: row for row in rows}


def request_json(row: TransfusionRequest, patient_number: str, found: int) -> Json:
    """One request as data; `found` units have a reservation, `remaining` have none yet."""
    return {
        "code": row.code,
        "patient": patient_number,
        "hospital": row.hospital,
        "units": row.units,
        "found": found,
        "remaining": max(0, row.units - found),
        "needed_by": row.needed_by,
        "urgency": row.urgency.value,
        "contact": row.contact,
        "note": row.note,
        "status": row.status.value,
        "created_at": row.created_at,
        "created_by": row.created_by,
        "closed_at": row.closed_at,
        "closed_by": row.closed_by,
        "version": row.version_id,
    }


def form_values(row: TransfusionRequest, *, zone: str) -> dict[str, str]:
    """What the form of an edit is filled with, in the time of the place."""
    local = row.needed_by.astimezone(ZoneInfo(zone))
    return {
        "hospital": row.hospital,
        "units": str(row.units),
        "needed_on": local.date().isoformat(),
        "needed_at": f"{local:%H:%M}",
        "urgency": row.urgency.value,
        "contact": row.contact,
        "note": row.note,
    }


def _judge(typed: Mapping[str, str], *, zone: str, now: datetime, before: TransfusionRequest | None) -> Asked:
    values, faults = read_request(typed, zone=zone)
    needed_by = values.get("needed_by")
    # A request that is overdue may still be corrected: only another moment has to lie ahead.
    if needed_by and (before is None or before.needed_by != needed_by):
        if needed_by < now:
            faults.append(FieldFault("needed_on", "needed_in_the_past"))
        elif needed_by > now + FURTHEST:
            faults.append(FieldFault("needed_on", "needed_too_far_ahead"))
    if faults:
        raise InvalidFields(faults)
    return Asked(**values)


def _has_twin(session: Session, patient: Patient, asked: Asked) -> bool:
    """Whether the same is asked already: a form sent twice must not ask for twice the units."""
    query = select(TransfusionRequest.id).where(
        TransfusionRequest.patient_id == patient.id,
        TransfusionRequest.status == RequestStatus.OPEN,
        TransfusionRequest.hospital == asked.hospital,
        TransfusionRequest.units == asked.units,
        TransfusionRequest.needed_by == asked.needed_by,
        TransfusionRequest.urgency == asked.urgency,
    )
    return session.exec(query).first() is not None


def _open_request(session: Session, patient: Patient, code: str, version: int) -> TransfusionRequest:
    row = get_request(session, patient, code)
    if row.status is not RequestStatus.OPEN:
        raise RefusedByRule("request_closed_already")
    if row.version_id != version:
        raise RefusedByRule("changed_meanwhile")
    return row


def _found_units(session: Session, ids: Sequence[int | None]) -> dict[int | None, int]:
    query = (
        select(Reservation.request_id, func.count())
        .where(col(Reservation.request_id).in_(ids), col(Reservation.status).in_(FOUND))
        .group_by(col(Reservation.request_id))
    )
    return dict(session.exec(query).all())


def _columns(asked: Asked) -> Json:
    return {one.name: getattr(asked, one.name) for one in fields(asked)}


def _plain(row: TransfusionRequest) -> Json:
    """What the trail may hold of a request: neither the contact, who is a person, nor the note."""
    return {
        "hospital": row.hospital,
        "units": row.units,
        "needed_by": row.needed_by.astimezone(UTC).isoformat(timespec="minutes"),
        "urgency": row.urgency.value,
    }


def _audit(session: Session, action: str, patient: Patient, details: Json, actor: str, now: datetime) -> None:
    record_audit(
        session, actor=actor, action=action, subject_type="patient", subject_key=patient.patient_number,
        details=details, now=now,
    )  # fmt: skip
