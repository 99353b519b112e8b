"""Accounts and sites as an administrator keeps them."""

import pytest
from sqlmodel import select

from models.account import Account, Site
from tests.demo_site import Page
from tests.logins import log_in

ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def admin(app):
    return log_in(app.test_client(), app, "administrator")


def page_of(answer) -> Page:
    return Page(answer.get_data(as_text=True))


def account(engines, login: str) -> Account | None:
    with engines.read_session() as session:
        return session.exec(select(Account).where(Account.login == login)).first()


def new(admin, **more):
    data = {"login": "camille", "display_name": "Camille", "roles": ["searcher"], "active": "y", "site_id": "0", **more}
    return admin.post("/admin/accounts/new", data=data, headers=ENGLISH)


def edit(admin, login: str, version: int, **more):
    data = {"display_name": "Camille", "roles": ["searcher"], "active": "y", "site_id": "0", "version": version, **more}
    return admin.post(f"/admin/accounts/{login}", data=data, headers=ENGLISH)


def test_an_account_is_made_with_a_first_password_that_opens_it(app, admin, engines):
    page = page_of(new(admin, login="Camille", roles=["searcher", "laboratory"]))
    [password] = [one.text for one in page.rows("token")]
    made = account(engines, "camille")
    assert (made.roles, made.must_change_password) == (["searcher", "laboratory"], True)
    answer = app.test_client().post("/login", data={"login": "camille", "password": password})
    assert answer.status_code == 303
    assert password not in page_of(admin.get("/admin/accounts")).html


@pytest.mark.parametrize(
    "more",
    [{"login": "é"}, {"login": ""}, {"login": "a b"}, {"display_name": ""}, {"roles": ["king"]}, {"site_id": "77"}],
)
def test_an_account_that_cannot_be_made_is_said_and_kept_on_the_page(admin, engines, more):
    answer = new(admin, **more)
    assert answer.status_code == 422
    assert page_of(answer).one("div", id="faults")
    assert account(engines, "camille") is None


def test_a_login_is_taken_once(admin):
    new(admin)
    assert "already taken" in page_of(new(admin)).one("div", id="faults").text


def test_a_role_taken_away_ends_the_logins_that_had_it(app, admin, engines):
    new(admin)
    browser = log_in(app.test_client(), app, "searcher", login="camille")
    with engines.write_session() as session:
        session.get(Account, account(engines, "camille").id).must_change_password = False
    assert browser.get("/patients").status_code == 200
    assert edit(admin, "camille", account(engines, "camille").version_id, roles=["reader"]).status_code == 303
    assert browser.get("/patients").status_code == 303


def test_a_stale_form_changes_nothing(admin, engines):
    new(admin)
    version = account(engines, "camille").version_id
    assert edit(admin, "camille", version, display_name="First").status_code == 303
    answer = edit(admin, "camille", version, display_name="Second")
    assert answer.status_code == 422
    assert "while you were editing" in page_of(answer).one("div", id="faults").text
    assert account(engines, "camille").display_name == "First"


def test_somebody_must_be_left_to_administer(admin, engines):
    answer = edit(admin, "administrator", account(engines, "administrator").version_id, roles=["reader"])
    assert "Nobody would be left" in page_of(answer).one("div", id="faults").text
    assert account(engines, "administrator").roles == ["administrator"]


def test_a_lost_password_is_replaced_and_its_logins_end(app, admin):
    new(admin)
    browser = log_in(app.test_client(), app, "searcher", login="camille")
    page = page_of(admin.post("/admin/accounts/camille/password", headers=ENGLISH))
    assert [one.text for one in page.rows("token")]
    assert browser.get("/").status_code == 303


def test_an_unknown_account_is_not_found(admin):
    assert admin.get("/admin/accounts/nobody").status_code == 404
    assert admin.post("/admin/accounts/nobody/password").status_code == 404
    assert admin.get("/admin/sites/99999999999999999999").status_code == 404
    assert admin.get("/admin/sites/99").status_code == 404


def test_a_site_is_made_changed_and_given_to_an_account(app, admin, engines):
    assert admin.post("/admin/sites", data={"code": "RNS", "name": "Rennes", "active": "y"}).status_code == 303
    with engines.read_session() as session:
        site = session.exec(select(Site)).one()
    assert page_of(admin.get(f"/admin/sites/{site.id}")).one("input", name="code").attributes["value"] == "RNS"
    version = page_of(admin.get(f"/admin/sites/{site.id}")).one("input", name="version").attributes["value"]
    changed = {"site_id": site.id, "version": version, "code": "RNS", "name": "Rennes Pontchaillou", "region": "Bretagne", "active": "y"}
    assert admin.post("/admin/sites", data=changed).status_code == 303
    new(admin, site_id=str(site.id))
    browser = log_in(app.test_client(), app, "searcher", login="camille")
    assert "Rennes Pontchaillou" in browser.get("/account/password").get_data(as_text=True)


def test_a_stale_form_of_a_site_changes_nothing(admin, engines):
    admin.post("/admin/sites", data={"code": "RNS", "name": "Rennes", "active": "y"})
    page = page_of(admin.get("/admin/sites/1"))
    opened = {name: page.one("input", name=name).attributes["value"] for name in ("site_id", "version", "code")}
    assert admin.post("/admin/sites", data={**opened, "name": "First", "active": "y"}).status_code == 303
    answer = admin.post("/admin/sites", data={**opened, "name": "Second", "active": "y"}, headers=ENGLISH)
    assert answer.status_code == 422
    assert "while you were editing" in page_of(answer).one("div", id="faults").text
    assert page_of(answer).one("input", name="name").attributes["value"] == "Second"
    with engines.read_session() as session:
        assert session.exec(select(Site)).one().name == "First"


@pytest.mark.parametrize("data", [{"code": "", "name": "x"}, {"code": "x" * 30, "name": "x"}, {"code": "a", "name": ""}])
def test_a_site_that_cannot_be_is_said(admin, engines, data):
    assert admin.post("/admin/sites", data=data, headers=ENGLISH).status_code == 422
    with engines.read_session() as session:
        assert session.exec(select(Site)).all() == []
