"""The demo's autologous story: two units collected before the second consolidation, through the same doors."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session

from domain.autologous_units import UnitStep
from domain.reservation import Timing
from services.accounts.person import Person
from services.autologous.collections import plan_collection, record_collection
from services.autologous.courses import plan_course
from services.autologous.units import add_unit, step_unit
from services.synthetic.population import read_demo_table


def seed_autologous(session: Session, *, zone: str, on: date, actor: str, now: datetime) -> None:
    """Courses, collections and units of the demo, counted from the demo's day."""
    timing = Timing(now, zone, 24)
    for row in read_demo_table("autologous_courses"):
        typed = {**row, "start_on": _day(on, row["start_days"]), "end_on": _day(on, row["end_days"])}
        plan_course(
            session, patient_number=row["patient_number"], typed=typed, actor=actor, now=now, today=timing.today
        )
    for row in read_demo_table("autologous_units"):
        _collect(session, row, on, actor, timing)


def _collect(session: Session, row: dict[str, str], on: date, actor: str, timing: Timing) -> None:
    number, day = row["patient_number"], _day(on, row["collected_days"])
    asked: dict[str, Any] = {"patient_number": number, "actor": actor, "timing": timing}
    planned = plan_collection(session, typed={"day": day}, **asked)
    known = {
        "day": day,
        "counted_on": day,
        "access": "peripheral",
        "markers": "negative",
        "markers_on": day,
        "well": "yes",
    }
    record_collection(
        session,
        patient_number=number,
        code=planned.code,
        typed={**row, **known},
        version=planned.version_id,
        by=_seeder(actor),
        timing=timing,
    )
    unit = add_unit(session, collection_code=planned.code, typed={**row, "is_labelled": "yes"}, **asked)
    if row["reserved_days"]:
        typed = {"day": _day(on, row["reserved_days"])}
        step: dict[str, Any] = {"number": unit.number, "step": UnitStep.RESERVE.value, "version": unit.version_id}
        step_unit(session, typed=typed, **step, **asked)


def _day(on: date, days: str) -> str:
    return (on + timedelta(days=int(days))).isoformat()


def _seeder(actor: str) -> Person:
    """Whoever seeds may overrule nothing: a story whose guard-rails do not hold is no story."""
    return Person(0, actor, actor, (), frozenset(), None, None, None, False, False)
