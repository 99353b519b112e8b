"""The demo's transfusions: invented, recorded through the same door as those typed."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from domain.reservation import Timing
from services.patients import get_patient
from services.synthetic.population import read_demo_table
from services.transfusions.entry import KEY
from services.transfusions.reading import FIELDS
from services.transfusions.recording import judge_typed, record_transfusion, with_record

HOURS_OF = {"pre_at": "pre_hours", "count_1h_at": "hours_1h", "count_24h_at": "hours_24h"}


def seed_transfusions(
    session: Session, *, zone: str, on: date, actor: str, now: datetime, table: str = "transfusions"
) -> None:
    """The transfusions of a table, their days counted from the demo's."""
    timing = Timing(now, zone, 24)
    for row in read_demo_table(table):
        clock = time.fromisoformat(row["clock"])
        ended_at = datetime.combine(on + timedelta(days=int(row["days"])), clock, ZoneInfo(zone))
        hours = {name: row[of] for name, of in HOURS_OF.items()}
        moments = {name: ended_at + timedelta(hours=float(text)) for name, text in hours.items() if text}
        typed = {name: row[name] for name in FIELDS if name in row}
        typed |= {name: at.isoformat(timespec="minutes") for name, at in {"ended_at": ended_at, **moments}.items()}
        entry = judge_typed(typed, timing=timing)
        entry = with_record(entry, get_patient(session, row[KEY]))
        record_transfusion(session, patient_number=row[KEY], entry=entry, actor=actor, timing=timing)
