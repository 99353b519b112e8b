"""The pages of subscriptions, inbox and work to do: who finds what there, without a script, in both languages."""

import sqlite3
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import select

from models.account import Account
from models.directive import Directive
from models.subscription import Notice, Subscription, Topic
from services.subscriptions.delivering import deliver
from services.subscriptions.topics import tellers
from tests.conftest import NOW, TODAY
from tests.demo_site import Page
from tests.logins import log_in
from tests.small_registry import put_patient
from views import frame

ENGLISH = {"Accept-Language": "en"}
PATIENT = "P-SECRET"


@pytest.fixture
def lapsing(engines):
    """A patient whose directive lapses in two days."""
    with engines.write_session() as session:
        patient = put_patient(session, PATIENT, "A*01 A*03 B*08 B*49")
        known = {"version": 1, "threshold_mfi": 2000, "actor": "x", "created_at": NOW}
        session.add(Directive(patient_id=patient.id, valid_until=TODAY + timedelta(days=2), **known))


def page_of(client, address: str, status: int = 200) -> Page:
    answer = client.get(address, headers=ENGLISH)
    assert answer.status_code == status
    return Page(answer.get_data(as_text=True))


def subscribe(client, **fields):
    return client.post("/subscriptions", data={"topic": "recalls", "rhythm": "daily", **fields}, headers=ENGLISH)


def one(engines, table):
    with engines.read_session() as session:
        return session.exec(select(table)).one()


def news_of(engines) -> str:
    """What the daily job does for the only subscription; the code of the notice."""
    with engines.write_session() as session:
        row = session.exec(select(Subscription)).one()
        asked = {"on": TODAY, "last_run_on": None, "tellers": tellers("Europe/Paris"), "now": NOW}
        deliver(session, row.id, **asked)
    return one(engines, Notice).code


def test_from_a_subscription_to_a_notice_that_is_read_and_the_end_of_it(app, engines, lapsing):
    client = log_in(app.test_client(), app, "searcher")
    assert subscribe(client, by_mail="y").status_code == 303
    code = news_of(engines)
    home = page_of(client, "/")
    assert "Inbox 1 1 unread" in home.one("a", href="/inbox").text
    assert "Directives about to lapse, or lapsed 1" in home.one("ol").text
    assert "To do: 1, of which overdue: 0. unread" in page_of(client, "/inbox").one("tbody").text
    notice = page_of(client, f"/inbox/{code}")
    assert f"{PATIENT} · Directive version 1 holds until 24 Nov 2026." in notice.one("main").text
    assert notice.all("a", href=f"/patients/{PATIENT}/directives")
    assert page_of(client, "/").one("a", href="/inbox").text == "Inbox"
    edited = page_of(client, f"/subscriptions/{one(engines, Subscription).code}")
    version = edited.one("input", name="version").attributes["value"]
    asked = {"rhythm": "weekly", "version": version}
    address = f"/subscriptions/{one(engines, Subscription).code}"
    assert client.post(address, data=asked).status_code == 303
    late = client.post(address, data=asked, headers=ENGLISH)
    assert late.status_code == 409
    assert (one(engines, Subscription).rhythm, one(engines, Subscription).by_mail) == ("weekly", False)
    assert client.post(f"{address}/end").status_code == 303
    assert "ended by searcher" in page_of(client, "/subscriptions").one("main").text
    assert "This subscription has ended" in page_of(client, address).one("main").text


def test_a_notice_that_is_no_longer_theirs_tells_nothing(app, engines, lapsing):
    client = log_in(app.test_client(), app, "searcher", login="ann")
    subscribe(client)
    code = news_of(engines)
    with engines.write_session() as session:
        session.exec(select(Account).where(Account.login == "ann")).one().roles = ["coordinator"]
    for address in ("/inbox", f"/inbox/{code}", "/subscriptions", "/recalls"):
        page = page_of(client, address)
        assert PATIENT not in page.html
        assert ("no longer yours to read" in page.html) == address.startswith("/inbox")


def test_nobody_opens_or_ends_what_is_somebody_elses(app, engines, lapsing):
    subscribe(log_in(app.test_client(), app, "searcher"))
    code, other = news_of(engines), log_in(app.test_client(), app, "scientist")
    subscription = one(engines, Subscription).code
    page_of(other, f"/inbox/{code}", 404)
    page_of(other, f"/subscriptions/{subscription}", 404)
    assert other.post(f"/subscriptions/{subscription}/end").status_code == 404
    assert (one(engines, Subscription).ended_at, one(engines, Notice).read_at) == (None, None)
    assert other.post("/inbox/read").status_code == 303
    assert one(engines, Notice).read_at is None


def test_what_is_refused_stands_beside_its_field_and_stays_as_typed(app, lapsing):
    client = log_in(app.test_client(), app, "searcher")
    answer = subscribe(client, scope="patient", patient="P-NOBODY")
    page = Page(answer.get_data(as_text=True))
    assert answer.status_code == 422
    assert page.one("p", id="patient-fault").text == "There is no patient of this number."
    assert page.one("input", id="patient").attributes["value"] == "P-NOBODY"
    assert subscribe(client, patient="x" * 101).status_code == 422
    assert subscribe(client, scope="patient", patient=PATIENT).status_code == 303
    assert "already" in subscribe(client, scope="patient", patient=PATIENT).get_data(as_text=True)


def test_an_administrator_sees_who_is_told_but_no_patient(app, engines, lapsing):
    subscribe(log_in(app.test_client(), app, "searcher"), scope="patient", patient=PATIENT)
    admin = log_in(app.test_client(), app, "administrator")
    page = page_of(admin, "/subscriptions?of=all")
    assert "searcher one patient every day" in page.one("tbody").text
    assert PATIENT not in page.html
    assert "lacks the permission" in subscribe(admin).get_data(as_text=True)
    assert subscribe(admin, login="searcher").headers["Location"] == "/subscriptions?of=all"
    assert (
        "searcher"
        not in page_of(log_in(app.test_client(), app, "coordinator"), "/subscriptions?of=all").one("main").text
    )


@pytest.mark.parametrize(("language", "words"), [("en", "Nothing waits for you"), ("fr", "Rien ne vous attend")])
def test_an_empty_list_says_what_will_stand_there(app, language, words):
    client = log_in(app.test_client(), app, "coordinator")
    for address, said in (("/recalls", words), ("/inbox", None), ("/subscriptions", None)):
        text = client.get(address, headers={"Accept-Language": language}).get_data(as_text=True)
        assert said is None or said in text


def test_a_reader_is_offered_no_topic(app):
    page = page_of(log_in(app.test_client(), app, "reader"), "/subscriptions")
    assert "Your roles open no topic." in page.one("main").text
    assert Topic.RECALLS.value not in page.one("main").text


def test_the_page_of_a_fault_of_the_database_asks_nothing_more_of_it(app, monkeypatch):
    def fail(*_given):
        raise OperationalError("SELECT", {}, sqlite3.OperationalError("database is locked"))

    client = log_in(app.test_client(), app, "coordinator")
    monkeypatch.setattr(frame, "count_unread", fail)
    answer = client.get("/", headers=ENGLISH)
    assert answer.status_code == 503
    assert "Another task is writing to the database" in answer.get_data(as_text=True)
