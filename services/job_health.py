"""What daily runs failed or never came, what comes next, and what is under way: for pages, commands and news."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session, and_, col, func, select

from domain.timetable import Timetable, days_of, next_run
from models.job import JobRequest, JobRun, JobStatus, JobTimetable
from services.job_plan import last_days, list_timetables

LOOKED_BACK_DAYS = 7
GRACE = timedelta(hours=2)  # the jobs before it may take long


@dataclass(frozen=True, slots=True)
class DailyRow:
    """A daily job with its last run and from when it runs next; a moment that is past waits for the jobs process."""

    job: str
    timetable: Timetable
    last: JobRun | None
    next_at: datetime


@dataclass(frozen=True, slots=True)
class MissedRuns:
    """The days, the earliest first, of which a job should have a run and has none."""

    job: str
    days: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class JobHealth:
    """What an administrator has to look at: failed runs, the latest first, and days without a run."""

    failed: Sequence[JobRun]
    missed: Sequence[MissedRuns]

    @property
    def missed_count(self) -> int:
        """How many runs never came."""
        return sum(len(one.days) for one in self.missed)

    def __bool__(self) -> bool:
        return bool(self.failed or self.missed)


def find_job_health(session: Session, *, local: datetime) -> JobHealth:
    """The failed runs of the last week, and the days without one that no later run made up, at a local moment.

    Runs of today count once they are two hours late.
    """
    first = local.date() - timedelta(days=LOOKED_BACK_DAYS)
    found = list_missed(session, first, local.date() - timedelta(days=1), made_up=False)
    missed = {one.job: one.days for one in found}
    for one in list_missed(session, local.date(), local.date(), made_up=False):
        timetable = list_timetables(session)[one.job]
        if local >= datetime.combine(local.date(), timetable.at, local.tzinfo) + GRACE:
            missed[one.job] = (*missed.get(one.job, ()), *one.days)
    return JobHealth(list_failed(session, first=first), [MissedRuns(job, days) for job, days in missed.items()])


def list_failed(session: Session, *, first: date) -> Sequence[JobRun]:
    """The runs of a day and later that failed and were not done since, the latest first."""
    query = select(JobRun).where(JobRun.status == JobStatus.FAILED, JobRun.local_day >= first)
    return session.exec(query.order_by(col(JobRun.local_day).desc(), col(JobRun.id).desc())).all()


def list_missed(session: Session, first: date, last: date, *, made_up: bool) -> list[MissedRuns]:
    """The listed jobs that have no run of some of these days, both included, since they were listed.

    With `made_up` also the days that a later run took the place of, as after nights without power.
    """
    settled = set[tuple[str, date]]()
    for run in session.exec(select(JobRun).where(JobRun.local_day >= first)):
        settled.add((run.job, run.local_day))
        if not made_up:
            settled |= {(run.job, date.fromisoformat(day)) for day in run.details.get("missed_days", ())}
    listed = {row.job: row.listed_on for row in session.exec(select(JobTimetable))}
    found = []
    for job, timetable in list_timetables(session).items():
        days = days_of(timetable, max(first, listed[job]), last)
        if without := tuple(day for day in days if (job, day) not in settled):
            found.append(MissedRuns(job, without))
    return found


def list_daily(session: Session, timetables: Mapping[str, Timetable], *, local: datetime) -> list[DailyRow]:
    """Every daily job in the order of running, at a local moment."""
    after, latest = last_days(session, until=local.date()), _latest_runs(session)
    return [
        DailyRow(job, timetable, latest.get(job), next_run(timetable, after=after.get(job), local=local))
        for job, timetable in timetables.items()
    ]


def list_under_way(session: Session) -> tuple[Sequence[JobRun], Sequence[JobRequest]]:
    """The daily runs and the requests that are being worked on, or that a dead process left so."""
    runs = session.exec(select(JobRun).where(JobRun.status == JobStatus.RUNNING)).all()
    return runs, session.exec(select(JobRequest).where(JobRequest.status == JobStatus.RUNNING)).all()


def _latest_runs(session: Session) -> dict[str, JobRun]:
    last = select(col(JobRun.job), func.max(JobRun.local_day).label("day")).group_by(col(JobRun.job)).subquery()
    query = select(JobRun).join(last, and_(col(JobRun.job) == last.c.job, col(JobRun.local_day) == last.c.day))
    return {run.job: run for run in session.exec(query)}
