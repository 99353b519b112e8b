"""Asking the jobs process for another attempt of a daily run that failed."""

from datetime import datetime

from sqlmodel import Session, col, select

from domain.errors import NotFound, RefusedByRule
from models.job import JobRequest, JobRun, JobStatus
from services.jobs import ask_for_job

ATTEMPT_JOB = "daily.again"


def ask_for_attempt(session: Session, run_id: int, *, actor: str, now: datetime) -> JobRequest:
    """Put another attempt in the queue. Raises NotFound; RefusedByRule where the run did not fail or one waits."""
    run = session.get(JobRun, run_id)
    if run is None:
        raise NotFound("job_run_unknown")
    if run.status is not JobStatus.FAILED:
        raise RefusedByRule("job_run_not_failed")
    open_ones = select(JobRequest).where(
        JobRequest.kind == ATTEMPT_JOB, col(JobRequest.status).in_((JobStatus.QUEUED, JobStatus.RUNNING))
    )
    if any(job.params.get("run") == run_id for job in session.exec(open_ones)):
        raise RefusedByRule("job_attempt_waits")
    return ask_for_job(session, kind=ATTEMPT_JOB, params={"run": run_id}, actor=actor, now=now)


def find_run_to_attempt(session: Session, job: JobRequest) -> JobRun | None:
    """The run that a request is about; None where it was done meanwhile."""
    run = session.get_one(JobRun, job.params["run"])
    return None if run.status is JobStatus.DONE else run
