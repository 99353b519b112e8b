"""Jobs of every day, each once for a local day, in its own transaction."""

import errno
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.exc import DBAPIError

from config import Runtime
from domain.errors import NotFound, PhenothequeError, RefusedByRule
from domain.timetable import EVERY_DAY, Missed, Timetable
from jobs.availability import snapshot_availability
from jobs.backup import back_up
from jobs.care import clean, forget_merges
from jobs.care_nightly import delete_what_is_old, release_holds, verify_audit_trail, verify_index
from jobs.deliver import deliver_news
from jobs.failing import RunFailed
from jobs.feed import take_feed
from jobs.leader import make_turn
from jobs.standing_searches import look_at_standing_searches
from jobs.upkeep import find_duplicates, refresh_rare
from models.job import JobRun
from services.faults import find_database_fault
from services.job_plan import Plan, close_cut_short, keep_timetables, plan_due
from services.jobs import begin_run, end_run

Work = Callable[[Runtime, date], Mapping[str, Any]]  # the day whose run it is; details of the run, counts only
log = structlog.get_logger("jobs")


@dataclass(frozen=True, slots=True)
class DailyJob:
    """What a job does, from which local hour, on which weekdays, and what is made up of days without power.

    No hour before 05:00: between midnight and then, clocks are put forward and back somewhere. What it means is the
    sentence `job.<name>`. Run twice for a day, it must come to the same end: a process may die after the work.
    """

    at: time
    work: Work
    on_days: frozenset[int] = EVERY_DAY
    missed: Missed = Missed.LAST

    @property
    def timetable(self) -> Timetable:
        """When it runs, without what it does."""
        return Timetable(self.at, self.on_days, self.missed)


def timetables() -> dict[str, Timetable]:
    """When each job of the list runs, in the order of running."""
    return {name: job.timetable for name, job in DAILY.items()}


def post_list(runtime: Runtime) -> None:
    """Keep the list in the database for those who only read it."""
    with runtime.engines.write_session() as session:
        keep_timetables(session, timetables(), today=runtime.today())


def run_due(runtime: Runtime, stop: threading.Event | None = None) -> None:
    """Run every daily job that is due, as after nights without power; told to stop, leave the rest for later."""
    if not (plan := _plan(runtime)).due and not plan.cut_short:
        return
    with hold_turn(runtime) as mine:
        if mine:
            run_planned(runtime, stop)
        else:
            log.info("daily_jobs_wait")  # a command runs one; the next look comes in a minute


def run_planned(runtime: Runtime, stop: threading.Event | None = None) -> list[JobRun]:
    """Run what is due; only who has the turn may. The runs that were made."""
    plan, made = _plan(runtime), list[JobRun]()
    if plan.cut_short:
        with runtime.engines.write_session() as session:
            close_cut_short(session, plan.cut_short, now=runtime.now())
    for one in plan.due:
        if stop is not None and stop.is_set():
            break
        if run := _run(runtime, one.job, on=one.day, missed=one.missed):
            made.append(run)
    return made


def _plan(runtime: Runtime) -> Plan:
    local = runtime.now().astimezone(ZoneInfo(runtime.settings.timezone))
    with runtime.engines.read_session() as session:
        return plan_due(session, timetables(), local=local)


def run_daily(runtime: Runtime, name: str, *, on: date | None = None, again: bool = False) -> JobRun | None:
    """Run one daily job for a day (default: today); None where it has its run and is not asked again.

    Raises NotFound for a job that is not listed, RefusedByRule for a day ahead or where another process runs one.
    """
    day = on or runtime.today()
    if name not in DAILY:
        raise NotFound("job_unknown", name=name, known=", ".join(DAILY))
    if day > runtime.today():
        raise RefusedByRule("job_day_ahead", day=day.isoformat())
    with hold_turn(runtime) as mine:
        if not mine:
            raise RefusedByRule("job_turn_taken")
        return _run(runtime, name, on=day, again=again)


@contextmanager
def hold_turn(runtime: Runtime) -> Iterator[bool]:
    """Whether this process has the turn to run daily jobs, which it keeps for as long as it is in here."""
    turn = make_turn(runtime.engines, Path(runtime.settings.instance_path))
    mine = turn.try_take()
    try:
        yield mine
    finally:
        turn.release()


def _run(runtime: Runtime, name: str, *, on: date, again: bool = False, missed: Sequence[date] = ()) -> JobRun | None:
    with runtime.engines.write_session() as session:
        run = begin_run(session, name, local_day=on, now=runtime.now(), again=again)
    if run is None:
        return None
    fault, kind = None, None
    details: dict[str, Any] = {"missed_days": [day.isoformat() for day in missed]} if missed else {}
    try:
        details |= DAILY[name].work(runtime, on)
    except Exception as error:  # the other jobs, and the queue, go on
        fault = _fault_of(error)
        kind = None if isinstance(error, PhenothequeError) else type(error).__name__
        details |= error.params if isinstance(error, RunFailed) else {}
        log.error("daily_job_failed", job=name, kind=kind)
        log.debug("daily_job_failed", exc_info=error)
    with runtime.engines.write_session() as session:
        return end_run(session, run.id or 0, now=runtime.now(), details=details, fault=fault, kind=kind)


def _fault_of(error: Exception) -> str:
    if isinstance(error, PhenothequeError):
        return error.code
    if isinstance(error, DBAPIError) and (found := find_database_fault(error)):
        return found[0]
    return "disk_full" if isinstance(error, OSError) and error.errno == errno.ENOSPC else "job_failed"


# In the order of running: what brings data first, what tells of all the others last.
DAILY: dict[str, DailyJob] = {
    "feed": DailyJob(time(5), take_feed),
    "clean_up": DailyJob(time(5), clean),
    "release_holds": DailyJob(time(5), release_holds),
    "rare_donors": DailyJob(time(5), refresh_rare),
    "find_duplicates": DailyJob(time(5), find_duplicates),
    "verify_index": DailyJob(time(5), verify_index),
    "standing_searches": DailyJob(time(5), look_at_standing_searches),
    "availability": DailyJob(time(5), snapshot_availability),
    "forget_merges": DailyJob(time(5), forget_merges),
    "retention": DailyJob(time(5), delete_what_is_old),
    "verify_audit": DailyJob(time(5), verify_audit_trail),
    "backup": DailyJob(time(5), back_up),
    "deliver_news": DailyJob(time(5), deliver_news),
}
