"""Files that should have come and did not."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, func, select

from models.importing import ImportBatch
from services.feed.taking import ACTOR, FOLDERS

SATURDAY = 5


def missing_folders(
    session: Session, expected: Sequence[str], *, within: int, on: date, zone: ZoneInfo
) -> Mapping[str, date | None]:
    """The folders without a file for so many working days, each with the day of its last one (None: never one).

    A file is one of which a row could be read; `within` 0 expects none. A name that is no folder never gets a file.
    """
    last = {folder: _last_day(session, folder, zone) for folder in expected} if within else {}
    return {folder: day for folder, day in last.items() if day is None or working_days(day, on) >= within}


def working_days(since: date, until: date) -> int:
    """Days from Monday to Friday after one day, up to and with another; holidays are not known here."""
    days = (since + timedelta(days=n) for n in range(1, (until - since).days + 1))
    return sum(day.weekday() < SATURDAY for day in days)


def _last_day(session: Session, folder: str, zone: ZoneInfo) -> date | None:
    query = select(func.max(ImportBatch.started_at)).where(
        ImportBatch.actor == ACTOR, col(ImportBatch.kind).in_(FOLDERS.get(folder, ()))
    )
    moment = session.exec(query).one()
    return moment.astimezone(zone).date() if moment else None
