"""On which days news are due; a day on which no run was done is made up for by the next one."""

from datetime import date, timedelta

from models.subscription import Rhythm

MOST_DAYS_BACK = 31  # how far a run looks back for days without one


def falls_on(rhythm: Rhythm, day: date) -> bool:
    """Whether news of this rhythm are made on a day."""
    if rhythm is Rhythm.WEEKLY:
        return day.weekday() == 0
    return rhythm is Rhythm.DAILY or day.day == 1


def last_due_on(rhythm: Rhythm, *, on: date, since: date | None) -> date | None:
    """The latest day of the rhythm up to `on` that no run covered: after `since`, the last run; else `on` alone."""
    first = on if since is None else max(since + timedelta(days=1), on - timedelta(days=MOST_DAYS_BACK))
    days = (on - timedelta(days=back) for back in range((on - first).days + 1))
    return next((day for day in days if falls_on(rhythm, day)), None)
