"""Days in a row as the jobs process would live them, on this instance, with a clock that is moved."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from config import Runtime
from domain.errors import RefusedByRule, UnusableInput
from jobs.daily import hold_turn, post_list, run_planned, timetables
from models.job import JobRun

MOST_DAYS = 400


@dataclass(frozen=True, slots=True)
class SimulatedDay:
    """The runs made at the hours of one day, made-up ones among them, and how many jobs had theirs already."""

    day: date
    runs: tuple[JobRun, ...]
    already: int


def simulate(runtime: Runtime, first: date, last: date) -> Iterator[SimulatedDay]:
    """Live every day from the first to the last, both included; nobody else runs a daily job meanwhile.

    Raises UnusableInput where the days run backwards or are too many, RefusedByRule in production, where its runs
    would stand in the place of the real ones, and where another process has the turn.
    """
    if runtime.settings.environment == "production":
        raise RefusedByRule("simulation_in_production")
    if last < first:
        raise UnusableInput("simulation_backwards", first_on=first.isoformat(), last_on=last.isoformat())
    if (last - first).days >= MOST_DAYS:
        raise UnusableInput("simulation_too_long", most=MOST_DAYS)
    with hold_turn(runtime) as mine:
        if not mine:
            raise RefusedByRule("job_turn_taken")
        post_list(_at(runtime, first, 0))
        for n in range((last - first).days + 1):
            yield _live(runtime, first + timedelta(days=n))


def _live(runtime: Runtime, day: date) -> SimulatedDay:
    """One day, with one look at each hour at which a job falls due."""
    runs = list[JobRun]()
    for at in sorted({timetable.at for timetable in timetables().values()}):
        runs += run_planned(_at(runtime, day, at.hour, at.minute))
    fallen = [job for job, timetable in timetables().items() if timetable.falls_on(day)]
    return SimulatedDay(day, tuple(runs), len(fallen) - sum(run.local_day == day for run in runs))


def _at(runtime: Runtime, day: date, hour: int, minute: int = 0) -> Runtime:
    zone = ZoneInfo(runtime.settings.timezone)
    moment = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone).astimezone(UTC)
    return replace(runtime, clock=lambda: moment)
