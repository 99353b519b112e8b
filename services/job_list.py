"""The work asked of the jobs process and its scheduled runs, to look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from models.job import HEARTBEAT_ID, JobHeartbeat, JobRequest, JobRun, JobStatus

SILENT_AFTER = timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """When and where the jobs process last gave a sign of life, and whether that is recent enough to call it alive."""

    at: datetime | None
    alive: bool
    host: str | None = None
    pid: int | None = None


def find_heartbeat(session: Session, *, now: datetime) -> Heartbeat:
    """The last sign of life; never one where the process has not run yet."""
    row = session.get(JobHeartbeat, HEARTBEAT_ID)
    if row is None:
        return Heartbeat(None, alive=False)
    return Heartbeat(row.at, now - row.at <= SILENT_AFTER, row.host, row.pid)


def list_requests(session: Session, *, limit: int, offset: int = 0) -> tuple[Sequence[JobRequest], int]:
    """One page of the work asked for, the latest first, and how much there is in all."""
    total = session.exec(select(func.count()).select_from(JobRequest)).one()
    query = select(JobRequest).order_by(col(JobRequest.requested_at).desc(), col(JobRequest.id))
    return session.exec(query.limit(limit).offset(offset)).all(), total


def list_runs(session: Session, *, limit: int) -> Sequence[JobRun]:
    """The latest scheduled runs, those that failed first."""
    query = select(JobRun).order_by(col(JobRun.local_day).desc(), col(JobRun.started_at).desc(), col(JobRun.id).desc())
    runs = session.exec(query.limit(limit)).all()
    return sorted(runs, key=lambda run: run.status is not JobStatus.FAILED)  # else in the order of the query


def count_unfinished(session: Session) -> int:
    """How many pieces of work wait or run."""
    waiting = col(JobRequest.status).in_((JobStatus.QUEUED, JobStatus.RUNNING))
    return session.exec(select(func.count()).select_from(JobRequest).where(waiting)).one()
