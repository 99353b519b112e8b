"""One's own account: choices, logins, tokens; nothing of anybody else's."""

import pytest
from sqlmodel import select

from models.account import Account, AccountSession, ApiToken
from tests.demo_site import Page
from tests.logins import PASSWORD, log_in, make_account

ENGLISH = {"Accept-Language": "en"}


def page_of(answer) -> Page:
    return Page(answer.get_data(as_text=True))


def sessions_of(engines, login: str) -> list[AccountSession]:
    with engines.read_session() as session:
        account = session.exec(select(Account).where(Account.login == login)).one()
        return list(session.exec(select(AccountSession).where(AccountSession.account_id == account.id)))


def test_a_language_of_ones_own_is_spoken_on_any_browser(app):
    browser = log_in(app.test_client(), app, "reader")
    browser.post("/account", data={"display_name": "Alix", "locale": "fr"})
    other = log_in(app.test_client(), app, "reader")
    assert page_of(other.get("/", headers=ENGLISH)).one("html").attributes["lang"] == "fr"


@pytest.mark.parametrize("data", [{"display_name": ""}, {"display_name": "x" * 200}, {"display_name": "A", "locale": "xx"}])
def test_a_choice_that_cannot_be_comes_back_with_what_was_typed(client, data):
    answer = client.post("/account", data=data, headers=ENGLISH)
    assert answer.status_code == 422
    assert page_of(answer).one("div", id="faults")
    assert page_of(answer).one("input", name="display_name").attributes["value"] == data["display_name"]


def test_single_letter_keys_can_be_switched_off(app):
    browser = log_in(app.test_client(), app, "searcher")
    assert page_of(browser.get("/")).one("body").attributes["data-shortcuts"] == "on"
    browser.post("/account", data={"display_name": "Camille"})
    assert page_of(browser.get("/")).one("body").attributes["data-shortcuts"] == "off"


def test_a_login_elsewhere_is_listed_and_ended(app, engines):
    here, there = (log_in(app.test_client(), app, "searcher") for _ in range(2))
    first, second = sessions_of(engines, "searcher")
    assert len(page_of(here.get("/account", headers=ENGLISH)).all("form", action=f"/account/sessions/{second.id}/end")) == 1
    assert here.post(f"/account/sessions/{second.id}/end").status_code == 303
    assert there.get("/").status_code == 303
    assert here.get("/").status_code == 200
    assert here.post(f"/account/sessions/{first.id}/end").headers["Location"] == "/account"
    assert here.get("/").status_code == 303


def test_all_the_others_end_at_once(app):
    browsers = [log_in(app.test_client(), app, "searcher") for _ in range(4)]
    browsers[2].post("/account/sessions/end-others")
    assert [browser.get("/").status_code for browser in browsers] == [303, 303, 200, 303]


def test_nobody_ends_the_login_or_token_of_somebody_else(app, engines, now):
    other = log_in(app.test_client(), app, "administrator")
    other.post("/account/tokens", data={"name": "nightly", "scope": "read", "days": "30"})
    mine = log_in(app.test_client(), app, "searcher")
    [theirs] = sessions_of(engines, "administrator")
    with engines.read_session() as session:
        token = session.exec(select(ApiToken)).one()
    assert mine.post(f"/account/sessions/{theirs.id}/end").status_code == 404
    assert mine.post(f"/account/tokens/{token.id}/revoke").status_code == 404
    assert other.get("/").status_code == 200


def test_a_token_is_shown_once_and_kept_as_a_hash(app, engines):
    browser = log_in(app.test_client(), app, "searcher")
    made = page_of(browser.post("/account/tokens", data={"name": "night  export", "scope": "read", "days": "30"}))
    [text] = [one.text for one in made.rows("token")]
    assert text.startswith("phq_")
    with engines.read_session() as session:
        row = session.exec(select(ApiToken)).one()
    assert (row.name, row.scope.value) == ("night export", "read")
    assert text not in row.token_hash
    assert text not in browser.get("/account").get_data(as_text=True)


@pytest.mark.parametrize(
    "data",
    [
        {"name": "", "scope": "read", "days": "30"},
        {"name": "x", "scope": "everything", "days": "30"},
        {"name": "x", "scope": "read", "days": "0"},
        {"name": "x", "scope": "read", "days": "99999999999999999999"},
        {"name": "x", "scope": "read", "days": "soon"},
        {"name": "\x00", "scope": "read", "days": "30"},
    ],
)
def test_a_token_that_cannot_be_made_is_said(client, engines, data):
    assert client.post("/account/tokens", data=data, headers=ENGLISH).status_code == 422
    with engines.read_session() as session:
        assert session.exec(select(ApiToken)).all() == []


def test_a_password_is_changed_with_the_present_one_and_ends_other_logins(app, engines, now):
    make_account(engines, "searcher", login="camille", now=now, password=PASSWORD)
    here = log_in(app.test_client(), app, "searcher", login="camille")
    there = log_in(app.test_client(), app, "searcher", login="camille")
    new = "quite another sentence"
    asked = {"current_password": PASSWORD, "new_password": new, "repeated_password": new}
    for wrong in ({"current_password": "no"}, {"repeated_password": "other"}, {"new_password": "short", "repeated_password": "short"}):
        assert here.post("/account/password", data={**asked, **wrong}).status_code == 422
    assert there.get("/").status_code == 200
    assert here.post("/account/password", data=asked).status_code == 303
    assert here.get("/").status_code == 200
    assert there.get("/").status_code == 303
    entered = app.test_client().post("/login", data={"login": "camille", "password": new})
    assert entered.status_code == 303


@pytest.mark.parametrize("role", ["searcher", "reader"])
def test_a_first_password_has_to_be_changed_before_anything_else(app, engines, now, role):
    account = make_account(engines, role, login="new", now=now, password=PASSWORD)
    with engines.write_session() as session:
        session.get(Account, account.id).must_change_password = True
    browser = log_in(app.test_client(), app, role, login="new")
    for address in ("/", "/account", *(["/patients"] if role == "searcher" else [])):
        assert browser.get(address).headers["Location"] == "/account/password"
    assert browser.get("/help").status_code == 200
    asked = {"current_password": PASSWORD, "new_password": "my own sentence", "repeated_password": "my own sentence"}
    browser.post("/account/password", data=asked)
    assert browser.get("/").status_code == 200
