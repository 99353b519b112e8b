"""Subscriptions made, refused, changed and ended: every refusal with its sentence, every change in the trail."""

import pytest
from sqlmodel import select

from domain.errors import InvalidFields, NotFound, RefusedByRule
from models.account import Account
from models.audit import AuditEvent
from models.directive import Directive, DirectiveStatus
from models.patient import Patient
from models.subscription import Rhythm, Subscription
from services.accounts.person import person_of
from services.subscriptions import subscribing
from services.subscriptions.subscribing import (
    Wanted,
    change_subscription,
    end_by_hand,
    get_subscription,
    list_subscriptions,
    subscribe,
)
from services.wording.catalogue import messages
from tests.conftest import NOW, close, copy_sqlite, make_app
from tests.logins import make_account
from tests.small_registry import put_patient

RECALLS = Wanted(topic="recalls")


@pytest.fixture(scope="module")
def site(tmp_path_factory, migrated_sqlite):
    """A patient of Bretagne and another whose directive was closed, and people of a few roles."""
    folder = tmp_path_factory.mktemp("subscribing")
    copy_sqlite(migrated_sqlite, folder / "subscribing.sqlite")
    app = make_app(folder, f"sqlite:///{folder / 'subscribing.sqlite'}")
    engines = app.extensions["phenotheque"].engines
    for role in ("searcher", "coordinator", "scientist", "reader", "administrator"):
        make_account(engines, role, now=NOW)
    with engines.write_session() as session:
        put_patient(session, "P1", "A*01 A*03 B*08 B*49")
        closed = put_patient(session, "P2", "A*01 A*03 B*08 B*49")
        known = {"version": 1, "threshold_mfi": 2000, "actor": "x", "created_at": NOW}
        session.add(Directive(patient_id=closed.id, status=DirectiveStatus.CLOSED, **known))
        gone = session.exec(select(Account).where(Account.login == "scientist")).one()
        gone.active = False
    yield engines
    close(app)


@pytest.fixture
def session(site):
    with site.write_session() as session:
        yield session
        session.rollback()


def person(session, login: str):
    return person_of(session, session.exec(select(Account).where(Account.login == login)).one())


def faults(session, wanted: Wanted, by: str) -> list[tuple[str, str]]:
    with pytest.raises(InvalidFields) as refused:
        subscribe(session, wanted, by=person(session, by), now=NOW)
    return [(one.field, one.code) for one in refused.value.faults]


@pytest.mark.parametrize(
    ("by", "wanted", "fault"),
    [
        ("coordinator", Wanted("gossip"), ("topic", "subscription_topic_unknown")),
        ("reader", RECALLS, ("topic", "subscription_right_missing")),
        ("administrator", RECALLS, ("topic", "subscription_right_missing")),
        ("coordinator", Wanted("standing_searches"), ("topic", "subscription_right_missing")),
        ("coordinator", Wanted("job_failures"), ("topic", "subscription_right_missing")),
        ("administrator", Wanted("job_failures", scope="region"), ("scope", "subscription_scope_unknown")),
        ("coordinator", Wanted("recalls", scope="the moon"), ("scope", "subscription_scope_unknown")),
        (
            "coordinator",
            Wanted("recalls", scope="region", region="Atlantis"),
            ("region", "subscription_region_unknown"),
        ),
        ("coordinator", Wanted("recalls", scope="region"), ("region", "subscription_region_unknown")),
        ("coordinator", Wanted("recalls", scope="region", region="a\0"), ("region", "subscription_region_unknown")),
        ("coordinator", Wanted("recalls", scope="patient", patient="P1"), ("patient", "subscription_patient_hidden")),
        ("searcher", Wanted("recalls", scope="patient", patient="P9"), ("patient", "subscription_patient_unknown")),
        ("searcher", Wanted("recalls", scope="patient", patient="\0"), ("patient", "subscription_patient_unknown")),
        (
            "searcher",
            Wanted("standing_searches", scope="patient", patient="P2"),
            ("patient", "subscription_patient_closed"),
        ),
        ("searcher", Wanted("recalls", rhythm="hourly"), ("rhythm", "subscription_rhythm_unknown")),
        ("searcher", Wanted("recalls", format="pdf"), ("format", "subscription_format_unknown")),
        ("searcher", Wanted("recalls", login="coordinator"), ("login", "subscription_not_yours_to_make")),
        ("administrator", Wanted("recalls", login="nobody"), ("login", "subscription_account_unknown")),
        ("administrator", Wanted("recalls", login="scientist"), ("login", "subscription_account_unknown")),  # closed
        ("administrator", Wanted("recalls", login="reader"), ("login", "subscription_right_missing")),
    ],
)
def test_what_cannot_be_subscribed_is_refused_at_its_field(session, by, wanted, fault):
    assert faults(session, wanted, by) == [fault]
    assert fault[1] in messages()
    assert session.exec(select(Subscription)).all() == []


def test_a_subscription_is_made_once_and_again_after_it_ended(session):
    by = person(session, "searcher")
    of_region = Wanted("recalls", scope="region", region="Bretagne", rhythm="weekly", by_mail=False)
    first = subscribe(session, RECALLS, by=by, now=NOW)
    other = subscribe(session, of_region, by=by, now=NOW)
    assert (other.scope, other.rhythm, other.by_mail, other.created_by) == (
        {"region": "Bretagne"},
        Rhythm.WEEKLY,
        False,
        "searcher",
    )
    assert faults(session, RECALLS, "searcher") == [("topic", "subscription_doubled")]
    assert faults(session, of_region, "searcher") == [("topic", "subscription_doubled")]
    end_by_hand(session, code=first.code, by=by, now=NOW)
    subscribe(session, RECALLS, by=by, now=NOW)
    with pytest.raises(RefusedByRule, match="subscription_ended_already"):
        end_by_hand(session, code=first.code, by=by, now=NOW)
    trail = session.exec(select(AuditEvent).order_by(AuditEvent.id)).all()
    assert [one.action for one in trail] == [
        "subscription_made", "subscription_made", "subscription_ended", "subscription_made",
    ]  # fmt: skip
    assert trail[2].details["reason"] == "by_hand"


def test_an_administrator_subscribes_another_and_sees_no_patient_by_it(session):
    admin, searcher = person(session, "administrator"), person(session, "searcher")
    made = subscribe(session, Wanted("recalls", login=" Searcher"), by=admin, now=NOW)
    assert (made.account_id, made.created_by) == (searcher.account_id, "administrator")
    subscribe(session, Wanted("recalls", scope="patient", patient="P1"), by=searcher, now=NOW)
    seen = {(one.login, one.scope, one.about) for one in list_subscriptions(session, by=admin, everybody=True)}
    assert seen == {("searcher", "all", ""), ("searcher", "patient", "")}
    assert {one.about for one in list_subscriptions(session, by=searcher)} == {"", "P1"}
    assert list_subscriptions(session, by=admin) == []
    assert list_subscriptions(session, by=person(session, "coordinator"), everybody=True) == []


def test_somebody_elses_subscription_is_not_there_but_for_an_administrator(session):
    code = subscribe(session, RECALLS, by=person(session, "searcher"), now=NOW).code
    for known in (code, "nothing", "\0"):
        with pytest.raises(NotFound, match="subscription_unknown"):
            get_subscription(session, code=known, by=person(session, "coordinator"))
    end_by_hand(session, code=code, by=person(session, "administrator"), now=NOW)
    assert session.exec(select(Subscription)).one().ended_by == "administrator"


def test_a_change_that_was_made_on_an_older_page_is_refused(session):
    by = person(session, "searcher")
    row = subscribe(session, RECALLS, by=by, now=NOW)
    asked = {"code": row.code, "by": by, "now": NOW}
    change_subscription(session, **asked, version=1, wanted=Wanted("", rhythm="monthly", by_mail=False))
    assert (row.rhythm, row.by_mail, row.version_id) == (Rhythm.MONTHLY, False, 2)
    with pytest.raises(RefusedByRule, match="changed_meanwhile"):
        change_subscription(session, **asked, version=1, wanted=Wanted("", rhythm="daily"))
    with pytest.raises(InvalidFields):
        change_subscription(session, **asked, version=2, wanted=Wanted("", rhythm="hourly"))
    end_by_hand(session, code=row.code, by=by, now=NOW)
    with pytest.raises(RefusedByRule, match="subscription_ended_already"):
        change_subscription(session, **asked, version=row.version_id, wanted=Wanted(""))


def test_a_patient_without_any_directive_yet_is_not_closed(session):
    ids = {one.patient_number: one.id for one in session.exec(select(Patient)).all()}
    assert not subscribing.is_closed(session, ids["P1"])
    assert subscribing.is_closed(session, ids["P2"])
