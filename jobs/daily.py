"""Jobs of every day, each once for a local day, in its own transaction."""

from collections.abc import Callable, Iterator, Mapping
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
from jobs.deliver import deliver_news
from jobs.failing import RunFailed
from jobs.imports import folder_of
from jobs.leader import make_turn
from models.job import JobRun
from services.duplicates.forgetting import forget_journals
from services.duplicates.pairs import compare_registry, keep_pairs
from services.jobs import begin_run, end_run
from services.rare_donors.refreshing import refresh_rare_donors
from services.uploads.cleaning import clean_up, stray_files

Work = Callable[[Runtime], Mapping[str, Any]]
log = structlog.get_logger("jobs")


@dataclass(frozen=True, slots=True)
class DailyJob:
    """What a job does, and from which local hour; what it means is the sentence `job.<name>`.

    No hour before 05:00: between midnight and then, clocks are put forward and back somewhere.
    """

    at: time
    work: Work


def run_due(runtime: Runtime) -> None:
    """Run every daily job whose hour has come and that was not run today, as after a night without power."""
    local = runtime.now().astimezone(ZoneInfo(runtime.settings.timezone))
    due = [name for name, job in DAILY.items() if local.time() >= job.at]
    with _turn(runtime) as mine:
        if not mine:
            log.info("daily_jobs_wait")  # a command runs one; the next look comes in a minute
            return
        for name in due:
            _run(runtime, name, on=local.date(), again=False)


def run_daily(runtime: Runtime, name: str, *, on: date | None = None, again: bool = False) -> JobRun | None:
    """Run one daily job for a day (default: today); None where it has its run and is not asked again.

    Raises NotFound for a job that is not listed, RefusedByRule for a day ahead or where another process runs one.
    """
    day = on or runtime.today()
    if name not in DAILY:
        raise NotFound("job_unknown", name=name, known=", ".join(DAILY))
    if day > runtime.today():
        raise RefusedByRule("job_day_ahead", day=day.isoformat())
    with _turn(runtime) as mine:
        if not mine:
            raise RefusedByRule("job_turn_taken")
        return _run(runtime, name, on=day, again=again)


@contextmanager
def _turn(runtime: Runtime) -> Iterator[bool]:
    turn = make_turn(runtime.engines, Path(runtime.settings.instance_path))
    mine = turn.try_take()
    try:
        yield mine
    finally:
        turn.release()


def _run(runtime: Runtime, name: str, *, on: date, again: bool) -> JobRun | None:
    with runtime.engines.write_session() as session:
        run = begin_run(session, name, local_day=on, now=runtime.now(), again=again)
    if run is None:
        return None
    fault, kind, details = None, None, {}
    try:
        details = dict(DAILY[name].work(runtime))
    except Exception as error:  # the other jobs, and the queue, go on
        fault, kind = _fault_of(error), type(error).__name__
        details = dict(error.params) if isinstance(error, RunFailed) else {}
        log.error("daily_job_failed", job=name, kind=kind)
        log.debug("daily_job_failed", exc_info=error)
    with runtime.engines.write_session() as session:
        return end_run(session, run.id or 0, now=runtime.now(), details=details, fault=fault, kind=kind)


def _fault_of(error: Exception) -> str:
    if isinstance(error, PhenothequeError):
        return error.code
    return "database_busy" if isinstance(error, DBAPIError) else "job_failed"


def clean(runtime: Runtime) -> Mapping[str, int]:
    """Throw away what nobody needs: see services.uploads.cleaning."""
    folder = folder_of(runtime)
    with runtime.engines.write_session() as session:
        cleaned = clean_up(session, now=runtime.now())
    for upload_id in cleaned.forget:
        folder.forget(upload_id, refused_too=True)
    with runtime.engines.read_session() as session:
        stray = stray_files(session, folder, now=runtime.now())
    for name in stray:
        (folder.path / name).unlink(missing_ok=True)
    return {**cleaned.counts, "files": len(stray)}


def refresh_rare(runtime: Runtime) -> Mapping[str, Any]:
    """Bring the rare-donor file up to date: see services.rare_donors.refreshing."""
    with runtime.engines.write_session() as session:
        return refresh_rare_donors(session, now=runtime.now(), actor="jobs").details()


def find_duplicates(runtime: Runtime) -> Mapping[str, int]:
    """Look for donors registered twice: see services.duplicates.pairs."""
    with runtime.engines.read_session() as session:
        compared = compare_registry(session)
    with runtime.engines.write_session() as session:
        return keep_pairs(session, compared, now=runtime.now())


def forget_merges(runtime: Runtime) -> Mapping[str, int]:
    """Forget what merges kept of both records, once it is too late to undo them."""
    with runtime.engines.write_session() as session:
        return {"merges": forget_journals(session, now=runtime.now())}


DAILY: dict[str, DailyJob] = {
    "clean_up": DailyJob(time(5), clean),
    "rare_donors": DailyJob(time(5), refresh_rare),
    "find_duplicates": DailyJob(time(5), find_duplicates),
    "forget_merges": DailyJob(time(5), forget_merges),
    "deliver_news": DailyJob(time(5), lambda runtime: deliver_news(runtime, runtime.today())),
}
