"""News of a day: once for a subscription, on the days of its rhythm, to whoever may still know, none lost or doubled."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import select

from models.account import Account
from models.audit import AuditEvent
from models.directive import Directive, DirectiveStatus
from models.job import JobRun, JobStatus
from models.patient import Patient
from models.subscription import Notice, Rhythm, Subscription, Topic
from services.subscriptions.delivering import Outcome, deliver, last_run_before, standing_subscriptions
from services.subscriptions.mailing import message_about
from services.subscriptions.news import Line, News
from services.subscriptions.rhythm import MOST_DAYS_BACK, falls_on, last_due_on
from tests.conftest import NOW, close, copy_sqlite, make_app
from tests.logins import make_account
from tests.small_registry import put_patient

MONDAY, DAY = date(2026, 11, 23), timedelta(days=1)
SAID = News(
    Line("recall.summary", {"count": 1, "overdue": 0}),
    (Line("recall.serum_undated", {"subject": "P1"}, "/x"),),
    "/recalls",
)


@pytest.fixture(scope="module")
def site(tmp_path_factory, migrated_sqlite):
    folder = tmp_path_factory.mktemp("delivering")
    copy_sqlite(migrated_sqlite, folder / "delivering.sqlite")
    app = make_app(folder, f"sqlite:///{folder / 'delivering.sqlite'}")
    engines = app.extensions["phenotheque"].engines
    make_account(engines, "searcher", now=NOW)
    with engines.write_session() as session:
        put_patient(session, "P1", "A*01 A*03 B*08 B*49")
    yield engines
    close(app)


@pytest.fixture
def session(site):
    with site.write_session() as session:
        yield session
        session.rollback()


def put(session, rhythm=Rhythm.DAILY, topic=Topic.RECALLS, **scope) -> Subscription:
    account = session.exec(select(Account)).one()
    row = Subscription(
        code="s", account_id=account.id, topic=topic, scope=scope, rhythm=rhythm, created_at=NOW, created_by="x"
    )
    session.add(row)
    session.flush()
    return row


def tell(session, row, on: date, *, last_run_on: date | None = None, news: News | None = SAID):
    """What came of it, and the days that the teller was given."""
    asked = []

    def teller(_session, _row, day, since):
        asked.append((day, since))
        return news

    told = deliver(session, row.id, on=on, last_run_on=last_run_on, tellers=dict.fromkeys(Topic, teller), now=NOW)
    return told, asked


def notices(session) -> list[Notice]:
    return list(session.exec(select(Notice).order_by(Notice.local_day)).all())


def test_a_day_is_told_once_however_often_it_is_asked(session):
    row = put(session)
    assert tell(session, row, MONDAY) == (Outcome.TOLD, [(MONDAY, NOW.date())])  # since they subscribed
    assert tell(session, row, MONDAY) == (Outcome.ALREADY, [])
    assert tell(session, row, MONDAY + DAY) == (Outcome.TOLD, [(MONDAY + DAY, MONDAY)])
    assert [one.local_day for one in notices(session)] == [MONDAY, MONDAY + DAY]


def test_the_first_news_on_the_day_of_the_subscription_are_of_that_day(session):
    assert tell(session, put(session), NOW.date()) == (Outcome.TOLD, [(NOW.date(), None)])


def test_a_past_day_that_was_not_told_is_told_when_it_is_asked_again(session):
    row = put(session)
    tell(session, row, MONDAY)
    tell(session, row, MONDAY + 2 * DAY)
    assert tell(session, row, MONDAY + DAY) == (Outcome.TOLD, [(MONDAY + DAY, MONDAY)])


def test_nothing_to_tell_makes_no_notice(session):
    assert tell(session, put(session), MONDAY, news=None)[0] is Outcome.NOTHING
    assert notices(session) == []


def test_nobody_is_told_of_a_day_before_they_subscribed(session):
    assert tell(session, put(session), NOW.date() - DAY) == (None, [])


def test_a_notice_keeps_what_was_said_and_by_which_permissions_but_no_mail_carries_a_line(session):
    row = put(session)
    tell(session, row, MONDAY)
    notice = notices(session)[0]
    assert notice.news["lines"] == [{"code": "recall.serum_undated", "params": {"subject": "P1"}, "address": "/x"}]
    assert set(notice.news["seen_with"]) == {"reserve", "see_patients", "see_reservations", "write_directives"}
    message = message_about(row, notice)
    assert message["params"] == {
        "topic": "recalls", "notice": notice.code, "summary_code": "recall.summary",
        "summary_params": {"count": 1, "overdue": 0},
    }  # fmt: skip
    assert "P1" not in str(message)


def test_weekly_news_of_a_monday_without_a_run_come_with_the_next_run_and_once(session):
    row = put(session, Rhythm.WEEKLY)
    sunday, wednesday = MONDAY - DAY, MONDAY + 2 * DAY
    assert tell(session, row, wednesday, last_run_on=MONDAY)[0] is None
    assert tell(session, row, wednesday, last_run_on=sunday)[0] is Outcome.TOLD
    assert tell(session, row, wednesday + DAY, last_run_on=sunday)[0] is Outcome.ALREADY  # that run had failed
    assert tell(session, row, MONDAY + 7 * DAY, last_run_on=wednesday)[0] is Outcome.TOLD


def test_the_last_run_is_the_last_that_ended_well_before_the_day(session):
    for days, status in ((-3, JobStatus.DONE), (-2, JobStatus.DONE), (-1, JobStatus.FAILED), (1, JobStatus.DONE)):
        run = {"job": "deliver_news", "local_day": MONDAY + days * DAY, "started_at": NOW}
        session.add(JobRun(status=status, **run))
    session.add(JobRun(job="rare_donors", local_day=MONDAY - DAY, status=JobStatus.DONE, started_at=NOW))
    session.flush()
    assert last_run_before(session, MONDAY) == MONDAY - 2 * DAY
    assert last_run_before(session, MONDAY - 9 * DAY) is None


@pytest.mark.parametrize(
    ("change", "reason"), [({"roles": ["reader"]}, "right_lost"), ({"active": False}, "account_closed")]
)
def test_who_may_know_no_more_is_told_nothing_and_the_subscription_ends(session, change, reason):
    row = put(session, Rhythm.MONTHLY)
    for name, value in change.items():
        setattr(session.get_one(Account, row.account_id), name, value)
    assert tell(session, row, MONDAY) == (Outcome.ENDED, [])
    assert (row.ended_by, row.ended_reason, notices(session)) == ("jobs", reason, [])
    assert tell(session, row, MONDAY) == (None, [])
    assert standing_subscriptions(session) == []
    trail = session.exec(select(AuditEvent)).one()
    assert (trail.action, trail.details["reason"]) == ("subscription_ended", reason)


def test_the_end_of_a_patients_directive_is_said_once_and_ends_the_subscription(session):
    patient = session.exec(select(Patient)).one()
    row = put(session, topic=Topic.STANDING_SEARCHES, patient=patient.id)
    known = {"patient_id": patient.id, "version": 1, "threshold_mfi": 2000, "actor": "x", "created_at": NOW}
    directive = Directive(**known)
    session.add(directive)
    session.flush()
    assert tell(session, row, MONDAY)[0] is Outcome.TOLD
    directive.status = DirectiveStatus.CLOSED
    session.flush()
    assert tell(session, row, MONDAY + DAY) == (Outcome.ENDED, [])
    assert tell(session, row, MONDAY + 2 * DAY) == (None, [])
    assert [one.news["lines"][0]["code"] for one in notices(session)] == ["recall.serum_undated", "news.patient_closed"]
    assert "P1" not in str(notices(session)[1].news["summary"])


DAYS = st.dates(date(2026, 1, 1), date(2028, 12, 31))


@settings(max_examples=40)
@given(rhythm=st.sampled_from(Rhythm), on=DAYS, gaps=st.lists(st.integers(1, 20), min_size=1, max_size=8))
def test_a_run_answers_for_every_due_day_since_the_run_before(rhythm, on, gaps):
    last = on
    for gap in gaps:
        run = last + gap * DAY
        due = [last + (n + 1) * DAY for n in range(gap) if falls_on(rhythm, last + (n + 1) * DAY)]
        assert last_due_on(rhythm, on=run, since=last) == (due[-1] if due else None)
        last = run


def test_a_run_looks_back_a_month_and_without_an_earlier_run_at_its_own_day():
    assert last_due_on(Rhythm.MONTHLY, on=date(2026, 12, 2), since=date(2020, 1, 1)) == date(2026, 12, 1)
    assert last_due_on(Rhythm.MONTHLY, on=date(2026, 12, 2), since=None) is None
    assert last_due_on(Rhythm.WEEKLY, on=MONDAY, since=None) == MONDAY
    assert MOST_DAYS_BACK == 31  # so that the first of a month is found from any of its days
