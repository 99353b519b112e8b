"""Work asked for and done in the jobs process: its queue, its daily runs, and the sign of life of that process."""

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from models.job import HEARTBEAT_ID, JobHeartbeat, JobRequest, JobRun, JobStatus

HEARTBEAT_SECONDS = 15
DEAD_AFTER = timedelta(seconds=60)  # four heartbeats missed
MOST_ATTEMPTS = 3  # a request that takes its process down with it is not tried for ever
ALIVE_FILE = "jobs.alive"


# --- the queue ----------------------------------------------------------------------------------------------------


def ask_for_job(session: Session, *, kind: str, params: Mapping[str, Any], actor: str, now: datetime) -> JobRequest:
    """Put a piece of work in the queue."""
    job = JobRequest(id=str(uuid.uuid4()), kind=kind, params=dict(params), requested_by=actor, requested_at=now)
    session.add(job)
    session.flush()
    return job


def has_queued(session: Session) -> bool:
    """Whether a request waits."""
    return session.exec(select(JobRequest.id).where(JobRequest.status == JobStatus.QUEUED).limit(1)).first() is not None


def take_job(session: Session, *, now: datetime, job_id: str | None = None) -> JobRequest | None:
    """Take the request that has waited longest, or the one named; None where none waits.

    Writers queue for the whole transaction, so two takers never get the same one.
    """
    query = select(JobRequest).where(JobRequest.status == JobStatus.QUEUED)
    if job_id is not None:
        query = query.where(JobRequest.id == job_id)
    job = session.exec(query.order_by(col(JobRequest.requested_at), col(JobRequest.id)).limit(1)).first()
    if job is None:
        return None
    job.status, job.started_at = JobStatus.RUNNING, now
    job.params = {**job.params, "attempts": job.params.get("attempts", 0) + 1}
    session.add(job)
    return job


def finish_job(session: Session, job_id: str, *, done: int, total: int, now: datetime) -> None:
    """Mark a request as done, best in the transaction of the work itself: then both are done, or neither."""
    job = session.get_one(JobRequest, job_id)
    job.status, job.finished_at, job.done, job.total = JobStatus.DONE, now, done, total
    session.add(job)


def fail_job(session: Session, job_id: str, *, code: str, now: datetime) -> None:
    """Mark a request as failed; of the fault only its code, since its values may be texts of a person."""
    job = session.get_one(JobRequest, job_id)
    job.status, job.finished_at, job.fault_code = JobStatus.FAILED, now, code
    session.add(job)


def queue_again(session: Session, job_id: str) -> None:
    """Put a request back that was stopped on purpose; it does not count as an attempt."""
    job = session.get_one(JobRequest, job_id)
    job.status, job.started_at = JobStatus.QUEUED, None
    job.params = {**job.params, "attempts": job.params.get("attempts", 1) - 1}
    session.add(job)


def queue_orphans_again(session: Session, *, now: datetime) -> Sequence[JobRequest]:
    """Put back what a dead process left running; those that failed so too often are given up and returned.

    Running a request again is safe: what it writes is one transaction, in which it is marked as done itself. Either
    all of it was committed, and it is not running any more, or nothing was.
    """
    given_up = []
    for job in session.exec(select(JobRequest).where(JobRequest.status == JobStatus.RUNNING)).all():
        if job.params.get("attempts", 0) >= MOST_ATTEMPTS:
            job.status, job.finished_at, job.fault_code = JobStatus.FAILED, now, "job_kept_dying"
            given_up.append(job)
        else:
            job.status, job.started_at = JobStatus.QUEUED, None
        session.add(job)
    return given_up


# --- daily runs ---------------------------------------------------------------------------------------------------


def begin_run(session: Session, job: str, *, local_day: date, now: datetime, again: bool = False) -> JobRun | None:
    """Begin the run of a daily job for a day; None where it was run, or failed, on that day and is not asked again.

    A run that a dead process left behind is begun anew: daily jobs come to the same end when they are run twice. One
    that takes its process down each time is given up as failed, so that the jobs after it are run. Only who has the
    turn (jobs.leader) may call this: a run that is under way looks like one left behind.
    """
    run = session.exec(select(JobRun).where(JobRun.job == job, JobRun.local_day == local_day)).first()
    if run is None:
        run = JobRun(job=job, local_day=local_day, started_at=now)
    elif run.status is JobStatus.RUNNING and run.attempts >= MOST_ATTEMPTS and not again:
        end_run(session, run.id or 0, now=now, fault="job_kept_dying")
        return None
    elif run.status is JobStatus.RUNNING or again:
        run.status, run.started_at, run.finished_at, run.attempts = JobStatus.RUNNING, now, None, run.attempts + 1
    else:
        return None
    session.add(run)
    session.flush()
    return run


def end_run(
    session: Session,
    run_id: int,
    *,
    now: datetime,
    details: Mapping[str, Any] | None = None,
    fault: str | None = None,
    kind: str | None = None,
) -> JobRun:
    """Note how an attempt ended; the code of the first failure stays on record when a later attempt succeeds."""
    run = session.get_one(JobRun, run_id)
    run.status, run.finished_at = JobStatus.FAILED if fault else JobStatus.DONE, now
    run.details, run.fault_code, run.fault_kind = dict(details or {}), fault, kind
    run.first_fault_code = run.first_fault_code or fault
    session.add(run)
    return run


# --- the sign of life ---------------------------------------------------------------------------------------------


def beat(session: Session, *, host: str, pid: int, now: datetime) -> None:
    """Renew the row by which others see that the jobs process lives."""
    row = session.get(JobHeartbeat, HEARTBEAT_ID) or JobHeartbeat(at=now, host=host, pid=pid)
    row.at, row.host, row.pid = now, host, pid
    session.add(row)


def beat_beside(instance: Path, *, now: datetime) -> None:
    """Renew the sign of life in a file too: a long import holds the one place of a writer, and the row waits for it."""
    beside = instance / f"{ALIVE_FILE}.part"
    beside.write_text(json.dumps(now.isoformat()), encoding="utf-8")
    beside.replace(instance / ALIVE_FILE)


def last_beat(session: Session, instance: Path) -> datetime | None:
    """The last sign of life of the jobs process, by the row or by the file; None where there never was one."""
    row = session.get(JobHeartbeat, HEARTBEAT_ID)
    found = [row.at] if row else []
    try:
        found.append(datetime.fromisoformat(json.loads((instance / ALIVE_FILE).read_bytes())))
    except (OSError, ValueError):  # none yet: the row alone tells
        return found[0] if found else None
    return max(found)


def is_alive(session: Session, instance: Path, *, now: datetime) -> bool:
    """Whether a jobs process is there to do what is asked."""
    last = last_beat(session, instance)
    return last is not None and now - last < DEAD_AFTER
