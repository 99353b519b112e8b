"""The outbox as administrators see it, and an e-mail address as its owner and they keep it."""

import pytest
from sqlmodel import select

from models.account import Account
from models.audit import AuditEvent
from models.outbox import OutboxMessage, OutboxState
from tests.conftest import close
from tests.demo_site import Page
from tests.logins import log_in
from tests.mailing import emptied, make_site, messages, put_news, put_reader

ENGLISH = {"Accept-Language": "en"}
CHOICES = {"display_name": "Anne", "shortcuts": "y"}


@pytest.fixture(scope="module")
def made(tmp_path_factory, migrated_sqlite):
    app = make_site(tmp_path_factory.mktemp("mail"), migrated_sqlite)
    yield app
    close(app)


@pytest.fixture
def app(made):
    """One site for the module, emptied before each test."""
    return emptied(made)


@pytest.fixture
def administrator(app):
    return log_in(app.test_client(), app, "administrator")


def read(client, address, language="en"):
    answer = client.get(address, headers={"Accept-Language": language})
    assert answer.status_code == 200
    return Page(answer.get_data(as_text=True))


def put(engines, state, **values):
    with engines.write_session() as session:
        put_news(session, put_reader(session, email="anne.martin@example.org"), key="key")
        message = session.exec(select(OutboxMessage)).one()
        message.state = OutboxState(state)
        for name, value in values.items():
            setattr(message, name, value)
        return message.id


def account_of(engines, login):
    with engines.read_session() as session:
        return session.exec(select(Account).where(Account.login == login)).one()


def test_what_failed_is_shown_with_its_reason_and_goes_again(administrator, engines, now):
    message = put(engines, "failed", error_code="outbox_login_refused", reply="535 5.7.8", attempts=9, ended_at=now)
    page = read(administrator, "/admin/outbox")
    row = page.all("tr")[1].text
    assert all(
        words in row
        for words in ("Availability of donors", "a…@example.org", "not sent", "535 5.7.8", "refused the login")
    )
    assert "anne.martin" not in page.html
    assert "Messages not sent" in read(administrator, "/").html
    answer = administrator.post(f"/admin/outbox/{message}/again")
    assert (answer.status_code, answer.location) == (303, "/admin/outbox")
    assert (messages(engines)["key"].state, messages(engines)["key"].attempts) == (OutboxState.QUEUED, 0)
    assert administrator.post(f"/admin/outbox/{message}/again").status_code == 409
    assert "Messages not sent" not in read(administrator, "/").html


def test_what_waits_is_cancelled_once(administrator, engines):
    message = put(engines, "queued")
    assert administrator.post(f"/admin/outbox/{message}/cancel").status_code == 303
    assert messages(engines)["key"].state is OutboxState.CANCELLED
    assert administrator.post(f"/admin/outbox/{message}/cancel").status_code == 409
    assert administrator.post("/admin/outbox/none/cancel").status_code == 404


def test_one_state_is_shown_alone_and_an_odd_one_is_all(administrator, engines):
    put(engines, "sent")
    assert len(read(administrator, "/admin/outbox?state=sent").all("tr")) == 2
    assert "No message stands here." in read(administrator, "/admin/outbox?state=failed").html
    assert len(read(administrator, "/admin/outbox?state=odd").all("tr")) == 2


def test_the_page_says_that_the_site_sends_none(administrator):
    assert "This site sends no mail" in read(administrator, "/admin/outbox").html
    assert "Ce site n’envoie pas de courriel" in read(administrator, "/admin/outbox", "fr").html


def test_ones_own_address_is_kept_written_to_once_and_taken_away(app, engines):
    client = log_in(app.test_client(), app, "coordinator")
    for _ in range(2):
        assert client.post("/account", data={**CHOICES, "email": " Anne.Martin@Example.ORG "}).status_code == 303
    assert account_of(engines, "coordinator").email == "Anne.Martin@example.org"
    assert read(client, "/account").one("input", name="email").attributes["value"] == "Anne.Martin@example.org"
    [message] = messages(engines).values()
    assert (message.kind, message.urgent, message.state) == ("address_set", True, OutboxState.QUEUED)
    client.post("/account", data={**CHOICES, "email": ""})
    assert account_of(engines, "coordinator").email is None
    with engines.read_session() as session:
        told = [row.details for row in session.exec(select(AuditEvent).where(AuditEvent.action == "email_set"))]
    assert told[-2:] == [{"email": True}, {"email": False}]


def test_a_form_of_before_there_was_the_field_leaves_the_address(app, engines):
    client = log_in(app.test_client(), app, "coordinator")
    client.post("/account", data={**CHOICES, "email": "anne@example.org"})
    client.post("/account", data=CHOICES)
    assert account_of(engines, "coordinator").email == "anne@example.org"


@pytest.mark.parametrize("email", ["anne@", "x" * 300])
def test_what_is_no_address_comes_back_beside_its_field_and_changes_nothing(app, engines, email):
    client = log_in(app.test_client(), app, "coordinator")
    answer = client.post("/account", data={"display_name": "Other", "email": email}, headers=ENGLISH)
    page = Page(answer.get_data(as_text=True))
    assert answer.status_code == 422
    assert page.one("input", name="email").attributes["aria-invalid"] == "true"
    account = account_of(engines, "coordinator")
    assert (account.email, account.display_name) == (None, "Coordinator")


def test_an_address_that_was_refused_is_said_until_it_is_changed(app, engines, now):
    client = log_in(app.test_client(), app, "coordinator")
    client.post("/account", data={**CHOICES, "email": "anne@example.org"})
    with engines.write_session() as session:
        session.exec(select(Account).where(Account.login == "coordinator")).one().email_refused_at = now
    words = "A mail to this address was refused"
    assert words in read(client, "/account").html
    client.post("/account", data={**CHOICES, "email": "anne@example.org"})  # the same again is no change
    assert words in read(client, "/account").html
    client.post("/account", data={**CHOICES, "email": "anne.martin@example.org"})
    assert words not in read(client, "/account").html


def test_an_administrator_gives_and_changes_an_address(administrator, engines):
    form = {"login": "anne", "display_name": "Anne", "roles": "coordinator", "email": "anne@example.org", "active": "y"}
    assert administrator.post("/admin/accounts/new", data=form).status_code == 200
    assert account_of(engines, "anne").email == "anne@example.org"
    page = read(administrator, "/admin/accounts/anne")
    assert page.one("input", name="email").attributes["value"] == "anne@example.org"
    change = {**form, "version": page.one("input", name="version").attributes["value"], "display_name": "Other"}
    assert administrator.post("/admin/accounts/anne", data={**change, "email": "odd"}).status_code == 422
    assert account_of(engines, "anne").display_name == "Anne"  # nothing of it
    assert administrator.post("/admin/accounts/anne", data={**change, "email": ""}).status_code == 303
    assert (account_of(engines, "anne").email, account_of(engines, "anne").display_name) == (None, "Other")
