"""What surrounds the demo's patients: requests of hospitals, and the results behind the rules of their directives."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from models.request import AntibodyResult
from services.forecast.needs import record_need
from services.platelet_antibodies import CD36, Result, record_result
from services.requests import create_request
from services.synthetic.population import read_demo_table

ZONE = "Europe/Paris"


def seed_requests(session: Session, *, actor: str, now: datetime) -> None:
    """Open requests, counted from the moment of seeding so that home page and allocation have something to say."""
    for row in read_demo_table("requests"):
        needed = (now + timedelta(hours=int(row["hours_ahead"]))).astimezone(ZoneInfo(ZONE))
        typed = {**row, "needed_on": needed.date().isoformat(), "needed_at": f"{needed:%H:%M}"}
        create_request(session, patient_number=row["patient_number"], typed=typed, zone=ZONE, actor=actor, now=now)


def seed_needs(session: Session, *, actor: str, now: datetime) -> None:
    """What a patient needs every week, from days counted from the moment of seeding."""
    today = now.astimezone(ZoneInfo(ZONE)).date()
    for row in read_demo_table("needs"):
        from_on = today + timedelta(days=int(row["days_ahead"]))
        typed = {**row, "from_on": from_on.isoformat(), "until_on": ""}
        number = row["patient_number"]
        record_need(session, patient_number=number, typed=typed, actor=actor, now=now, today=today)


def seed_platelet_antibodies(
    session: Session, story: Mapping[str, str], *, tested_on: date, actor: str, now: datetime
) -> None:
    """The positive result that a story's directive rests on, if any."""
    found = [CD36] if story["anti_cd36"] == "yes" else []
    found += [story["hpa_antibody"]] if story["hpa_antibody"] else []
    for specificity in found:
        record_result(
            session,
            patient_number=story["patient_number"],
            result=Result(specificity, AntibodyResult.POSITIVE, "MAIPA", tested_on),
            today=tested_on,
            actor=actor,
            now=now,
        )
