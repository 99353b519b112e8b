"""The daily job of news: one subscription that fails holds back no other, and the next attempt makes what is missing."""

import pytest
from sqlmodel import select

from jobs import deliver as job
from jobs.daily import run_daily
from models.job import JobStatus
from models.subscription import Notice, Subscription, Topic
from services.subscriptions.news import Line, News
from tests.conftest import NOW, TODAY
from tests.logins import make_account


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


def test_where_nothing_is_to_do_nobody_hears_of_it(runtime):
    assert run_daily(runtime, "deliver_news", on=TODAY).details == {"nothing": 3}
    assert told(runtime) == []
