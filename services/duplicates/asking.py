"""Asking the jobs process to look for donors registered twice: comparing a registry takes too long for an import."""

from datetime import datetime

from sqlmodel import Session, select

from models.job import JobRequest, JobStatus
from services.jobs import ask_for_job

FIND_JOB = "find_duplicates"


def ask_for_comparison(session: Session, *, actor: str, now: datetime) -> None:
    """Put a comparison in the queue, unless one waits there already: it will see these donors too."""
    waiting = select(JobRequest.id).where(JobRequest.kind == FIND_JOB, JobRequest.status == JobStatus.QUEUED)
    if session.exec(waiting.limit(1)).first() is None:
        ask_for_job(session, kind=FIND_JOB, params={}, actor=actor, now=now)
