"""News of daily jobs: each failure and each day without a run is told once, and nothing else is."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlmodel import select

from domain.timetable import Timetable
from models.account import Account
from models.job import JobRun, JobStatus
from models.subscription import Notice, Subscription, Topic
from services.job_plan import keep_timetables
from services.job_telling import failed_line, left_out_line, tell
from services.jobs import begin_run, end_run
from services.wording.catalogue import sentence

MONDAY = date(2026, 11, 23)


def day(n: int) -> date:
    return MONDAY + timedelta(days=n)


def at(n: int, hour: int = 5) -> datetime:
    return datetime.combine(day(n), time(hour), UTC)


@pytest.fixture
def session(engines):
    with engines.write_session() as session:
        keep_timetables(
            session, {"early": Timetable(time(5)), "mondays": Timetable(time(5), frozenset({0}))}, today=day(0)
        )
        account = Account(login="root", display_name="Root", created_at=at(0), updated_at=at(0))
        session.add(account)
        session.flush()
        yield session


@pytest.fixture
def subscription(session):
    account = session.exec(select(Account.id)).one()
    row = Subscription(code="s", account_id=account, topic=Topic.JOB_FAILURES, created_at=at(0), created_by="x")
    session.add(row)
    session.flush()
    return row


def run(session, job: str, n: int, *, fault: str | None = None, hour: int = 5) -> None:
    begun = begin_run(session, job, local_day=day(n), now=at(n, hour), again=True)
    end_run(session, begun.id, now=at(n, hour), fault=fault)


def news(session, subscription, n: int, since: int | None):
    """The news of a day, kept as a notice made at six."""
    found = tell(session, subscription, day(n), None if since is None else day(since))
    if found is None:
        return None
    session.add(
        Notice(
            code=f"n{n}",
            subscription_id=subscription.id,
            account_id=subscription.account_id,
            topic=Topic.JOB_FAILURES,
            local_day=day(n),
            made_at=at(n, 6),
        )
    )
    session.flush()
    return [sentence(line.code, line.params, "en") for line in (found.summary, *found.lines)]


def test_where_all_ran_there_is_nothing_to_tell(session, subscription):
    for job in ("early", "mondays"):
        run(session, job, 0)
    run(session, "early", 1)
    assert [news(session, subscription, n, None) for n in (0, 1, 2)] == [None, None, None]


def test_a_failure_is_told_once_also_where_it_comes_after_the_news_of_its_day(session, subscription):
    run(session, "mondays", 0)
    run(session, "early", 0, fault="disk_full")
    assert news(session, subscription, 0, None) == [
        "Daily jobs: failed 1, without a run 0.",
        "Failed on 23 Nov 2026: job.early. The disk is full: make room, then try again. Nothing was saved.",
    ]
    run(session, "early", 1)
    assert news(session, subscription, 1, 0) is None
    run(session, "care", 0, fault="job_failed", hour=9)  # after the news of Monday at six
    assert [words[:23] for words in news(session, subscription, 2, 0)[1:]] == ["Failed on 23 Nov 2026: "]
    run(session, "early", 2)
    assert news(session, subscription, 3, 2) is None


def test_a_failure_that_was_mended_is_not_told(session, subscription):
    for job in ("early", "mondays"):
        run(session, job, 0, fault="disk_full")
        run(session, job, 0)
    assert news(session, subscription, 0, None) is None


def test_days_without_a_run_are_told_once_when_they_are_over(session, subscription):
    run(session, "early", 0)
    assert news(session, subscription, 0, None) is None  # Mondays' job may still come
    run(session, "early", 4)
    assert news(session, subscription, 4, 0) == [
        "Daily jobs: failed 0, without a run 4.",
        "3 days without a run, 24 Nov 2026 to 26 Nov 2026: job.early.",
        "Without a run on 23 Nov 2026: job.mondays.",
    ]
    run(session, "early", 5)
    assert news(session, subscription, 5, 4) is None


def test_news_replayed_for_a_day_say_what_they_said(session, subscription):
    run(session, "mondays", 0)
    run(session, "early", 0, fault="disk_full")
    told = tell(session, subscription, day(0), None)
    assert news(session, subscription, 0, None)
    run(session, "early", 1, fault="job_failed")
    assert news(session, subscription, 1, 0)
    assert tell(session, subscription, day(0), None) == told


def test_a_run_says_what_it_took_the_place_of():
    def said(*days):
        row = JobRun(job="early", local_day=day(9), status=JobStatus.DONE, started_at=at(9))
        row.details = {"missed_days": [one.isoformat() for one in days]} if days else {}
        line = left_out_line(row)
        return line and sentence(line.code, line.params, "en")

    assert said() is None
    assert said(day(1)) == "made up for 24 Nov 2026"
    assert said(day(1), day(2)) == "made up for 2 earlier days, 24 Nov 2026 to 25 Nov 2026"


def test_the_reason_of_a_failure_is_said_with_its_values():
    run = JobRun(
        job="backup",
        local_day=date(2026, 12, 1),
        started_at=at(0),
        fault_code="backup_damaged",
        details={"file": "x.sqlite"},
    )
    line = failed_line(run)
    assert "x.sqlite is damaged" in sentence(line.code, line.params, "en")
