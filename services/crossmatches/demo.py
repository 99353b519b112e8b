"""The demo's crossmatches: invented, recorded through the same door as those typed."""

from datetime import datetime

from sqlmodel import Session

from services.crossmatches.entry import KEY, judge_typed
from services.crossmatches.recording import record_crossmatch
from services.synthetic.population import read_demo_table


def seed_crossmatches(session: Session, *, actor: str, now: datetime) -> None:
    """Crossmatches of one patient with donors of the first page of the list."""
    for row in read_demo_table("crossmatches"):
        entry = judge_typed(row, today=now.date(), now=now)
        record_crossmatch(session, patient_number=row[KEY], entry=entry, actor=actor, now=now)
