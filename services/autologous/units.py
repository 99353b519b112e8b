"""Autologous units: put in stock, qualified, and taken one step at a time."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session, select

from domain.autologous import Markers
from domain.autologous_units import Method, UnitStatus, UnitStep, last_day, take_unit_step
from domain.errors import FieldFault, InvalidFields, RefusedByRule, UnusableInput
from domain.reservation import Timing
from models.autologous import AutologousCollection, AutologousUnit, CollectionStatus, Subject
from models.patient import Patient
from services.autologous.fields import LONGEST_NOTE, Reader
from services.autologous.rules import autologous_rules
from services.autologous.store import check_version, get_collection, get_unit, record_event, unit_state
from services.patients import get_patient
from services.requests import get_request

LEAST_CONTENT, MOST_CONTENT = 0.1, 20
LEAST_VOLUME_ML, MOST_VOLUME_ML = 5, 1_000
LEAST_DMSO, MOST_DMSO = 1, 20
Done = tuple[dict[str, Any], dict[str, object]]  # what changes in the row, and what the history says of it
DISCARD_REASONS = ("expired", "not_needed", "bag_damaged", "contaminated", "freezing_failed", "thawed_unused", "other")


def add_unit(
    session: Session, *, patient_number: str, collection_code: str, typed: Mapping[str, str], actor: str, timing: Timing
) -> AutologousUnit:
    """Put a unit of a collection in stock; its last day follows from its method.

    Raises NotFound, InvalidFields, and RefusedByRule where the collection was not made or the number is taken.
    """
    patient = get_patient(session, patient_number)
    collection = get_collection(session, patient, collection_code)
    if collection.status is not CollectionStatus.DONE:
        raise RefusedByRule("autologous_unit_before_collection")
    row = _read_unit(typed, patient, collection, actor=actor, now=timing.now)
    if session.exec(select(AutologousUnit.id).where(AutologousUnit.number == row.number)).first() is not None:
        raise RefusedByRule("autologous_unit_number_taken", unit=row.number)
    markers, tested_on = collection.facts.get("markers"), collection.facts.get("markers_on")
    row.markers = Markers(markers) if markers and tested_on else None
    row.markers_on = date.fromisoformat(tested_on) if markers and tested_on else None
    row.store_apart = row.markers is not Markers.NEGATIVE
    session.add(row)
    session.flush()
    details = {"content": row.content, "method": row.method.value, "expires_on": row.expires_on.isoformat()}
    record_event(session, patient, Subject.UNIT, row.number, "stored", actor=actor, now=timing.now, details=details)
    return row


def qualify_unit(
    session: Session,
    *,
    patient_number: str,
    number: str,
    typed: Mapping[str, str],
    version: int,
    actor: str,
    timing: Timing,
) -> AutologousUnit:
    """Record the reading of the labels, and the infection markers. Raises NotFound, InvalidFields, RefusedByRule."""
    row, owner = _unit_of(session, patient_number, number, version)
    if row.status in (UnitStatus.TRANSFUSED, UnitStatus.DISCARDED):
        reason = f"autologous_unit_is.{row.status.value}"
        raise RefusedByRule("autologous_step_refused", rule="AUTO-4", unit=number, reason=reason)
    read = Reader(typed)
    markers = read.choice("markers", Markers)
    markers_on = read.day("markers_on", near=timing.today, needed=markers is not None)
    if markers_on and markers_on > timing.today:
        read.fault("markers_on", "tested_in_future", text=markers_on.isoformat())
    read.check()
    row.is_labelled = typed.get("is_labelled") == "yes"
    row.markers, row.markers_on = markers, markers_on if markers else None
    row.store_apart = markers is not Markers.NEGATIVE
    session.add(row)
    session.flush()
    details = {"is_labelled": row.is_labelled, "markers": markers.value if markers else "", "apart": row.store_apart}
    record_event(session, owner, Subject.UNIT, number, "qualified", actor=actor, now=timing.now, details=details)
    return row


def step_unit(
    session: Session,
    *,
    patient_number: str,
    number: str,
    step: str,
    typed: Mapping[str, str],
    version: int,
    actor: str,
    timing: Timing,
) -> AutologousUnit:
    """Take one step with a unit: reserve, release, thaw, transfuse or discard.

    `patient_number` is for whom it is asked. To transfuse, the number read on the recipient is typed as well.

    Raises:
        NotFound: no such unit, patient or request.
        UnusableInput: a step that nobody knows.
        InvalidFields: what was typed cannot be used.
        RefusedByRule: another recipient (AUTO-1), expired (AUTO-2), labels or markers missing (AUTO-3), a step out of
            order (AUTO-4), another day than the one reserved (AUTO-5), or changed meanwhile.
    """
    wanted = _step(step)
    row, owner = _unit_of(session, patient_number, number, None)
    recipient = _recipient(typed) if wanted is UnitStep.TRANSFUSE else patient_number
    state = unit_state(row, owner.patient_number)
    reached = take_unit_step(state, wanted, recipient=recipient, now=timing.now, today=timing.today)
    check_version(row, version)
    read = Reader(typed)
    note = read.text("note", most=LONGEST_NOTE)
    changes, details = STEPS[wanted](session, row, owner, read, timing)
    read.check()
    for name, value in {**changes, "status": reached}.items():
        setattr(row, name, value)
    session.add(row)
    session.flush()
    record_event(
        session, owner, Subject.UNIT, number, wanted.value, actor=actor, now=timing.now, details=details, note=note
    )
    return row


def _step(text: str) -> UnitStep:
    if text not in set(UnitStep):
        raise UnusableInput("autologous_step_unknown")
    return UnitStep(text)


def _recipient(typed: Mapping[str, str]) -> str:
    """The number read on the recipient's wristband. Raises InvalidFields where none was typed."""
    words = " ".join(typed.get("recipient", "").split())
    if not words:
        raise InvalidFields([FieldFault("recipient", "autologous_needs.recipient")])
    return words


def _unit_of(session: Session, patient_number: str, number: str, version: int | None) -> tuple[AutologousUnit, Patient]:
    """The unit and its owner; refuses under AUTO-1 where it is asked for from somebody else's page."""
    asked = get_patient(session, patient_number)
    row, owner = get_unit(session, number)
    if owner.id != asked.id:
        raise RefusedByRule("autologous_other_recipient", rule="AUTO-1", unit=number, recipient=patient_number)
    if version is not None:
        check_version(row, version)
    return row, owner


def _read_unit(
    typed: Mapping[str, str], patient: Patient, collection: AutologousCollection, *, actor: str, now: datetime
) -> AutologousUnit:
    read = Reader(typed)
    number = read.unit_number("number")
    content = read.number("content", low=LEAST_CONTENT, high=MOST_CONTENT, needed=True, hint="autologous_content_unit")
    volume = read.number("volume_ml", low=LEAST_VOLUME_ML, high=MOST_VOLUME_ML, needed=True)
    method = read.choice("method", Method, needed=True)
    frozen = method is Method.FROZEN
    dmso = read.number("dmso_percent", low=LEAST_DMSO, high=MOST_DMSO, needed=frozen)
    if dmso is not None and method is not None and not frozen:
        read.fault("dmso_percent", "autologous_dmso_of_fresh")
    location = read.text("location", needed=True)
    read.check()
    return AutologousUnit(
        number=number,
        patient_id=patient.id or 0,
        collection_id=collection.id or 0,
        content=content or 0,
        volume_ml=volume or 0,
        method=method or Method.FRESH,
        dmso_percent=dmso,
        location=location,
        collected_on=collection.day,
        expires_on=last_day(method or Method.FRESH, collection.day, autologous_rules(collection.day)),
        is_labelled=typed.get("is_labelled") == "yes",
        created_at=now,
        created_by=actor,
    )


def _reserve(_: Session, row: AutologousUnit, __: Patient, read: Reader, timing: Timing) -> Done:
    day = read.day("day", near=timing.today, needed=True)
    if day is not None and day < timing.today:
        read.fault("day", "autologous_reserved_in_past")
    elif day is not None and day > row.expires_on:
        read.fault("day", "autologous_reserved_past_expiry", expires_on=row.expires_on.isoformat())
    return {"reserved_for": day}, {"reserved_on": day.isoformat() if day else ""}


def _release(_: Session, row: AutologousUnit, __: Patient, ___: Reader, ____: Timing) -> Done:
    return {"reserved_for": None}, {"reserved_on": row.reserved_for.isoformat() if row.reserved_for else ""}


def _thaw(_: Session, row: AutologousUnit, __: Patient, read: Reader, timing: Timing) -> Done:
    _check_day(row, timing.today)
    at = read.clock("thawed_at", timing)
    use_by = at + timedelta(hours=autologous_rules(timing.today).use_within_hours)
    counted = read.number("thawed_content", low=LEAST_CONTENT, high=MOST_CONTENT, hint="autologous_content_unit")
    if counted is not None and counted > row.content:
        read.fault("thawed_content", "autologous_content_grew", content=row.content)
    changes = {"thawed_at": at, "thawed_use_by": use_by, "thawed_content": counted}
    return changes, {"use_by": use_by.isoformat(timespec="minutes"), "content": counted}


def _transfuse(session: Session, row: AutologousUnit, owner: Patient, read: Reader, timing: Timing) -> Done:
    if row.method is not Method.FROZEN:
        _check_day(row, timing.today)
    code = read.text("request")
    request_id = get_request(session, owner, code).id if code else None
    return {"request_id": request_id, "ended_at": timing.now}, {"recipient": owner.patient_number, "request": code}


def _discard(_: Session, __: AutologousUnit, ___: Patient, read: Reader, timing: Timing) -> Done:
    reason = read.typed.get("reason", "")
    if reason not in DISCARD_REASONS:
        read.fault("reason", "autologous_needs.reason")
    elif reason == "other" and not read.typed.get("note", "").strip():
        read.fault("note", "autologous_needs.note")
    return {"ended_at": timing.now, "ended_reason": reason}, {"discard_reason": reason}


def _check_day(row: AutologousUnit, today: date) -> None:
    if row.reserved_for != today:
        on = row.reserved_for.isoformat() if row.reserved_for else ""
        raise RefusedByRule("autologous_not_its_day", rule="AUTO-5", unit=row.number, on=on)


STEPS: Mapping[UnitStep, Callable[[Session, AutologousUnit, Patient, Reader, Timing], Done]] = {
    UnitStep.RESERVE: _reserve,
    UnitStep.RELEASE: _release,
    UnitStep.THAW: _thaw,
    UnitStep.TRANSFUSE: _transfuse,
    UnitStep.DISCARD: _discard,
}
