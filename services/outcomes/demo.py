"""What the demo's report of outcomes counts: directives of the past, ended since, and the transfusions under them."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from services.directives import Wording, close_directive, set_directive
from services.synthetic.population import read_demo_table
from services.transfusions.demo import seed_transfusions

CLOCK = time(8)


def seed_outcomes(session: Session, *, zone: str, on: date, actor: str, now: datetime) -> None:
    """Directives and transfusions of two patients, all over two months before the demo's day."""
    for row in read_demo_table("past_directives"):
        from_at, until_at = (
            datetime.combine(on + timedelta(days=int(row[name])), CLOCK, ZoneInfo(zone))
            for name in ("from_days", "until_days")
        )
        wording, number = Wording(threshold_mfi=int(row["threshold_mfi"])), row["patient_number"]
        set_directive(session, patient_number=number, wording=wording, actor=actor, now=from_at)
        close_directive(session, patient_number=number, actor=actor, now=until_at)
    seed_transfusions(session, zone=zone, on=on, actor=actor, now=now, table="past_transfusions")
