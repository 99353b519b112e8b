"""When a job that comes by itself falls due, what of it is made up after days without power, and when it comes next."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

EVERY_DAY = frozenset(range(7))  # as date.weekday() counts: Monday is 0
MOST_MADE_UP = 31  # days of a job: who was away for longer asks for the rest by name


class Missed(StrEnum):
    """Which of the days without a run are made up: the last, or each."""

    LAST = "last"
    EACH = "each"


@dataclass(frozen=True, slots=True)
class Timetable:
    """From which local hour a job runs and on which weekdays; of missed days, the last or each is made up."""

    at: time
    on_days: frozenset[int] = EVERY_DAY
    missed: Missed = Missed.LAST

    def falls_on(self, day: date) -> bool:
        """Whether the job has a run of this day."""
        return day.weekday() in self.on_days


@dataclass(frozen=True, slots=True)
class DueDays:
    """The days to run for, the earliest first, and the earlier ones that stay without a run."""

    run: tuple[date, ...] = ()
    missed: tuple[date, ...] = ()


def due_days(timetable: Timetable, *, after: date | None, local: datetime) -> DueDays:
    """What is due at a local moment of a job whose last run was of the day `after` (None: it never ran).

    Nothing before the hour of the job, not even what was missed: in those hours clocks are put forward and back.
    """
    if local.time() < timetable.at:
        return DueDays()
    today = local.date()
    first = today if after is None else max(after + timedelta(days=1), today - timedelta(weeks=MOST_MADE_UP))
    days = days_of(timetable, first, today)[-MOST_MADE_UP:]
    if timetable.missed is Missed.EACH:
        return DueDays(run=days)
    return DueDays(run=days[-1:], missed=days[:-1])


def days_of(timetable: Timetable, first: date, last: date) -> tuple[date, ...]:
    """The days from the first to the last, both included, of which the job has a run."""
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return tuple(day for day in days if timetable.falls_on(day))


def next_run(timetable: Timetable, *, after: date | None, local: datetime) -> datetime:
    """From when the job runs next, in the zone of `local`; a moment that is past says: as soon as somebody is there."""
    due = due_days(timetable, after=after, local=local).run
    if due:
        return datetime.combine(local.date(), timetable.at, local.tzinfo)
    first = local.date() if after is None else max(after + timedelta(days=1), local.date())
    return datetime.combine(days_of(timetable, first, first + timedelta(days=6))[0], timetable.at, local.tzinfo)
