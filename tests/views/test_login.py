"""Logging in, staying, leaving; what happens to a form whose login ended; forged and repeated requests."""

import re
from datetime import timedelta

import pytest
from argon2 import Type
from sqlmodel import select

from models.account import Account, AccountSession
from models.audit import AuditEvent
from services.accounts.login import MOST_FAILURES_OF_A_LOGIN
from tests.demo_site import Page
from tests.logins import PASSWORD, log_in, make_account

ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def known(engines, now):
    """An account that may search, with a password."""
    return make_account(engines, "searcher", login="camille", now=now, password=PASSWORD)


def enter(client, login="camille", password=PASSWORD, **more):
    return client.post("/login", data={"login": login, "password": password, **more}, headers=ENGLISH)


def page_of(answer) -> Page:
    return Page(answer.get_data(as_text=True))


def test_a_login_leads_where_the_person_was_going(app, known):
    browser = app.test_client()
    asked = browser.get("/patients?page=2", headers=ENGLISH)
    assert asked.status_code == 303
    page = page_of(browser.get(asked.headers["Location"], headers=ENGLISH))
    answer = enter(browser, "  CAMILLE ", next=page.one("input", name="next").attributes["value"])
    assert (answer.status_code, answer.headers["Location"]) == (303, "/patients?page=2")
    assert browser.get("/patients").status_code == 200


@pytest.mark.parametrize(
    "elsewhere", ["//attacker.example", "https://attacker.example/", "/\\attacker.example", "javascript:alert(1)", "x"]
)
def test_a_login_leads_nowhere_else(app, known, elsewhere):
    assert enter(app.test_client(), next=elsewhere).headers["Location"] == "/"


@pytest.mark.parametrize(("login", "password"), [("camille", "not this one at all"), ("nobody-here", PASSWORD)])
def test_the_same_answer_for_a_wrong_password_and_an_unknown_login(app, known, login, password):
    answer = enter(app.test_client(), login, password)
    assert answer.status_code == 401
    assert page_of(answer).one("p", id="refusal").text == "This login and this password do not go together."


def test_a_closed_account_is_refused_like_an_unknown_one(app, engines, known):
    with engines.write_session() as session:
        session.get(Account, known.id).active = False
    assert enter(app.test_client()).status_code == 401


def test_failures_hold_an_account_back_and_the_wait_ends(app, engines, known, freeze_at, now):
    browser = app.test_client()
    for _ in range(MOST_FAILURES_OF_A_LOGIN):
        assert enter(browser, password="wrong").status_code == 401
    held = enter(browser)
    assert held.status_code == 429
    assert "Try again in 15 minutes" in page_of(held).one("p", id="refusal").text
    assert enter(browser, "somebody-else").status_code == 401  # another login of the same address is heard
    freeze_at(now + timedelta(minutes=16))
    assert enter(browser).status_code == 303


def test_an_unknown_login_is_held_back_just_the_same(app, known):
    browser = app.test_client()
    for _ in range(MOST_FAILURES_OF_A_LOGIN):
        assert enter(browser, "nobody-here").status_code == 401
    assert enter(browser, "nobody-here").status_code == 429


def test_guessing_a_password_from_its_hash_costs_what_it_should(quick_hashes):
    assert quick_hashes.type is Type.ID
    assert (quick_hashes.time_cost >= 2, quick_hashes.memory_cost >= 19 * 1024) == (True, True)  # OWASP's least


def test_many_failures_from_one_address_hold_it_back(app, known):
    browser = app.test_client()
    for n in range(30):
        enter(browser, f"guess-{n}")
    assert enter(browser).status_code == 429
    other = app.test_client().post(
        "/login", data={"login": "camille", "password": PASSWORD}, environ_base={"REMOTE_ADDR": "10.1.2.3"}
    )
    assert other.status_code == 303


def test_the_trail_tells_of_logins_and_failures_without_the_password(app, engines, known):
    enter(app.test_client(), password="wrong password here")
    enter(app.test_client())
    with engines.read_session() as session:
        events = session.exec(select(AuditEvent).order_by(AuditEvent.id)).all()
    assert [event.action for event in events] == ["login_failed", "login"]
    assert "wrong password here" not in str([event.details for event in events])


def test_the_token_of_a_login_is_not_kept_in_the_database(app, engines, known):
    browser = app.test_client()
    enter(browser)
    with browser.session_transaction() as cookie:
        token = cookie["token"]
    with engines.read_session() as session:
        row = session.exec(select(AccountSession)).one()
    assert token not in (row.token_hash, row.agent)


def test_an_idle_login_ends_and_a_used_one_stays(app, client, freeze_at, now):
    for minutes in (14, 28, 42):
        freeze_at(now + timedelta(minutes=minutes))
        assert client.get("/").status_code == 200
    freeze_at(now + timedelta(minutes=58))
    assert client.get("/").status_code == 303


def test_every_login_ends_after_its_hours(app, client, freeze_at, now):
    for minutes in range(0, 12 * 60, 10):
        freeze_at(now + timedelta(minutes=minutes))
        assert client.get("/").status_code == 200
    freeze_at(now + timedelta(hours=12))
    assert client.get("/").status_code == 303


def test_what_a_page_asks_by_itself_keeps_no_login_alive(app, client, freeze_at, now):
    for minutes in (5, 10, 14):
        freeze_at(now + timedelta(minutes=minutes))
        assert client.get("/imports/none/progress").status_code == 404
    freeze_at(now + timedelta(minutes=16))
    assert client.get("/imports/none/progress").status_code == 303
    assert client.get("/").status_code == 303


def test_a_page_knows_when_its_login_ends_at_the_latest(client, freeze_at, now):
    for minutes in (0, 14):
        freeze_at(now + timedelta(minutes=minutes))
        body = page_of(client.get("/")).one("body").attributes
        assert (body["data-idle-seconds"], body["data-login-seconds"]) == ("900", str(12 * 3600 - 60 * minutes))


def test_staying_logged_in_is_one_press(client, freeze_at, now):
    freeze_at(now + timedelta(minutes=14))
    assert client.post("/session/keep").status_code == 204
    freeze_at(now + timedelta(minutes=28))
    assert client.get("/").status_code == 200


def test_after_logging_out_the_old_cookie_opens_nothing(app, client):
    with client.session_transaction() as cookie:
        kept = dict(cookie)
    assert client.post("/logout").status_code == 303
    with client.session_transaction() as cookie:
        cookie.update(kept)
    assert client.get("/").status_code == 303


def test_a_login_begins_with_nothing_of_the_one_before(app, engines, known):
    browser = log_in(app.test_client(), app, "administrator")
    with browser.session_transaction() as cookie:
        cookie["left"] = "by the person before"
        before = cookie["token"]
    enter(browser)
    with browser.session_transaction() as cookie:
        assert "left" not in cookie
        assert cookie["token"] != before


# --- a form whose login ended ----------------------------------------------------------------------------------


def test_a_form_sent_too_late_is_kept_and_sent_again(app, engines, known, freeze_at, now):
    browser = app.test_client()
    enter(browser)
    freeze_at(now + timedelta(hours=1))
    late = browser.post("/account", data={"display_name": "Camille <b>Nouvelle</b>", "locale": "fr"}, headers=ENGLISH)
    assert late.status_code == 401
    kept = page_of(late).one("input", name="kept").attributes["value"]
    again = page_of(enter(browser, kept=kept))
    assert "Camille <b>Nouvelle</b>" in again.one("main", id="main").text
    form = {one.attributes["name"]: one.attributes["value"] for one in again.all("input") if "name" in one.attributes}
    assert browser.post("/account", data=form).status_code == 303
    with engines.read_session() as session:
        assert session.get(Account, known.id).display_name == "Camille <b>Nouvelle</b>"


def test_another_person_does_not_get_the_form(app, engines, known, freeze_at, now):
    make_account(engines, "searcher", login="dominique", now=now, password=PASSWORD)
    browser = app.test_client()
    enter(browser)
    freeze_at(now + timedelta(hours=1))
    late = browser.post("/account", data={"display_name": "What Camille typed"}, headers=ENGLISH)
    kept = page_of(late).one("input", name="kept").attributes["value"]
    answer = enter(browser, "dominique", kept=kept)
    assert answer.status_code == 303
    assert "What Camille typed" not in answer.get_data(as_text=True)


def test_an_altered_kept_form_is_dropped(app, known):
    assert enter(app.test_client(), kept="forged.kept.form").status_code == 303


def test_a_password_is_never_kept(app, known, freeze_at, now):
    browser = app.test_client()
    enter(browser)
    freeze_at(now + timedelta(hours=1))
    late = browser.post("/account/password", data={"current_password": PASSWORD, "new_password": "another secret!"})
    kept = page_of(late).one("input", name="kept").attributes["value"]
    answer = enter(browser, kept=kept)
    assert PASSWORD not in answer.get_data(as_text=True)
    assert "another secret!" not in answer.get_data(as_text=True)


# --- forged requests -------------------------------------------------------------------------------------------


@pytest.fixture
def guarded(app):
    app.config["WTF_CSRF_ENABLED"] = True
    return app


@pytest.mark.parametrize("address", ["/login", "/logout", "/account", "/account/tokens", "/session/keep"])
def test_a_form_without_its_token_is_refused(guarded, address):
    browser = log_in(guarded.test_client(), guarded)
    for data in ({}, {"csrf_token": "forged"}):
        answer = browser.post(address, data=data, headers=ENGLISH)
        assert answer.status_code == 400
        assert "too old, or comes from elsewhere" in page_of(answer).one("h1").text


def test_the_token_of_the_page_lets_its_form_through(guarded):
    browser = log_in(guarded.test_client(), guarded)
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/account").get_data(as_text=True))[1]
    assert browser.post("/session/keep", data={"csrf_token": token}).status_code == 204
    assert browser.post("/session/keep", headers={"X-CSRFToken": token}).status_code == 204


def test_the_token_of_another_browser_is_refused(guarded):
    one, other = log_in(guarded.test_client(), guarded), log_in(guarded.test_client(), guarded)
    token = re.search(r'name="csrf_token" value="([^"]+)"', one.get("/account").get_data(as_text=True))[1]
    assert other.post("/session/keep", data={"csrf_token": token}).status_code == 400
