"""What is told of daily jobs: those that failed and those that did not run on their day."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlmodel import Session

from models.job import JobRun
from models.subscription import Subscription
from services.job_health import LOOKED_BACK_DAYS, MissedRuns, list_failed, list_missed
from services.subscriptions.news import Line, News, told_at

ADDRESS = "/admin/jobs"


def tell(session: Session, subscription: Subscription, on: date, since: date | None) -> News | None:
    """What failed since the last news, and the days from then to the eve of `on` that have no run.

    Jobs that come after the news on the same day are told the next time: a failure counts by the moment it ended, a
    day without a run once it is over.
    """
    first = since or on - timedelta(days=1)
    before = told_at(session, subscription, since)
    failed = [
        run
        for run in list_failed(session, first=date.min if before else first)
        if run.local_day <= on and (before is None or (run.finished_at is not None and run.finished_at > before))
    ]
    eve = on - timedelta(days=1)
    # runs of old days are deleted (services.retention): without news for long, look back no further than other pages
    missed = list_missed(session, max(first, on - timedelta(days=LOOKED_BACK_DAYS)), eve, made_up=True)
    if not failed and not missed:
        return None
    counts = {"failed": len(failed), "missed": sum(len(one.days) for one in missed)}
    lines = (*(failed_line(run) for run in failed), *(missed_line(one) for one in missed))
    return News(Line("job_news", counts, ADDRESS), lines, ADDRESS)


def failed_line(run: JobRun) -> Line:
    """A run that failed, and why."""
    values = {name: value for name, value in run.details.items() if isinstance(value, str | int | float)}
    params = {**values, "reason": f"job.{run.job}", "day_on": run.local_day.isoformat(), "why": run.fault_code}
    return Line("job_failed_on", params, ADDRESS)


def missed_line(one: MissedRuns) -> Line:
    """The days of which a job has no run."""
    return _days_line("job_missed_on", "job_missed_days", one.days, reason=f"job.{one.job}")


def left_out_line(run: JobRun) -> Line | None:
    """The earlier days that a run took the place of; None where no day was missed before it."""
    days = [date.fromisoformat(day) for day in run.details.get("missed_days", ())]
    return _days_line("job_day_left_out", "job_days_left_out", days) if days else None


def _days_line(one: str, many: str, days: Sequence[date], **params: str) -> Line:
    if len(days) == 1:
        return Line(one, {**params, "day_on": days[0].isoformat()}, ADDRESS)
    span = {"days": len(days), "first_on": days[0].isoformat(), "last_on": days[-1].isoformat()}
    return Line(many, {**params, **span}, ADDRESS)
