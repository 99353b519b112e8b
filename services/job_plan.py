"""Which daily jobs are due, by what was run, and the list of them as the jobs process last had it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, func, select

from domain.timetable import Timetable, due_days
from models.job import JobRun, JobStatus, JobTimetable
from services.jobs import end_run


@dataclass(frozen=True, slots=True)
class Due:
    """A job to run for a day; `missed` are the days before it that stay without a run."""

    job: str
    day: date
    missed: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is due, day by day and within a day in the order of the list; runs of earlier days that were cut short."""

    due: tuple[Due, ...]
    cut_short: tuple[int, ...]


def plan_due(session: Session, timetables: Mapping[str, Timetable], *, local: datetime) -> Plan:
    """What is due at a local moment. A run under way counts as none: who asks has the turn, or asks again with it."""
    last, due = last_days(session, until=local.date()), list[Due]()
    for job, timetable in timetables.items():
        days = due_days(timetable, after=last.get(job), local=local)
        due += [Due(job, day, days.missed) for day in days.run]
    begun_anew = {(one.job, one.day) for one in due}
    query = select(JobRun).where(JobRun.status == JobStatus.RUNNING, col(JobRun.local_day) < local.date())
    cut = (run for run in session.exec(query) if (run.job, run.local_day) not in begun_anew)
    return Plan(tuple(sorted(due, key=lambda one: one.day)), tuple(run.id or 0 for run in cut))


def last_days(session: Session, *, until: date) -> dict[str, date]:
    """The last day, up to one, of which each job has a run that ended; the eve of its listing where it has none."""
    listed = {row.job: row.listed_on - timedelta(days=1) for row in session.exec(select(JobTimetable))}
    query = select(JobRun.job, func.max(JobRun.local_day)).where(
        JobRun.status != JobStatus.RUNNING, col(JobRun.local_day) <= until
    )
    ran = dict(session.exec(query.group_by(col(JobRun.job))).all())
    return {job: day for job, day in {**listed, **ran}.items() if day <= until}


def close_cut_short(session: Session, run_ids: Sequence[int], *, now: datetime) -> None:
    """Mark as failed what a dead process left under way on an earlier day and a later run takes the place of."""
    for run_id in run_ids:
        if session.get_one(JobRun, run_id).status is JobStatus.RUNNING:
            end_run(session, run_id, now=now, fault="job_cut_short")


def keep_timetables(session: Session, timetables: Mapping[str, Timetable], *, today: date) -> None:
    """Keep the list for those who cannot read the code of the jobs process; a job new to it counts from today."""
    rows = {row.job: row for row in session.exec(select(JobTimetable))}
    for job in rows.keys() - timetables.keys():
        session.delete(rows[job])
    for place, (job, timetable) in enumerate(timetables.items()):
        row = rows.get(job) or JobTimetable(job=job, place=place, at=timetable.at, listed_on=today)
        row.place, row.at, row.missed = place, timetable.at, timetable.missed
        row.on_days = sorted(timetable.on_days)
        session.add(row)


def list_timetables(session: Session) -> dict[str, Timetable]:
    """The jobs as the jobs process last listed them, in their order; none where it has not run yet."""
    rows = session.exec(select(JobTimetable).order_by(col(JobTimetable.place)))
    return {row.job: Timetable(row.at, frozenset(row.on_days), row.missed) for row in rows}
