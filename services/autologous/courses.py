"""The chemotherapy calendar of a patient: courses planned, changed and cancelled."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session

from domain.autologous import Course, check_courses
from models.autologous import ChemoCourse, Subject
from models.patient import Patient
from services.autologous.fields import LONGEST_NOTE, Reader
from services.autologous.store import check_version, course_value, courses_of, get_course, record_event
from services.patients import get_patient
from services.platelet_antibodies import check_reason

MOST_DAYS, MOST_UNITS = 120, 20


@dataclass(frozen=True, slots=True)
class TypedCourse:
    """A course as it was typed and understood."""

    name: str
    start_on: date
    end_on: date
    aplasia_days: int
    units_wanted: int
    note: str


def plan_course(
    session: Session, *, patient_number: str, typed: Mapping[str, str], actor: str, now: datetime, today: date
) -> ChemoCourse:
    """Put a course in the calendar. Raises NotFound, InvalidFields, and RefusedByRule where it overlaps another."""
    patient = get_patient(session, patient_number)
    asked = _read(typed, today)
    _check_place(session, patient, asked, code="")
    row = ChemoCourse(
        code=str(uuid.uuid4()), patient_id=patient.id or 0, created_at=now, created_by=actor, **_columns(asked)
    )
    session.add(row)
    session.flush()
    _record(session, patient, row, "planned", actor, now)
    return row


def edit_course(
    session: Session,
    *,
    patient_number: str,
    code: str,
    typed: Mapping[str, str],
    version: int,
    actor: str,
    now: datetime,
    today: date,
) -> ChemoCourse:
    """Change a course. Raises NotFound, InvalidFields, and RefusedByRule for an overlap or a stale form."""
    patient = get_patient(session, patient_number)
    row = get_course(session, patient, code)
    check_version(row, version)
    asked = _read(typed, today)
    _check_place(session, patient, asked, code=code)
    for name, value in _columns(asked).items():
        setattr(row, name, value)
    session.add(row)
    session.flush()
    _record(session, patient, row, "changed", actor, now)
    return row


def cancel_course(
    session: Session, *, patient_number: str, code: str, reason: str, version: int, actor: str, now: datetime
) -> None:
    """Take a course out of the calendar, with a reason. Raises NotFound, InvalidFields, RefusedByRule."""
    patient = get_patient(session, patient_number)
    row = get_course(session, patient, code)
    words = check_reason(reason)
    check_version(row, version)
    row.cancelled_at = now
    session.add(row)
    session.flush()
    _record(session, patient, row, "cancelled", actor, now, note=words)


def course_values(row: ChemoCourse) -> dict[str, str]:
    """What the form of an edit is filled with."""
    return {
        "name": row.name,
        "start_on": row.start_on.isoformat(),
        "end_on": row.end_on.isoformat(),
        "aplasia_days": str(row.aplasia_days),
        "units_wanted": str(row.units_wanted),
        "note": row.note,
        "version": str(row.version_id),
    }


def _read(typed: Mapping[str, str], today: date) -> TypedCourse:
    read = Reader(typed)
    name = read.text("name", needed=True)
    start_on = read.day("start_on", near=today, needed=True)
    end_on = read.day("end_on", near=today, needed=True)
    aplasia_days = read.whole("aplasia_days", low=1, high=MOST_DAYS)
    units_wanted = read.whole("units_wanted", low=0, high=MOST_UNITS)
    note = read.text("note", most=LONGEST_NOTE)
    if start_on and end_on and end_on < start_on:
        read.fault("end_on", "autologous_course_ends_first", start_on=start_on.isoformat())
    elif start_on and end_on and end_on - start_on > timedelta(days=MOST_DAYS):
        read.fault("end_on", "autologous_course_too_long", days=MOST_DAYS)
    read.check()
    return TypedCourse(name, start_on or today, end_on or today, aplasia_days, units_wanted, note)


def _check_place(session: Session, patient: Patient, asked: TypedCourse, *, code: str) -> None:
    others = [course_value(row) for row in courses_of(session, patient) if row.code != code]
    check_courses([*others, Course(code, asked.name, asked.start_on, asked.end_on, asked.aplasia_days)])


def _columns(asked: TypedCourse) -> dict[str, Any]:
    return {name: getattr(asked, name) for name in TypedCourse.__slots__}


def _record(
    session: Session, patient: Patient, row: ChemoCourse, step: str, actor: str, now: datetime, note: str = ""
) -> None:
    details = {"start_on": row.start_on.isoformat(), "end_on": row.end_on.isoformat(), "units_wanted": row.units_wanted}
    record_event(
        session, patient, Subject.COURSE, row.code, step, actor=actor, now=now, details=details, note=note or row.note
    )
