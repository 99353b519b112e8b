"""The days of a daily job, and an age, in words."""

from datetime import date, datetime, timedelta

from domain.timetable import EVERY_DAY, Timetable
from services.wording.catalogue import sentence
from services.wording.formats import format_weekday

UNITS = (("hours", 3600), ("minutes", 60), ("seconds", 1))
A_MONDAY = date(2026, 11, 23)


def say_days(timetable: Timetable, locale: str) -> str:
    """Every day, or the names of the weekdays."""
    if timetable.on_days == EVERY_DAY:
        return sentence("job_every_day", {}, locale)
    return ", ".join(format_weekday(A_MONDAY + timedelta(days=n), locale) for n in sorted(timetable.on_days))


def say_age(at: datetime, now: datetime, locale: str) -> str:
    """How long ago a moment was, in its largest whole unit: seconds, minutes or hours."""
    seconds = max(0, int((now - at).total_seconds()))
    unit, size = next((pair for pair in UNITS if seconds >= pair[1]), UNITS[-1])
    return sentence(f"age.{unit}", {"count": seconds // size}, locale)
