"""The daily job of news: one subscription that fails holds back no other, and the next attempt makes what is missing."""

from datetime import timedelta

import pytest
from sqlmodel import select

from domain.campaign_life import Stage
from jobs import deliver as job
from jobs.daily import run_daily
from models.directive import Directive
from models.job import JobStatus
from models.patient import Patient
from models.subscription import Notice, Subscription, Topic
from services.accounts.person import person_of
from services.subscriptions.inbox import count_unread, list_notices, mark_all_read, open_notice
from services.subscriptions.news import Line, News
from services.subscriptions.subscribing import Wanted, subscribe
from tests.conftest import NOW, TODAY
from tests.logins import make_account
from tests.recruiting import put_campaign, put_invitation
from tests.small_registry import put_small_registry


@pytest.fixture
def runtime(app):
    runtime = app.extensions["phenotheque"]
    for login in ("ann", "bob", "cid"):
        account = make_account(runtime.engines, "coordinator", login=login, now=NOW)
        with runtime.engines.write_session() as session:
            known = {"topic": Topic.RECALLS, "created_at": NOW, "created_by": "x"}
            session.add(Subscription(code=login, account_id=account.id, **known))
    return runtime


def told(runtime) -> list[str]:
    with runtime.engines.read_session() as session:
        query = select(Subscription.code).join(Notice, Notice.subscription_id == Subscription.id)
        return sorted(session.exec(query).all())


def test_a_failure_is_counted_the_others_are_told_and_the_next_attempt_tells_the_rest(runtime, monkeypatch):
    broken = {"bob"}

    def tell(_session, row, _on, _since):
        if row.code in broken:
            raise ZeroDivisionError
        return News(Line("recall.summary", {"count": 1, "overdue": 0}), (), "/recalls")

    monkeypatch.setattr(job, "tellers", lambda _zone: {Topic.RECALLS: tell})
    run = run_daily(runtime, "deliver_news", on=TODAY)
    assert (run.status, run.fault_code) == (JobStatus.FAILED, "news_not_delivered")
    assert run.details == {"told": 2, "failed": 1}
    assert told(runtime) == ["ann", "cid"]
    broken.clear()
    run = run_daily(runtime, "deliver_news", on=TODAY, again=True)
    assert (run.status, run.details) == (JobStatus.DONE, {"already": 2, "told": 1})
    assert told(runtime) == ["ann", "bob", "cid"]


def test_on_each_database_work_is_told_read_and_counted_and_no_work_is_not_told(database_url, app_on):
    runtime = app_on(database_url).extensions["phenotheque"]
    account = make_account(runtime.engines, "coordinator", "searcher", login="ann", now=NOW)
    with runtime.engines.write_session() as session:
        put_small_registry(session)
        by = person_of(session, account)
        subscribe(session, Wanted("recalls"), by=by, now=NOW)
    assert run_daily(runtime, "deliver_news", on=TODAY).details == {"nothing": 1}
    with runtime.engines.write_session() as session:
        campaign = put_campaign(session)
        put_invitation(session, campaign, "PT0001", stage=Stage.APPOINTED, appointment_at=NOW - timedelta(days=1))
        patient = session.exec(select(Patient)).one()
        known = {"patient_id": patient.id, "version": 1, "threshold_mfi": 2000, "actor": "x", "created_at": NOW}
        session.add(Directive(valid_until=TODAY, **known))
    assert run_daily(runtime, "deliver_news", on=TODAY, again=True).details == {"told": 1}
    with runtime.engines.write_session() as session:
        [notice], _ = list_notices(session, by=by, limit=5)
        subjects = [one.line["params"]["subject"] for one in open_notice(session, code=notice.code, by=by).lines]
        assert (subjects, count_unread(session, by.account_id)) == (["PT0001", "P1"], 1)
        assert mark_all_read(session, by=by, now=NOW) == 1
        assert count_unread(session, by.account_id) == 0
