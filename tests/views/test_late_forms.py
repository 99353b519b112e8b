"""A form whose login ended or was renewed in another tab: nothing typed is lost, and nothing forged gets through."""

import io
import re

import pytest
from sqlmodel import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from models.account import Account
from models.job import Upload
from tests.demo_site import Page
from tests.logins import PASSWORD, make_account

HERE = {"Accept-Language": "en", "Origin": "http://localhost", "Referer": "http://localhost/account"}
TYPED = {"display_name": "Camille <b>Nouvelle</b>", "locale": "fr", "shortcuts": "y"}


@pytest.fixture
def browser(app, engines, now):
    """One browser, whose tabs share its cookie, with Camille logged in; every form needs its token."""
    for login in ("camille", "dominique"):
        make_account(engines, "laboratory", login=login, now=now, password=PASSWORD)
    app.config["WTF_CSRF_ENABLED"] = True
    client = app.test_client()
    enter(client)
    return client


def page_of(answer) -> Page:
    return Page(answer.get_data(as_text=True))


def token_on(browser, address) -> str:
    return page_of(browser.get(address, headers=HERE)).all("input", name="csrf_token")[0].attributes["value"]


def enter(browser, login="camille", **more):
    """Log in, as in any tab."""
    data = {"login": login, "password": PASSWORD, "csrf_token": token_on(browser, "/login"), **more}
    return browser.post("/login", data=data, headers=HERE)


def log_out(browser):
    answer = browser.post("/logout", data={"csrf_token": token_on(browser, "/account")}, headers=HERE)
    assert answer.status_code == 303


def end_by_time(browser):
    """The login's time is over, and the cookie still says whose it was."""
    with browser.session_transaction() as cookie:
        cookie["seen"] = 0


def fields_of(page, action) -> dict[str, str]:
    """What a press on the button of a form would send."""
    form = page.html[page.html.index(f'action="{action}"') :]
    return {
        one.attributes["name"]: one.attributes["value"]
        for one in Page(form[: form.index("</form>")]).all("input")
        if "name" in one.attributes
    }


def renew(browser):
    """The login ends, and another begins in another tab."""
    end_by_time(browser)
    enter(browser)


def name_of(engines, login="camille") -> str:
    with engines.read_session() as session:
        return session.exec(select(Account).where(Account.login == login)).one().display_name


def sent_on(browser, page, engines):
    """Nothing was saved; what was typed is shown with its address, and saved once it is sent on."""
    assert name_of(engines) == "Camille"
    assert TYPED["display_name"] in page.one("main", id="main").text
    assert "/account" in [one.text for one in page.all("code")]
    assert browser.post("/account", data=fields_of(page, "/account"), headers=HERE).status_code == 303
    assert name_of(engines) == TYPED["display_name"]


@pytest.mark.parametrize("end", [end_by_time, log_out])
def test_a_form_of_a_login_that_was_renewed_in_another_tab_is_shown_to_be_sent_on(browser, engines, end):
    old = token_on(browser, "/account")
    end(browser)
    enter(browser)
    answer = browser.post("/account", data={**TYPED, "csrf_token": old}, headers=HERE)
    assert answer.status_code == 400
    sent_on(browser, page_of(answer), engines)


@pytest.mark.parametrize("end", [end_by_time, log_out])
def test_a_form_of_a_login_that_ended_in_another_tab_is_kept_by_the_login_page(browser, engines, end):
    old = token_on(browser, "/account")
    end(browser)
    answer = browser.post("/account", data={**TYPED, "csrf_token": old}, headers=HERE)
    assert answer.status_code == 401
    kept = page_of(answer).one("input", name="kept").attributes["value"]
    sent_on(browser, page_of(enter(browser, kept=kept)), engines)


def test_what_was_kept_after_logging_out_is_for_nobody_else(browser, engines):
    old = token_on(browser, "/account")
    log_out(browser)
    late = browser.post("/account", data={**TYPED, "csrf_token": old}, headers=HERE)
    kept = page_of(late).one("input", name="kept").attributes["value"]
    answer = enter(browser, "dominique", kept=kept)
    assert answer.status_code == 303
    assert "Nouvelle" not in answer.get_data(as_text=True)


def test_a_login_page_that_grew_old_keeps_what_it_kept(browser, engines):
    old = token_on(browser, "/account")
    log_out(browser)
    page = page_of(browser.post("/account", data={**TYPED, "csrf_token": old}, headers=HERE))
    sent = fields_of(page, "/login")
    enter(browser)  # in another tab, and out again
    log_out(browser)
    again = browser.post("/login", data={**sent, "login": "camille", "password": PASSWORD}, headers=HERE)
    assert again.status_code == 400
    assert PASSWORD not in again.get_data(as_text=True)
    kept = page_of(again).one("input", name="kept").attributes["value"]
    sent_on(browser, page_of(enter(browser, kept=kept)), engines)


def test_passwords_and_tokens_are_not_given_back(browser):
    old = token_on(browser, "/account/password")
    renew(browser)
    typed = {"current_password": PASSWORD, "new_password": "another secret!", "csrf_token": old}
    answer = browser.post("/account/password", data=typed, headers=HERE)
    assert answer.status_code == 400
    for never in (PASSWORD, "another secret!", old):
        assert never not in answer.get_data(as_text=True)


def test_the_address_keeps_what_follows_the_question_mark(browser):
    old = token_on(browser, "/account")
    renew(browser)
    page = page_of(browser.post("/account?from=here", data={**TYPED, "csrf_token": old}, headers=HERE))
    assert page.all("form", action="/account?from=here")


# --- files -----------------------------------------------------------------------------------------------------


def send_file(browser, token):
    stream = FileStorage(io.BytesIO(b"donor_number\n" + b"D1\n" * 300_000), "donors.csv")  # long enough for a file
    boundary, body = encode_multipart({"file": stream, "kind": "donors", "csrf_token": token})
    kind = f'multipart/form-data; boundary="{boundary}"'
    return browser.post("/imports/new", data=body, content_type=kind, headers=HERE)


def test_a_file_sent_after_a_renewed_login_has_to_be_chosen_again(browser, engines):
    old = token_on(browser, "/imports/new")
    renew(browser)
    answer = send_file(browser, old)
    assert answer.status_code == 400
    assert "A file is not kept: choose it again." in page_of(answer).one("main", id="main").text
    assert page_of(answer).all("a", href="/imports/new")
    assert not page_of(answer).all("form", action="/imports/new")
    with engines.read_session() as session:
        assert session.exec(select(Upload)).all() == []


@pytest.mark.parametrize("end", [end_by_time, log_out])
def test_a_file_sent_without_a_login_has_to_be_chosen_again(browser, end):
    old = token_on(browser, "/imports/new")
    end(browser)
    answer = send_file(browser, old)
    assert answer.status_code == 401
    page = page_of(answer)
    assert "a file is not kept" in page.one("p", id="refusal").text
    assert not page.all("input", name="kept")
    entered = enter(browser, next=page.one("input", name="next").attributes["value"])
    assert entered.headers["Location"] == "/imports/new"


# --- what nobody typed -----------------------------------------------------------------------------------------


def test_logging_out_twice_leads_to_the_login(browser):
    old = token_on(browser, "/account")
    log_out(browser)
    answer = browser.post("/logout", data={"csrf_token": old}, headers=HERE)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login")


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"Origin": "null"},
        {"Origin": "https://elsewhere.example"},
        {"Referer": "https://elsewhere.example/localhost/"},
        {"Origin": "http://localhost.elsewhere.example"},
        {"Origin": "http://localhost:8001"},
        {"Origin": "https://elsewhere.example", "Referer": "http://localhost/account"},
        {"Origin": "http://localhost", "Referer": "https://elsewhere.example/"},
    ],
)
@pytest.mark.parametrize("end", [None, end_by_time, log_out])
def test_a_form_of_another_site_is_refused_and_not_shown(browser, engines, told, end):
    if end:
        end(browser)
    answer = browser.post("/account", data={"display_name": "Forged"}, headers={"Accept-Language": "en", **told})
    assert answer.status_code == 400
    assert "too old, or comes from elsewhere" in page_of(answer).one("h1").text
    assert "Forged" not in answer.get_data(as_text=True)
    assert name_of(engines) == "Camille"


def test_a_browser_that_nobody_logged_in_on_gets_nothing_kept(app, browser):
    answer = app.test_client().post("/account", data=TYPED, headers=HERE)
    assert answer.status_code == 400
    assert not re.search('name="kept"|Nouvelle', answer.get_data(as_text=True))


def test_a_piece_of_a_page_and_a_program_are_refused_as_ever(browser):
    fragment = browser.post("/account", data=TYPED, headers={**HERE, "HX-Request": "true"})
    assert fragment.status_code == 400
    assert page_of(fragment).one("div", role="alert")
    assert browser.post("/api/v1/tokens", json={}, headers=HERE).json["code"] == "csrf_needed"
