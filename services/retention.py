"""What is deleted because it is old and of no use any more; what a person, a document or the trail refers to stays."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from models.account import AccountSession, LoginAttempt
from models.allocation import AllocationOverride, AllocationRun
from models.job import JobRequest, JobRun, JobStatus, Upload, UploadStatus

ENDED = (JobStatus.DONE, JobStatus.FAILED)
# What an imported file's row keeps of the texts of the file: somebody's name may be among them.
QUOTED = ("issues", "headings", "fault")


@dataclass(frozen=True, slots=True)
class Kept:
    """How many days each is kept (settings of the same names)."""

    attempts_kept_days: int
    logins_kept_days: int
    uploads_kept_days: int
    jobs_kept_days: int


def delete_old(session: Session, kept: Kept, *, now: datetime, today: date) -> Mapping[str, int]:
    """Delete what is older than its days; how much of each. Twice on a day it does no more than once."""

    def before(days: int) -> datetime:
        return now - timedelta(days=days)

    return {
        "attempts": _delete(session, LoginAttempt, col(LoginAttempt.at) < before(kept.attempts_kept_days)),
        "logins": _delete(session, AccountSession, col(AccountSession.expires_at) < before(kept.logins_kept_days)),
        "uploads": _forget_texts(session, before(kept.uploads_kept_days)),
        "requests": _delete_requests(session, before(kept.jobs_kept_days)),
        "divisions": _delete_divisions(session, before(kept.jobs_kept_days)),
        "runs": _delete_runs(session, today - timedelta(days=kept.jobs_kept_days)),
    }


def _delete(session: Session, table: type, *where: sa.ColumnElement[bool]) -> int:
    return session.connection().execute(sa.delete(table).where(*where)).rowcount


def _delete_requests(session: Session, before: datetime) -> int:
    """Requests that have ended; one that a file names stays as long as the file's row."""
    named = select(Upload.job_id).where(col(Upload.job_id).is_not(None))
    return _delete(
        session,
        JobRequest,
        col(JobRequest.status).in_(ENDED),
        col(JobRequest.finished_at) < before,
        col(JobRequest.id).not_in(named),
    )


def _delete_runs(session: Session, before: date) -> int:
    """Runs of old days; of each job the last stays, and the last that went well: the next one looks back at them."""
    run = aliased(JobRun)
    last = select(func.max(JobRun.local_day)).where(JobRun.job == col(run.job))
    last_done = last.where(JobRun.status == JobStatus.DONE)
    old = (
        select(run.id)
        .where(col(run.local_day) < before, col(run.status).in_(ENDED))
        .where(col(run.local_day) < last.scalar_subquery())
        .where(col(run.local_day) != func.coalesce(last_done.scalar_subquery(), before))
    )
    ids = session.exec(old).all()
    return _delete(session, JobRun, col(JobRun.id).in_(ids)) if ids else 0


def _delete_divisions(session: Session, before: datetime) -> int:
    """Kept divisions; the last stays, to which the next is held, and each that an override was asked of."""
    asked = select(AllocationOverride.run_id)
    last = select(func.max(AllocationRun.id))
    run = col(AllocationRun.id)
    return _delete(
        session,
        AllocationRun,
        col(AllocationRun.made_at) < before,
        run.not_in(asked),
        run < last.scalar_subquery(),
    )


def _forget_texts(session: Session, before: datetime) -> int:
    """Of a file imported long ago the counts and the codes stay, and not what was quoted from its cells."""
    old = select(Upload).where(Upload.status == UploadStatus.IMPORTED, col(Upload.changed_at) < before)
    forgotten = 0
    for upload in session.exec(old):
        if any(upload.result.get(name) for name in QUOTED):
            left_out = upload.result.get("issues_left_out", 0) + len(upload.result.get("issues", ()))
            rest = {name: value for name, value in upload.result.items() if name not in QUOTED}
            upload.result = {**rest, "issues": [], "issues_left_out": left_out}
            session.add(upload)
            forgotten += 1
    return forgotten
