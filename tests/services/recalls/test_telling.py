"""The work as news: to each what they may see and asked for, in one reading of the registry, the same on another day."""

from datetime import timedelta

import pytest
from sqlmodel import select

from models.account import Account
from models.directive import Directive
from models.patient import Patient
from models.subscription import Subscription, Topic
from services.recalls import telling
from services.recalls.kinds import Item, Kind
from services.recalls.telling import MOST_LINES, news_of, teller_of_recalls
from tests.conftest import close, copy_sqlite, make_app
from tests.logins import make_account
from tests.recruiting import NOW, TIMING, put_campaign, put_invitation
from tests.small_registry import put_patient, put_small_registry

TODAY, DAY = TIMING.today, timedelta(days=1)
ZONE = "Europe/Paris"


@pytest.fixture(scope="module")
def registry(tmp_path_factory, migrated_sqlite):
    """Two donors to call in a campaign of one region, and a directive that lapses of a patient of another."""
    folder = tmp_path_factory.mktemp("telling")
    copy_sqlite(migrated_sqlite, folder / "telling.sqlite")
    app = make_app(folder, f"sqlite:///{folder / 'telling.sqlite'}")
    engines = app.extensions["phenotheque"].engines
    with engines.write_session() as session:
        put_small_registry(session)
        campaign = put_campaign(session, "Runs", criteria={"regions": ["Corse"]})
        put_invitation(session, campaign, "PT0001")
        put_invitation(session, campaign, "PT0002")
        patient = put_patient(session, "N1", "A*01 A*03 B*08 B*49", region="Bretagne")
        known = {"version": 1, "threshold_mfi": 2000, "actor": "x", "created_at": NOW}
        session.add(Directive(patient_id=patient.id, valid_until=TODAY, **known))
    yield engines
    close(app)


def told(engines, *roles: str, scope=None, tell=None, login=None):
    account = make_account(engines, *roles, login=login, now=NOW)
    with engines.read_session() as session:
        if scope == "N1":
            scope = {"patient": session.exec(select(Patient.id).where(Patient.patient_number == "N1")).one()}
        row = Subscription(
            code="s", account_id=account.id, topic=Topic.RECALLS, scope=scope or {}, created_at=NOW, created_by="x"
        )
        return (tell or teller_of_recalls(ZONE))(session, row, TODAY, None)


@pytest.mark.parametrize(
    ("roles", "scope", "subjects"),
    [
        (["coordinator"], {}, ["Runs"]),
        (["searcher"], {}, ["N1"]),
        (["searcher", "coordinator"], {}, ["Runs", "N1"]),
        (["searcher", "coordinator"], {"region": "Corse"}, ["Runs"]),
        (["searcher", "coordinator"], {"region": "Bretagne"}, ["N1"]),
        (["searcher", "coordinator"], "N1", ["N1"]),
        (["coordinator"], {"region": "Bretagne"}, None),
        (["reader"], {}, None),
    ],
)
def test_each_is_told_what_is_theirs_and_in_their_scope(registry, roles, scope, subjects):
    news = told(registry, *roles, scope=scope)
    assert (news and [line.params["subject"] for line in news.lines]) == subjects


def test_the_registry_is_read_once_for_all_who_are_told(registry, monkeypatch):
    read = []
    kept = telling.work_items
    monkeypatch.setattr(telling, "work_items", lambda *given: read.append(given) or kept(*given))
    tell = teller_of_recalls(ZONE)
    assert told(registry, "coordinator", tell=tell) != told(registry, "searcher", tell=tell)
    assert len(read) == 1


def test_a_summary_counts_and_names_nobody(registry):
    news = told(registry, "searcher", "coordinator")
    assert (news.summary.code, news.summary.params) == ("recall.summary", {"count": 3, "overdue": 0})


def test_what_is_beyond_the_first_lines_is_counted():
    items = [
        Item(Kind.RARE_AGAIN, TODAY - n % 2 * DAY, f"D{n}", "rare_alert.again", {}, "/rare-donors/x")
        for n in range(MOST_LINES + 3)
    ]
    news = news_of(items, TODAY)
    assert len(news.lines) == MOST_LINES + 1
    assert (news.lines[-1].code, news.lines[-1].params) == ("recall.more", {"count": 3})
    assert news.summary.params == {"count": MOST_LINES + 3, "overdue": 101}
    assert news_of([], TODAY) is None


def test_the_permissions_are_those_of_the_moment(registry):
    account = make_account(registry, "searcher", login="changes", now=NOW)
    assert told(registry, login="changes") is not None
    with registry.write_session() as session:
        session.get_one(Account, account.id).roles = ["reader"]
    assert told(registry, login="changes") is None
