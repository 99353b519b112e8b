"""Takes requests from the queue and does each by itself: what fails is marked so, and the process lives on."""

import threading
from collections.abc import Callable, Mapping

import structlog
from sqlalchemy.exc import DBAPIError

from config import Runtime
from domain.errors import PhenothequeError
from jobs.daily import run_daily
from jobs.imports import check_file, import_file, note_failure
from jobs.stopping import Stopped
from models.job import JobRequest
from services.duplicates.asking import FIND_JOB
from services.duplicates.pairs import compare_registry, keep_pairs
from services.job_attempts import ATTEMPT_JOB, find_run_to_attempt
from services.jobs import fail_job, finish_job, has_queued, queue_again, queue_orphans_again, take_job
from services.rare_donors.asking import REFRESH_JOB
from services.rare_donors.refreshing import refresh_rare_donors
from services.uploads.runs import CHECK_JOB, IMPORT_JOB

log = structlog.get_logger("jobs")
Handler = Callable[[Runtime, JobRequest, threading.Event], None]


def refresh_rare(runtime: Runtime, job: JobRequest, _stop: threading.Event) -> None:
    """Bring the rare-donor file up to date after results of samples."""
    with runtime.engines.write_session() as session:
        done = refresh_rare_donors(session, now=runtime.now(), actor=job.requested_by)
        finish_job(session, job.id, done=done.donors, total=done.donors, now=runtime.now())


def find_duplicates(runtime: Runtime, job: JobRequest, _stop: threading.Event) -> None:
    """Look for donors registered twice after an import; comparing only reads, so that nobody waits for it to write."""
    with runtime.engines.read_session() as session:
        compared = compare_registry(session)
    with runtime.engines.write_session() as session:
        keep_pairs(session, compared, now=runtime.now())
        finish_job(session, job.id, done=len(compared.people), total=len(compared.people), now=runtime.now())


def attempt_again(runtime: Runtime, job: JobRequest, _stop: threading.Event) -> None:
    """Try a failed daily run once more; one that was done meanwhile is left as it is. Raises what it failed of."""
    with runtime.engines.read_session() as session:
        run = find_run_to_attempt(session, job)
    ended = run_daily(runtime, run.job, on=run.local_day, again=True) if run else None
    if ended is not None and ended.fault_code:
        raise PhenothequeError(ended.fault_code)
    with runtime.engines.write_session() as session:
        finish_job(session, job.id, done=1, total=1, now=runtime.now())


HANDLERS: Mapping[str, Handler] = {
    CHECK_JOB: check_file,
    IMPORT_JOB: import_file,
    REFRESH_JOB: refresh_rare,
    FIND_JOB: find_duplicates,
    ATTEMPT_JOB: attempt_again,
}


def recover(runtime: Runtime) -> None:
    """Put back what a process that died left running; only the leader may, since only the leader runs anything."""
    with runtime.engines.write_session() as session:
        given_up = queue_orphans_again(session, now=runtime.now())
        for job in given_up:
            note_failure(session, job, PhenothequeError("job_kept_dying"), now=runtime.now())


def do_next(runtime: Runtime, stop: threading.Event) -> bool:
    """Do the request that has waited longest; False where none waits."""
    with runtime.engines.read_session() as session:  # waits for nobody; the writer's place is asked for only at need
        waiting = has_queued(session)
    if not waiting:
        return False
    with runtime.engines.write_session() as session:
        job = take_job(session, now=runtime.now())
    if job is not None:
        _do(runtime, job, stop)
    return job is not None


def _do(runtime: Runtime, job: JobRequest, stop: threading.Event) -> None:
    handler = HANDLERS.get(job.kind)
    log.info("job_begun", job=job.id, kind=job.kind)
    try:
        if handler is None:
            raise PhenothequeError("job_kind_unknown")
        handler(runtime, job, stop)
        log.info("job_done", job=job.id)
    except Stopped:
        with runtime.engines.write_session() as session:
            queue_again(session, job.id)
        log.info("job_put_back", job=job.id)
    except PhenothequeError as error:
        _fail(runtime, job, error)
    except Exception as error:  # one request must not end the process that the others wait for
        log.error("job_failed", job=job.id, kind=type(error).__name__)
        log.debug("job_failed", exc_info=error)
        _fail(runtime, job, PhenothequeError("database_busy" if isinstance(error, DBAPIError) else "job_failed"))


def _fail(runtime: Runtime, job: JobRequest, error: PhenothequeError) -> None:
    with runtime.engines.write_session() as session:
        # the values that fill a sentence may be texts of the file: they stay on the file, where they are encrypted
        fail_job(session, job.id, code="job_refused_file" if error.params else error.code, now=runtime.now())
        note_failure(session, job, error, now=runtime.now())
    log.info("job_refused", job=job.id, code=error.code)
