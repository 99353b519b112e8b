"""Collections of a patient's own platelets: planned in a window, recorded with their guard-rails, cancelled."""

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlmodel import Session

from domain.autologous import (
    Access,
    CollectionWindow,
    DayFacts,
    GuardRail,
    Markers,
    collection_windows,
    find_window,
    guard_rails,
    not_met,
)
from domain.errors import FieldFault, InvalidFields, RefusedByRule
from domain.reservation import Timing
from models.autologous import AutologousCollection, CollectionStatus, Subject
from models.patient import Patient
from services.accounts.permissions import Permission
from services.accounts.person import Person
from services.autologous.fields import LONGEST_NOTE, Reader
from services.autologous.rules import autologous_rules
from services.autologous.store import (
    check_version,
    collections_of,
    course_value,
    courses_of,
    get_collection,
    record_event,
)
from services.patients import get_patient
from services.platelet_antibodies import check_reason

MOST_PLATELETS, MOST_HAEMOGLOBIN, MOST_WEIGHT_KG = 2_000, 25, 300
YES, NO = "yes", "no"


@dataclass(frozen=True, slots=True)
class DoneCollection:
    """A collection as it was typed: its day, what was known, and why it was made in spite of a guard-rail."""

    day: date
    facts: DayFacts
    override_reason: str
    note: str


def windows_of(session: Session, patient: Patient, today: date) -> tuple[CollectionWindow, ...]:
    """The windows that the patient's calendar leaves."""
    courses = [course_value(row) for row in courses_of(session, patient)]
    return collection_windows(courses, autologous_rules(today))


def plan_collection(
    session: Session, *, patient_number: str, typed: Mapping[str, str], actor: str, timing: Timing
) -> AutologousCollection:
    """Plan a collection; outside every window it needs a note that says why.

    Raises NotFound, InvalidFields, and RefusedByRule where the patient has a collection that day.
    """
    patient = get_patient(session, patient_number)
    read = Reader(typed)
    day, note = read.day("day", near=timing.today, needed=True), read.text("note", most=LONGEST_NOTE)
    outside = day is not None and find_window(windows_of(session, patient, timing.today), day) is None
    if outside and not note:
        read.fault("note", "autologous_outside_window")
    read.check()
    _check_free(session, patient, day or timing.today, but="")
    row = AutologousCollection(
        code=str(uuid.uuid4()),
        patient_id=patient.id or 0,
        day=day or timing.today,
        status=CollectionStatus.PLANNED,
        outside_window=outside,
        note=note,
        created_at=timing.now,
        created_by=actor,
    )
    session.add(row)
    session.flush()
    _record(session, patient, row, "planned", actor, timing, note=note)
    return row


def judge_collection(
    session: Session, *, patient_number: str, code: str, typed: Mapping[str, str], today: date
) -> tuple[GuardRail, ...]:
    """The guard-rails of what is typed; nothing is written. Raises NotFound, InvalidFields."""
    patient = get_patient(session, patient_number)
    row = get_collection(session, patient, code)
    asked = _read(session, patient, row, typed, today)
    return guard_rails(asked.facts, asked.day, autologous_rules(asked.day))


def record_collection(
    session: Session,
    *,
    patient_number: str,
    code: str,
    typed: Mapping[str, str],
    version: int,
    by: Person,
    timing: Timing,
) -> AutologousCollection:
    """Record that a planned collection was made, with what was known of the patient.

    A guard-rail that is violated or not known needs the reason of somebody who may sign.

    Raises:
        NotFound: no such collection.
        InvalidFields: what was typed cannot be used, or guard-rails are not met and no reason is given.
        RefusedByRule: not planned any more, changed meanwhile, another collection that day, or no right to overrule.
    """
    patient = get_patient(session, patient_number)
    row = get_collection(session, patient, code)
    _check_planned(row, version)
    asked = _read(session, patient, row, typed, timing.today)
    _check_free(session, patient, asked.day, but=code)
    rules = autologous_rules(asked.day)
    rails = guard_rails(asked.facts, asked.day, rules)
    lacking = not_met(rails)
    if lacking:
        _check_overruled(asked, len(lacking), by)
    row.day, row.status = asked.day, CollectionStatus.DONE
    row.outside_window = find_window(windows_of(session, patient, timing.today), asked.day) is None
    row.facts, row.guard_rails, row.rules = facts_json(asked.facts), [asdict(rail) for rail in rails], rules.name
    row.override_reason = asked.override_reason if lacking else ""
    row.overridden_by = by.login if lacking else None
    row.done_at, row.done_by, row.note = timing.now, by.login, asked.note or row.note
    session.add(row)
    session.flush()
    details = {"day_on": row.day.isoformat(), "not_met": [rail.name for rail in lacking]}
    _record(session, patient, row, "done", by.login, timing, details=details, note=row.override_reason)
    return row


def cancel_collection(
    session: Session, *, patient_number: str, code: str, reason: str, version: int, actor: str, timing: Timing
) -> None:
    """Give up a planned collection, with a reason. Raises NotFound, InvalidFields, RefusedByRule."""
    patient = get_patient(session, patient_number)
    row = get_collection(session, patient, code)
    words = check_reason(reason)
    _check_planned(row, version)
    row.status = CollectionStatus.CANCELLED
    session.add(row)
    session.flush()
    _record(session, patient, row, "cancelled", actor, timing, note=words)


def facts_json(facts: DayFacts) -> dict[str, Any]:
    """What was known of the patient, as data."""
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(facts).items()}


def _check_planned(row: AutologousCollection, version: int) -> None:
    if row.status is not CollectionStatus.PLANNED:
        raise RefusedByRule("autologous_collection_refused", reason=f"autologous_collection_is.{row.status.value}")
    check_version(row, version)


def _check_free(session: Session, patient: Patient, day: date, *, but: str) -> None:
    for one in collections_of(session, patient):
        if one.day == day and one.code != but and one.status is not CollectionStatus.CANCELLED:
            raise RefusedByRule("autologous_collection_same_day", on=day.isoformat())


def _check_overruled(asked: DoneCollection, lacking: int, by: Person) -> None:
    if not by.may(Permission.SIGN_DIRECTIVES):
        raise RefusedByRule("autologous_override_refused", count=lacking)
    if not asked.override_reason:
        raise InvalidFields([FieldFault("override_reason", "autologous_override_needed", {"count": lacking})])


def _read(
    session: Session, patient: Patient, row: AutologousCollection, typed: Mapping[str, str], today: date
) -> DoneCollection:
    read = Reader(typed)
    day = read.day("day", near=today, needed=True)
    if day and day > today:
        read.fault("day", "autologous_collected_in_future", on=day.isoformat())
    facts = _facts(read, today, patient, _nearest(session, patient, row, day or today))
    override_reason, note = read.text("override_reason", most=LONGEST_NOTE), read.text("note", most=LONGEST_NOTE)
    read.check()
    return DoneCollection(day or today, facts, override_reason, note)


def _facts(read: Reader, today: date, patient: Patient, nearest: date | None) -> DayFacts:
    platelets = read.number("platelets", low=0, high=MOST_PLATELETS, hint="autologous_platelets_unit")
    haemoglobin = read.number("haemoglobin", low=1, high=MOST_HAEMOGLOBIN, hint="autologous_haemoglobin_unit")
    weight = read.number("weight_kg", low=1, high=MOST_WEIGHT_KG)
    well = read.typed.get("well", "")
    return DayFacts(
        platelets=platelets,
        haemoglobin=haemoglobin,
        counted_on=read.day("counted_on", near=today),
        access=read.choice("access", Access),
        markers=read.choice("markers", Markers),
        markers_on=read.day("markers_on", near=today),
        weight_kg=patient.weight_kg if weight is None else weight,
        well={YES: True, NO: False}.get(well),
        last_collected_on=nearest,
    )


def _nearest(session: Session, patient: Patient, row: AutologousCollection, day: date) -> date | None:
    done = [
        one.day
        for one in collections_of(session, patient)
        if one.status is CollectionStatus.DONE and one.code != row.code
    ]
    return min(done, key=lambda other: abs((other - day).days), default=None)


def _record(
    session: Session,
    patient: Patient,
    row: AutologousCollection,
    step: str,
    actor: str,
    timing: Timing,
    *,
    details: Mapping[str, object] | None = None,
    note: str = "",
) -> None:
    said = {"day_on": row.day.isoformat(), "outside_window": row.outside_window, **(details or {})}
    record_event(
        session, patient, Subject.COLLECTION, row.code, step, actor=actor, now=timing.now, details=said, note=note
    )
