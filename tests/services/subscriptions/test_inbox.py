"""The inbox: unread first, read on opening, what is new since the notice before, nothing to whoever lost a right."""

from datetime import date, timedelta

import pytest
from sqlmodel import select

from domain.errors import NotFound
from models.account import Account
from models.subscription import Notice, Subscription, Topic
from services.accounts.person import person_of
from services.subscriptions.delivering import keep_notice
from services.subscriptions.inbox import count_unread, list_notices, mark_all_read, mark_read, open_notice
from services.subscriptions.news import Line, News
from tests.conftest import NOW, close, copy_sqlite, make_app
from tests.logins import make_account

FIRST, DAY = date(2026, 11, 23), timedelta(days=1)


@pytest.fixture(scope="module")
def site(tmp_path_factory, migrated_sqlite):
    folder = tmp_path_factory.mktemp("inbox")
    copy_sqlite(migrated_sqlite, folder / "inbox.sqlite")
    app = make_app(folder, f"sqlite:///{folder / 'inbox.sqlite'}")
    engines = app.extensions["phenotheque"].engines
    make_account(engines, "searcher", "coordinator", login="ann", now=NOW)
    make_account(engines, "searcher", login="bob", now=NOW)
    yield engines
    close(app)


@pytest.fixture
def session(site):
    with site.write_session() as session:
        yield session
        session.rollback()


def account(session, login: str) -> Account:
    return session.exec(select(Account).where(Account.login == login)).one()


def put(session, on: date, *subjects: str, login: str = "ann", topic=Topic.RECALLS, query: str = "") -> str:
    """A notice with a line about each subject; gives its code."""
    of, code = account(session, login), f"{login}-{topic}"
    row = session.exec(select(Subscription).where(Subscription.code == code)).first()
    row = row or Subscription(code=code, account_id=of.id, topic=topic, created_at=NOW, created_by="x")
    session.add(row)
    session.flush()
    lines = tuple(Line("recall.serum_undated", {"subject": one}, f"/patients/{one}/file{query}") for one in subjects)
    news = News(Line("recall.summary", {"count": len(lines), "overdue": 0}), lines, "/recalls")
    return keep_notice(session, row, of, news, on=on, now=NOW).code


def by(session, login: str):
    return person_of(session, account(session, login))


def test_the_unread_come_first_and_then_the_latest(session):
    codes = [put(session, FIRST + n * DAY, "P1") for n in range(3)]
    put(session, FIRST, "P1", login="bob")
    ann = by(session, "ann")
    mark_read(session, code=codes[2], by=ann, now=NOW)
    rows, total = list_notices(session, by=ann, limit=10)
    assert [one.code for one in rows] == [codes[1], codes[0], codes[2]]
    assert (total, count_unread(session, ann.account_id)) == (3, 2)
    assert [one.code for one in list_notices(session, by=ann, limit=1, offset=2)[0]] == [codes[2]]
    assert mark_all_read(session, by=ann, now=NOW) == 2
    assert count_unread(session, ann.account_id) == 0
    assert count_unread(session, by(session, "bob").account_id) == 1


def test_a_notice_keeps_the_moment_it_was_first_opened(session):
    code, ann = put(session, FIRST, "P1"), by(session, "ann")
    for hours in (0, 5):
        mark_read(session, code=code, by=ann, now=NOW + timedelta(hours=hours))
    assert session.exec(select(Notice)).one().read_at == NOW


def test_a_notice_says_what_is_new_and_what_is_gone_since_the_one_before_of_the_same_subscription(session):
    put(session, FIRST - DAY, "P9")
    before = put(session, FIRST, "P1", "P2")
    put(session, FIRST, "P3", login="bob")
    code = put(session, FIRST + 2 * DAY, "P2", "P3")
    page = open_notice(session, code=code, by=by(session, "ann"))
    assert [(told.line["params"]["subject"], told.is_new) for told in page.lines] == [("P2", False), ("P3", True)]
    assert ([line["params"]["subject"] for line in page.gone], page.before_on) == (["P1"], FIRST)
    assert (page.older, page.newer) == (before, None)


def test_a_line_whose_page_shows_another_day_is_not_new(session):
    put(session, FIRST, "P1", query="?on=2026-11-21")
    code = put(session, FIRST + DAY, "P1", query="?on=2026-11-22")
    page = open_notice(session, code=code, by=by(session, "ann"))
    assert ([told.is_new for told in page.lines], page.gone) == ([False], [])


def test_the_first_notice_and_news_of_what_happened_are_compared_with_nothing(session):
    assert open_notice(session, code=put(session, FIRST, "P1"), by=by(session, "ann")).lines[0].is_new is None
    put(session, FIRST, "P1", topic=Topic.STANDING_SEARCHES)
    code = put(session, FIRST + DAY, "P2", topic=Topic.STANDING_SEARCHES)
    page = open_notice(session, code=code, by=by(session, "ann"))
    assert ([told.is_new for told in page.lines], page.gone) == ([None], ())


def test_notices_of_one_day_are_turned_over_one_after_the_other(session):
    first = put(session, FIRST, "P1")
    second = put(session, FIRST, "P1", topic=Topic.STANDING_SEARCHES)
    third = put(session, FIRST + DAY, "P1")
    ann = by(session, "ann")
    seen = [(page.older, page.newer) for page in (open_notice(session, code=c, by=ann) for c in (first, second, third))]
    assert seen == [(None, second), (first, third), (second, None)]


@pytest.mark.parametrize("roles", [["reader"], ["coordinator"]])  # the topic is lost; a patient may no longer be seen
def test_who_lost_a_permission_reads_nothing_of_what_it_let_them_see(session, roles):
    code = put(session, FIRST, "P1")
    account(session, "ann").roles = roles
    session.flush()
    page = open_notice(session, code=code, by=by(session, "ann"))
    assert (page.readable, page.lines, page.gone, page.address, page.row.summary) == (False, (), (), "", None)
    assert list_notices(session, by=by(session, "ann"), limit=5)[0][0].summary is None


@pytest.mark.parametrize("code", ["nothing", "\0"])
def test_what_is_not_in_the_inbox_is_not_found(session, code):
    with pytest.raises(NotFound, match="notice_unknown"):
        open_notice(session, code=code, by=by(session, "ann"))


def test_the_notice_of_somebody_else_is_not_found(session):
    code = put(session, FIRST, "P1")
    for deed in (lambda **asked: open_notice(session, **asked), lambda **asked: mark_read(session, now=NOW, **asked)):
        with pytest.raises(NotFound, match="notice_unknown"):
            deed(code=code, by=by(session, "bob"))
