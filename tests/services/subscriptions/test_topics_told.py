"""The tellers of all topics and what delivers them, together: nothing is lost between them, and nothing told twice."""

from datetime import timedelta

import pytest
from sqlmodel import select

from jobs.daily import timetables
from models.account import Account
from models.job import JobRun, JobStatus
from models.patient import Patient
from models.subscription import Notice, Rhythm, Subscription, Topic
from services.accounts.person import person_of
from services.availability import telling as availability
from services.availability.snapshot import count_day, keep_day
from services.job_plan import keep_timetables
from services.matching.snapshots import SnapshotStore
from services.notifications.kinds import find_fault_of_news
from services.retention import Kept, delete_old
from services.standing_searches.running import look_and_keep
from services.subscriptions.delivering import deliver
from services.subscriptions.inbox import open_notice
from services.subscriptions.news import Line, News
from services.subscriptions.topics import tellers
from tests.logins import make_account
from tests.small_registry import NOW, ON, PATIENT, D, put_donors, put_serum
from tests.standing import FREED, look, morning


def subscribe(session, topic, role, **more) -> int:
    account = session.exec(select(Account).where(Account.login == role)).one()
    row = Subscription(code=topic.value, account_id=account.id, topic=topic, created_at=NOW, created_by="x", **more)
    session.add(row)
    session.flush()
    return row.id


def tell(engines, subscription, day, *, at=None, told=None):
    with engines.write_session() as session:
        asked = {"on": ON + timedelta(day), "last_run_on": ON + timedelta(day - 1), "now": at or morning(day)}
        return deliver(session, subscription, tellers=told or tellers("Europe/Paris"), **asked)


def reasons(engines) -> list[tuple]:
    """Each line that was told: how many days after the first, and why."""
    with engines.read_session() as session:
        notices = session.exec(select(Notice).order_by(Notice.id)).all()
        return [
            ((one.local_day - ON).days, line["params"].get("reason")) for one in notices for line in one.news["lines"]
        ]


@pytest.fixture
def followed(watched):
    """A standing search with a serum that frees donors after the first look; and its subscription of a rhythm."""
    make_account(watched, "searcher", now=NOW)

    def follow(**more) -> int:
        with watched.write_session() as session:
            patient = session.exec(select(Patient).where(Patient.patient_number == "P1")).one()
            put_serum(session, patient, "S2", FREED, run_on=ON + timedelta(1))
            return subscribe(session, Topic.STANDING_SEARCHES, "searcher", **more)

    return follow


def put_new_donors(engines, day):
    with engines.write_session() as session:
        put_donors(session, [D("PT0015", PATIENT, "Corse"), D("PT0016", PATIENT)], now=morning(day))


def look_later(engines, folder, day):
    """Somebody looks at the standing searches by hand that afternoon, or the job is tried again."""
    return look_and_keep(engines, SnapshotStore(folder), on=ON + timedelta(day), now=morning(day) + timedelta(hours=4))


def test_what_a_second_look_of_a_day_found_is_told_the_next(watched, followed, tmp_path):
    row = followed()
    look(watched, tmp_path, 1)
    tell(watched, row, 1)
    put_new_donors(watched, 1)
    look_later(watched, tmp_path, 1)
    look(watched, tmp_path, 2)
    tell(watched, row, 2)
    assert (2, "standing_cause.new_donor") in reasons(watched)


def test_a_look_made_after_the_weeks_news_is_told_with_the_next(watched, followed, tmp_path):
    row = followed(rhythm=Rhythm.WEEKLY)
    monday = (7 - ON.weekday()) % 7 or 7
    look(watched, tmp_path, 1)
    put_new_donors(watched, 1)
    tell(watched, row, monday)  # the look of that morning had failed
    look_later(watched, tmp_path, monday)
    for day in range(monday + 1, monday + 8):
        look(watched, tmp_path, day)
        tell(watched, row, day)
    assert (monday + 7, "standing_cause.new_donor") in reasons(watched)


def test_a_day_tried_again_after_the_next_was_told_says_nothing_twice(watched, followed, tmp_path):
    row = followed()
    look(watched, tmp_path, 1)
    put_new_donors(watched, 1)
    look(watched, tmp_path, 2)
    tell(watched, row, 2)  # the news of day 1 had failed
    tell(watched, row, 1, at=morning(2))
    assert [reason for _, reason in reasons(watched)].count("standing_cause.new_serum") == 1


def test_runs_that_were_deleted_are_not_told_as_missing(watched):
    make_account(watched, "administrator", now=NOW)
    with watched.write_session() as session:
        keep_timetables(session, timetables(), today=ON)
        row = subscribe(session, Topic.JOB_FAILURES, "administrator")
    for n in range(40):
        with watched.write_session() as session:
            on, now = ON + timedelta(n), morning(n)
            times = {"local_day": on, "started_at": now, "finished_at": now, "status": JobStatus.DONE}
            session.add_all([JobRun(job=job, **times) for job in timetables()])
            session.flush()
            delete_old(session, Kept(30, 30, 30, 30), now=now, today=on)
        tell(watched, row, n)
    assert reasons(watched) == []


def test_neither_mail_nor_the_notice_before_shows_what_a_right_lost_since_let_see(watched):
    make_account(watched, "coordinator", now=NOW)
    told = {Topic.RECALLS: lambda *_: News(Line("x", {"count": 1}), (Line("x", {"subject": "P1"}),), "/recalls")}
    with watched.write_session() as session:
        row = subscribe(session, Topic.RECALLS, "coordinator")
    tell(watched, row, 1, told=told)
    with watched.write_session() as session:
        account = session.exec(select(Account).where(Account.login == "coordinator")).one()
        account.roles = ["searcher"]
        notice = session.exec(select(Notice)).one()
        assert find_fault_of_news(session, account, {"notice": notice.code}) == "outbox_right_lost"
    told = {Topic.RECALLS: lambda *_: News(Line("x", {"count": 1}), (Line("x", {"subject": "P2"}),), "/recalls")}
    tell(watched, row, 2, told=told)
    with watched.read_session() as session:
        account = session.exec(select(Account).where(Account.login == "coordinator")).one()
        second = session.exec(select(Notice).order_by(Notice.id.desc())).first()
        page = open_notice(session, code=second.code, by=person_of(session, account))
    assert page.readable
    assert "P1" not in str(page)


def test_a_report_of_a_day_before_is_not_told_again_and_unchanged_lines_are_not_new(watched, tmp_path):
    make_account(watched, "searcher", now=NOW)
    with watched.write_session() as session:
        row = subscribe(session, Topic.AVAILABILITY, "searcher")
    for day in (1, 2):
        with watched.write_session() as session:
            counted = count_day(session, SnapshotStore(tmp_path), on=ON + timedelta(day), zone="Europe/Paris")
            keep_day(session, counted, now=morning(day), zone="Europe/Paris")
        tell(watched, row, day)
    with watched.read_session() as session:
        account = session.exec(select(Account).where(Account.login == "searcher")).one()
        notice = session.exec(select(Notice).order_by(Notice.id.desc())).first()
        page = open_notice(session, code=notice.code, by=person_of(session, account))
        assert (notice.local_day, list(page.gone)) == (ON + timedelta(2), [])
        subscription = session.get_one(Subscription, row)
        assert availability.tell(session, subscription, ON + timedelta(3), ON + timedelta(2)) is None
