"""What is due for the patients who have their own platelets collected: alerts, calendar events, the overview."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlmodel import Session, col, select

from domain.autologous import AutologousRules, CollectionWindow, collection_windows
from domain.autologous_units import IN_STOCK, Method, Stock, UnitStatus, stock_of
from domain.reservation import Timing
from models.autologous import AutologousCollection, AutologousUnit, ChemoCourse, CollectionStatus
from models.patient import Patient
from services.autologous.rules import autologous_rules
from services.autologous.store import course_value, unit_state


@dataclass(frozen=True, slots=True)
class Alert:
    """Something to do for a patient: the code of a sentence, and the day it is about."""

    patient: str
    code: str
    on: date
    params: dict[str, Any] = field(default_factory=dict)
    unit: str = ""


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """A day, or days, of a calendar; `patient` is empty for those who may not see patients."""

    uid: str
    code: str
    from_on: date
    until_on: date
    patient: str


@dataclass(frozen=True, slots=True)
class Overview:
    """One patient with a plan: the next window, the stock, what is due."""

    patient: str
    window: CollectionWindow | None
    next_course: ChemoCourse | None
    stock: Stock
    alerts: tuple[Alert, ...]


@dataclass(slots=True)
class Plan:
    """The rows of one patient."""

    patient: str
    courses: list[ChemoCourse] = field(default_factory=list)
    collections: list[AutologousCollection] = field(default_factory=list)
    units: list[AutologousUnit] = field(default_factory=list)


def list_plans(session: Session, timing: Timing) -> list[Overview]:
    """Every patient with a course, a collection or a unit: those with something due first."""
    found = [_overview(plan, timing) for plan in _plans(session)]
    return sorted(found, key=lambda one: (min((a.on for a in one.alerts), default=date.max), one.patient))


def list_alerts(session: Session, timing: Timing) -> list[Alert]:
    """What is due for every patient, the soonest first."""
    found = [alert for plan in _plans(session) for alert in _alerts(plan, timing)]
    return sorted(found, key=lambda one: (one.on, one.patient, one.code))


def calendar_events(session: Session, timing: Timing, *, sees_patients: bool) -> list[CalendarEvent]:
    """Windows, planned collections, reserved units and last days as events of a calendar."""
    rules, events = autologous_rules(timing.today), list[CalendarEvent]()
    for plan in _plans(session):
        shown = plan.patient if sees_patients else ""
        for window in collection_windows(map(course_value, plan.courses), rules):
            if not window.is_empty:
                uid = f"window-{window.after.code}"
                events.append(CalendarEvent(uid, "autologous_event.window", window.from_on, window.until_on, shown))
        for one in plan.collections:
            if one.status is CollectionStatus.PLANNED:
                uid = f"collection-{one.code}"
                events.append(CalendarEvent(uid, "autologous_event.collection", one.day, one.day, shown))
        for unit in plan.units:
            # a unit's number leads to its patient: the row's own key does not
            for what, day in (("use", unit.reserved_for), ("expiry", unit.expires_on)):
                if day is not None and true_status(unit, timing) in IN_STOCK:
                    uid = f"{what}-{unit.id}"
                    events.append(CalendarEvent(uid, f"autologous_event.{what}", day, day, shown))
    return sorted(events, key=lambda one: (one.from_on, one.uid))


def window_alerts(
    patient: str,
    windows: Sequence[CollectionWindow],
    collections: Iterable[AutologousCollection],
    today: date,
    rules: AutologousRules,
) -> list[Alert]:
    """Windows that are open, or open soon, and in which no collection is planned or made."""
    days = [one.day for one in collections if one.status is not CollectionStatus.CANCELLED]
    soon = today + timedelta(days=rules.notice_window_days)
    return [
        Alert(
            patient,
            "autologous_due.window_open" if window.from_on <= today else "autologous_due.window_soon",
            window.from_on if window.from_on > today else window.until_on,
            {"from_on": window.from_on.isoformat(), "until_on": window.until_on.isoformat()},
        )
        for window in windows
        if window.from_on <= soon and window.until_on >= today and not any(window.holds(day) for day in days)
    ]


def course_alerts(
    patient: str, courses: Iterable[ChemoCourse], units: Sequence[AutologousUnit], timing: Timing
) -> list[Alert]:
    """Courses that start soon while fewer units are in stock than they want."""
    last = timing.today + timedelta(days=autologous_rules(timing.today).notice_course_days)
    alerts = []
    for course in courses:
        if not timing.today <= course.start_on <= last:
            continue
        there = sum(true_status(unit, timing) in IN_STOCK and unit.expires_on >= course.start_on for unit in units)
        if there < course.units_wanted:
            said = {"start_on": course.start_on.isoformat(), "there": there, "wanted": course.units_wanted}
            alerts.append(Alert(patient, "autologous_due.course_lacks", course.start_on, said))
    return alerts


def unit_alerts(patient: str, units: Iterable[AutologousUnit], timing: Timing, rules: AutologousRules) -> list[Alert]:
    """Units that expire soon or have expired, that wait past their day, and thawed ones."""
    alerts = []
    for unit in units:
        status, frozen = true_status(unit, timing), unit.method is Method.FROZEN
        notice = rules.notice_expiry_frozen_days if frozen else rules.notice_expiry_fresh_days
        said = {"unit": unit.number, "on": unit.expires_on.isoformat()}
        if status is UnitStatus.EXPIRED:
            alerts.append(Alert(patient, "autologous_due.expired", unit.expires_on, said, unit.number))
            continue
        if status is UnitStatus.THAWED:
            alerts.append(Alert(patient, "autologous_due.thawed", timing.today, said, unit.number))
        elif status in IN_STOCK and unit.expires_on <= timing.today + timedelta(days=notice):
            alerts.append(Alert(patient, "autologous_due.expires", unit.expires_on, said, unit.number))
        if status is UnitStatus.RESERVED and unit.reserved_for and unit.reserved_for < timing.today:
            late = {"unit": unit.number, "on": unit.reserved_for.isoformat()}
            alerts.append(Alert(patient, "autologous_due.use_past", unit.reserved_for, late, unit.number))
    return alerts


def _overview(plan: Plan, timing: Timing) -> Overview:
    rules = autologous_rules(timing.today)
    windows = collection_windows(map(course_value, plan.courses), rules)
    ahead = (one for one in windows if one.until_on >= timing.today and not one.is_empty)
    usable = [(unit.method, unit.content) for unit in plan.units if true_status(unit, timing) in IN_STOCK]
    coming = (course for course in plan.courses if course.start_on >= timing.today)
    return Overview(
        plan.patient, next(ahead, None), next(coming, None), stock_of(usable, rules), tuple(_alerts(plan, timing))
    )


def _alerts(plan: Plan, timing: Timing) -> list[Alert]:
    rules = autologous_rules(timing.today)
    windows = collection_windows(map(course_value, plan.courses), rules)
    return [
        *window_alerts(plan.patient, windows, plan.collections, timing.today, rules),
        *course_alerts(plan.patient, plan.courses, plan.units, timing),
        *unit_alerts(plan.patient, plan.units, timing, rules),
    ]


def _plans(session: Session) -> list[Plan]:
    """The rows of every patient who has any, read in three questions."""
    rows: dict[int, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    standing = select(ChemoCourse).where(col(ChemoCourse.cancelled_at).is_(None))
    for course in session.exec(standing.order_by(col(ChemoCourse.start_on))).all():
        rows[course.patient_id]["courses"].append(course)
    for collection in session.exec(select(AutologousCollection).order_by(col(AutologousCollection.day))).all():
        rows[collection.patient_id]["collections"].append(collection)
    for unit in session.exec(select(AutologousUnit).order_by(col(AutologousUnit.id))).all():
        rows[unit.patient_id]["units"].append(unit)
    query = select(Patient.id, Patient.patient_number).where(col(Patient.id).in_(rows))
    return [Plan(number, **rows[key]) for key, number in sorted(session.exec(query).all(), key=_by_number) if key]


def _by_number(found: tuple[int | None, str]) -> str:
    return found[1]


def true_status(row: AutologousUnit, timing: Timing) -> UnitStatus:
    """The status of a unit now: what ran out of time is expired."""
    return unit_state(row, "").status_at(timing.now, timing.today)
