"""Asking the jobs process to bring the rare-donor file up to date: at a million donors it takes seconds."""

from datetime import datetime

from sqlmodel import Session, select

from models.job import JobRequest, JobStatus
from services.jobs import ask_for_job

REFRESH_JOB = "rare_donors"


def ask_for_refresh(session: Session, *, actor: str, now: datetime) -> None:
    """Put a refresh in the queue, unless one waits there already."""
    waiting = select(JobRequest.id).where(JobRequest.kind == REFRESH_JOB, JobRequest.status == JobStatus.QUEUED)
    if session.exec(waiting.limit(1)).first() is None:
        ask_for_job(session, kind=REFRESH_JOB, params={}, actor=actor, now=now)
