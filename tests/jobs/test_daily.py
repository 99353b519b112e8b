"""Daily jobs: one run for a local day whatever the clock does, one who runs them, attempts that are told."""

import errno
import sqlite3
import threading
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlmodel import delete, select

from domain.errors import NotFound, RefusedByRule
from domain.timetable import Missed
from jobs import daily
from jobs.daily import DAILY, DailyJob, post_list, run_daily, run_due, timetables
from jobs.leader import make_turn
from jobs.requests import do_next
from models.job import JobRequest, JobRun, JobStatus, JobTimetable
from services.job_attempts import ask_for_attempt
from services.job_plan import list_timetables
from services.jobs import MOST_ATTEMPTS, begin_run
from services.wording.catalogue import messages


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def runtime(request):
    """An empty instance; on SQLite a copy of one migrated before, which is much faster than to migrate."""
    if request.param == "sqlite":
        return request.getfixturevalue("app").extensions["phenotheque"]
    return request.getfixturevalue("app_on")(request.getfixturevalue("postgres_url")).extensions["phenotheque"]


@pytest.fixture
def counted(monkeypatch):
    """In the place of all jobs, two that count how often they run."""
    done: Counter[str] = Counter()

    def counting(name):
        def work(_runtime, _on):
            done[name] += 1
            return {"times": done[name]}

        return work

    monkeypatch.setattr(daily, "DAILY", {name: DailyJob(time(5), counting(name)) for name in ("first", "second")})
    return done


def at(runtime, moment):
    return replace(runtime, clock=lambda: moment)


def runs(runtime):
    with runtime.engines.read_session() as session:
        return session.exec(select(JobRun).order_by(JobRun.local_day, JobRun.job)).all()


def test_every_job_has_a_meaning_and_an_hour_that_no_clock_repeats():
    assert [name for name, job in DAILY.items() if f"job.{name}" not in messages() or job.at < time(5)] == []


@pytest.mark.parametrize(
    ("first", "last"), [(date(2026, 10, 20), date(2026, 10, 28)), (date(2027, 3, 25), date(2027, 3, 30))]
)
def test_a_week_in_which_the_clocks_change_has_one_run_a_day(runtime, counted, first, last):
    moment = datetime.combine(first, time(0), UTC)
    while moment < datetime.combine(last, time(23), UTC):
        run_due(at(runtime, moment))
        moment += timedelta(hours=1)
    days = (last - first).days + 1
    assert counted == {"first": days, "second": days}
    assert {run.local_day for run in runs(runtime)} == {first + timedelta(days=n) for n in range(days)}


def test_a_clock_that_jumps_repeats_no_day_and_holds_none_back(runtime, counted, now):
    post_list(at(runtime, now))
    for shift in (
        timedelta(),
        timedelta(hours=1),
        timedelta(hours=-1),
        timedelta(days=-1),
        timedelta(days=1),
        timedelta(),
        timedelta(days=2),
    ):
        run_due(at(runtime, now + shift))
    assert counted == {"first": 3, "second": 3}


def test_after_nights_without_power_each_day_is_made_up_where_the_job_needs_it(runtime, counted, monkeypatch, now):
    days = []
    monkeypatch.setitem(
        daily.DAILY, "first", DailyJob(time(5), lambda _runtime, on: days.append(on) or {}, missed=Missed.EACH)
    )
    for moment in (now, now + timedelta(days=3), now + timedelta(days=3, hours=1)):
        run_due(at(runtime, moment))
    assert days == [now.date() + timedelta(days=n) for n in range(4)]
    assert (counted["second"], len(runs(runtime))) == (2, 4 + 2)
    [second] = [run for run in runs(runtime) if run.job == "second" and run.local_day > now.date()]
    assert second.details["missed_days"] == ["2026-11-23", "2026-11-24"]


def test_a_job_of_mondays_is_made_up_on_tuesday_also_where_it_never_ran(runtime, counted, monkeypatch, now):
    monkeypatch.setattr(daily, "DAILY", {"first": DailyJob(time(5), daily.DAILY["first"].work, frozenset({0}))})
    post_list(at(runtime, now))  # a Sunday
    run_due(at(runtime, now))
    run_due(at(runtime, now + timedelta(days=2)))
    run_due(at(runtime, now + timedelta(days=3)))
    assert [run.local_day for run in runs(runtime)] == [date(2026, 11, 23)]


def test_what_was_cut_short_on_an_earlier_day_is_said_and_what_kills_its_process_is_given_up(runtime, counted, now):
    def begin():
        with runtime.engines.write_session() as session:
            begin_run(session, "first", local_day=now.date(), now=now)

    begin()
    run_due(at(runtime, now + timedelta(days=1)))
    assert [(run.status, run.fault_code) for run in runs(runtime) if run.job == "first"] == [
        (JobStatus.FAILED, "job_cut_short"),
        (JobStatus.DONE, None),
    ]
    with runtime.engines.write_session() as session:
        session.execute(delete(JobRun))
    for _ in range(MOST_ATTEMPTS):
        begin()
    run_due(at(runtime, now))
    assert {run.job: (run.status, run.fault_code) for run in runs(runtime)} == {
        "first": (JobStatus.FAILED, "job_kept_dying"),
        "second": (JobStatus.DONE, None),
    }


def test_told_to_stop_it_leaves_the_rest_for_the_next_look(runtime, counted, now):
    stop = threading.Event()
    stop.set()
    run_due(at(runtime, now), stop)
    assert runs(runtime) == []
    run_due(at(runtime, now))
    assert counted == {"first": 1, "second": 1}


def test_a_failure_is_named_by_its_cause(runtime, counted, monkeypatch, now):
    errors = [
        (OSError(errno.ENOSPC, "x"), "disk_full"),
        (OperationalError("x", {}, sqlite3.OperationalError("database is locked")), "database_busy"),
        (IntegrityError("x", {}, sqlite3.IntegrityError("UNIQUE constraint failed: x.y")), "job_failed"),
        (RefusedByRule("job_turn_taken"), "job_turn_taken"),
    ]

    def work(_runtime, on):
        raise errors[(now.date() - on).days][0]

    monkeypatch.setitem(daily.DAILY, "first", DailyJob(time(5), work))
    for ago, (error, code) in enumerate(errors):
        ended = run_daily(runtime, "first", on=now.date() - timedelta(days=ago))
        kind = None if isinstance(error, RefusedByRule) else type(error).__name__
        assert (ended.fault_code, ended.fault_kind) == (code, kind)


def test_the_list_is_kept_for_those_who_only_read_it(runtime, counted, now):
    post_list(at(runtime, now))
    post_list(at(runtime, now + timedelta(days=1)))
    with runtime.engines.read_session() as session:
        assert list_timetables(session) == timetables()
        assert {row.listed_on for row in session.exec(select(JobTimetable))} == {now.date()}
    daily.DAILY.pop("first")
    post_list(runtime)
    with runtime.engines.read_session() as session:
        assert list(list_timetables(session)) == ["second"]


def test_a_failure_is_kept_when_the_next_attempt_succeeds(runtime, counted, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setitem(daily.DAILY, "first", DailyJob(time(5), lambda _runtime, _on: {}["Mme Secret"]))
        failed = run_daily(runtime, "first")
    assert (failed.status, failed.fault_code, failed.fault_kind) == (JobStatus.FAILED, "job_failed", "KeyError")
    assert run_daily(runtime, "first") is None
    run_daily(runtime, "first", again=True)
    [run] = runs(runtime)
    assert (run.status, run.attempts, run.fault_code) == (JobStatus.DONE, 2, None)
    assert (run.first_fault_code, run.details, counted["first"]) == ("job_failed", {"times": 1}, 1)


def test_while_another_has_the_turn_nothing_runs(runtime, counted, now):
    turn = make_turn(runtime.engines, Path(runtime.settings.instance_path))
    assert turn.try_take()
    with pytest.raises(RefusedByRule) as refused:
        run_daily(runtime, "first")
    run_due(at(runtime, now))
    assert (refused.value.code, counted, runs(runtime)) == ("job_turn_taken", {}, [])
    turn.release()
    run_due(at(runtime, now))
    assert counted == {"first": 1, "second": 1}


def test_what_cannot_be_run_is_refused(runtime, counted):
    with pytest.raises(NotFound) as unknown:
        run_daily(runtime, "third")
    with pytest.raises(RefusedByRule) as ahead:
        run_daily(runtime, "first", on=runtime.today() + timedelta(days=1))
    assert (unknown.value.code, ahead.value.code, counted) == ("job_unknown", "job_day_ahead", {})


def test_another_attempt_that_fails_too_is_said_and_one_done_meanwhile_is_left(runtime, counted, monkeypatch, now):
    monkeypatch.setitem(daily.DAILY, "first", DailyJob(time(5), lambda _runtime, _on: 1 / 0))
    run_id = run_daily(runtime, "first").id

    def asked():
        with runtime.engines.write_session() as session:
            return ask_for_attempt(session, run_id, actor="a", now=now).id

    def answer(job_id):
        assert do_next(runtime, threading.Event())
        with runtime.engines.read_session() as session:
            job, run = session.get_one(JobRequest, job_id), session.get_one(JobRun, run_id)
            return job.status, job.fault_code, run.status, run.attempts

    assert answer(asked()) == (JobStatus.FAILED, "job_failed", JobStatus.FAILED, 2)
    waiting = asked()
    monkeypatch.setitem(daily.DAILY, "first", DailyJob(time(5), lambda _runtime, _on: {}))
    run_daily(runtime, "first", again=True)
    assert answer(waiting) == (JobStatus.DONE, None, JobStatus.DONE, 3)
