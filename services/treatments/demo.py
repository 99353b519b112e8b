"""The demo's courses of treatment: invented, recorded through the same door as those typed."""

from datetime import datetime

from sqlmodel import Session

from services.synthetic.population import read_demo_table
from services.treatments.entry import KEY, judge_typed
from services.treatments.recording import record_treatment


def seed_treatments(session: Session, *, actor: str, now: datetime) -> None:
    """Courses of two patients, dated between their sera."""
    for row in read_demo_table("treatments"):
        entry = judge_typed(row, today=now.date(), now=now)
        record_treatment(session, patient_number=row[KEY], entry=entry, actor=actor, now=now)
