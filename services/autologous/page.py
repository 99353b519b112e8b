"""What the pages of a patient's own platelets show: calendar, windows, collections, units, stock."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from sqlmodel import Session

from domain.autologous import AutologousRules, CollectionWindow, Held
from domain.autologous_units import IN_STOCK, Method, Stock, expected_content, steps_of, stock_of
from domain.reservation import Timing
from models.autologous import AutologousCollection, AutologousUnit, ChemoCourse, Subject
from models.patient import Patient
from services.autologous.collections import windows_of
from services.autologous.due import course_alerts, true_status, unit_alerts, window_alerts
from services.autologous.rules import autologous_rules, shown_rules
from services.autologous.store import (
    collections_of,
    courses_of,
    events_of,
    get_collection,
    get_unit,
    unit_state,
    units_of,
)
from services.patient_file import open_banner
from services.patients import get_patient
from services.requests import requests_of
from services.transfusions.judging import standing
from services.transfusions.store import transfusions_of

Json = dict[str, Any]


def open_plan(session: Session, *, number: str, timing: Timing) -> Json:
    """All that the page of a patient shows. Raises NotFound."""
    patient = get_patient(session, number)
    rules = autologous_rules(timing.today)
    courses, collections, units = (
        courses_of(session, patient),
        collections_of(session, patient),
        units_of(session, patient),
    )
    windows = windows_of(session, patient, timing.today)
    shown_units = [unit_json(row, patient, timing, rules) for row in units]
    alerts = [
        *window_alerts(number, windows, collections, timing.today, rules),
        *course_alerts(number, courses, units, timing),
        *unit_alerts(number, units, timing, rules),
    ]
    return {
        **open_banner(session, number=number, on=timing.today),
        "courses": [course_json(row) for row in courses],
        "windows": [window_json(one) for one in windows],
        "collections": [collection_json(row, units) for row in collections],
        "units": shown_units,
        "stock": asdict(stock(units, timing, rules)),
        "alerts": [asdict(one) for one in alerts],
        "events": events_of(session, patient),
        "rules": rules,
        "shown_rules": shown_rules(rules),
        "today": timing.today,
    }


def open_collection(session: Session, *, number: str, code: str, timing: Timing) -> Json:
    """A collection with its window, as its form and its page show it. Raises NotFound."""
    patient = get_patient(session, number)
    row = get_collection(session, patient, code)
    return {
        **open_banner(session, number=number, on=timing.today),
        "collection": collection_json(row, units_of(session, patient)),
        "weight_kg": patient.weight_kg,
        "rules": autologous_rules(timing.today),
    }


def open_unit(session: Session, *, number: str, unit: str, timing: Timing) -> Json:
    """A unit as its page shows it; asked for from another patient's page it says nothing but whose page that is.

    Raises NotFound.
    """
    asked = get_patient(session, number)
    row, owner = get_unit(session, unit)
    banner = open_banner(session, number=number, on=timing.today)
    if owner.id != asked.id:
        return {**banner, "unit": None, "asked_unit": unit}
    rules = autologous_rules(timing.today)
    return {
        **banner,
        "unit": unit_json(row, owner, timing, rules),
        "rules": rules,
        "today": timing.today,
        "events": events_of(session, owner, subject=Subject.UNIT, key=row.number),
        "requests": [one for one in requests_of(session, owner) if one["status"] == "open"],
        "recorded": _recorded(session, owner, row.number),
    }


def _recorded(session: Session, owner: Patient, number: str) -> str | None:
    """The code of the standing transfusion that gave this unit."""
    rows = standing(transfusions_of(session, owner))
    return next((one.code for one in rows if one.product_number == number), None)


def stock(units: Sequence[AutologousUnit], timing: Timing, rules: AutologousRules) -> Stock:
    """What of these units can still be given."""
    usable = [row for row in units if true_status(row, timing) in IN_STOCK]
    return stock_of(((row.method, row.content) for row in usable), rules)


def course_json(row: ChemoCourse) -> Json:
    """One course as data."""
    return {
        "code": row.code,
        "name": row.name,
        "start_on": row.start_on,
        "end_on": row.end_on,
        "aplasia_days": row.aplasia_days,
        "units_wanted": row.units_wanted,
        "note": row.note,
        "version": row.version_id,
    }


def window_json(window: CollectionWindow) -> Json:
    """One window as data; an empty one says why there is no day."""
    return {
        "after": window.after.name,
        "before": window.before.name if window.before else "",
        "before_on": window.before.start_on if window.before else None,
        "from_on": window.from_on,
        "until_on": window.until_on,
        "days": (window.until_on - window.from_on + timedelta(days=1)).days,
        "is_empty": window.is_empty,
    }


def collection_json(row: AutologousCollection, units: Sequence[AutologousUnit]) -> Json:
    """One collection as data, with how its guard-rails were judged when it was made."""
    held = [rail["held"] for rail in row.guard_rails]
    return {
        "code": row.code,
        "day": row.day,
        "status": row.status.value,
        "outside_window": row.outside_window,
        "facts": row.facts,
        "guard_rails": row.guard_rails,
        "met": held.count(Held.MET),
        "not_met": [rail for rail in row.guard_rails if rail["held"] != Held.MET],
        "rules": row.rules,
        "note": row.note,
        "override_reason": row.override_reason,
        "overridden_by": row.overridden_by,
        "done_at": row.done_at,
        "done_by": row.done_by,
        "units": [one.number for one in units if one.collection_id == row.id],
        "version": row.version_id,
    }


def unit_json(row: AutologousUnit, owner: Patient, timing: Timing, rules: AutologousRules) -> Json:
    """One unit as data; `low` and `high` are the platelets (10¹¹) to expect when it is given."""
    state = unit_state(row, owner.patient_number)
    low, high = expected_content(row.method, row.content, rules)
    return {
        "number": row.number,
        "content": row.content,
        "low": low,
        "high": high,
        "volume_ml": row.volume_ml,
        "method": row.method.value,
        "is_frozen": row.method is Method.FROZEN,
        "dmso_percent": row.dmso_percent,
        "location": row.location,
        "collected_on": row.collected_on,
        "expires_on": row.expires_on,
        "is_labelled": row.is_labelled,
        "markers": row.markers.value if row.markers else "",
        "markers_on": row.markers_on,
        "store_apart": row.store_apart,
        "status": state.status_at(timing.now, timing.today).value,
        "reserved_for": row.reserved_for,
        "thawed_at": row.thawed_at,
        "thawed_use_by": row.thawed_use_by,
        "thawed_content": row.thawed_content,
        "ended_at": row.ended_at,
        "ended_reason": row.ended_reason,
        "steps": [step.value for step in steps_of(state, now=timing.now, today=timing.today)],
        "version": row.version_id,
    }
