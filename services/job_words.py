"""The days of a daily job in words."""

from datetime import date, timedelta

from domain.timetable import EVERY_DAY, Timetable
from services.wording.catalogue import sentence
from services.wording.formats import format_weekday

A_MONDAY = date(2026, 11, 23)


def say_days(timetable: Timetable, locale: str) -> str:
    """Every day, or the names of the weekdays."""
    if timetable.on_days == EVERY_DAY:
        return sentence("job_every_day", {}, locale)
    return ", ".join(format_weekday(A_MONDAY + timedelta(days=n), locale) for n in sorted(timetable.on_days))
