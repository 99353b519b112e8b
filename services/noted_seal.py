"""The last seal that a check of the audit trail found: a trail cut short since does not hold it any more."""

from sqlmodel import Session, col, select

from models.job import JobRun, JobStatus

CHECK_JOB = "verify_audit"


def find_noted_seal(session: Session) -> str | None:
    """The seal that the last good check noted; None before the first."""
    done = select(JobRun).where(JobRun.job == CHECK_JOB, JobRun.status == JobStatus.DONE)
    run = session.exec(done.order_by(col(JobRun.finished_at).desc(), col(JobRun.id).desc()).limit(1)).first()
    return run.details.get("seal") if run else None
