"""The API on a demo of its own: these tests write."""

import pytest

from services.accounts.tokens import create_token
from tests.conftest import close
from tests.demo_site import NOW, make_demo_site, take_keys
from tests.logins import EVERY_ROLE, log_in, make_account
from tests.views.api.contract import Caller


@pytest.fixture(scope="session")
def api_demo(tmp_path_factory, migrated_sqlite):
    app = make_demo_site(tmp_path_factory.mktemp("api"), migrated_sqlite)
    yield app
    close(app)


@pytest.fixture
def site(api_demo):
    take_keys(api_demo)
    return api_demo


@pytest.fixture
def engines(site):
    return site.extensions["phenotheque"].engines


@pytest.fixture
def token(engines):
    """The text of a new token of somebody of these roles: `token("searcher", scope="read")`."""

    def make(*roles: str, scope: str = "write", days: int = 30) -> str:
        account = make_account(engines, *(roles or EVERY_ROLE), now=NOW)
        with engines.write_session() as session:
            asked = {"account_id": account.id, "name": "test", "scope": scope, "days": days}
            return create_token(session, **asked, actor="test", now=NOW)[1]

    return make


@pytest.fixture
def description(site):
    return site.test_client().get("/api/v1/openapi.json").json


@pytest.fixture
def caller(site, token, description):
    """Calls by bearer token: `caller("searcher")("GET", "/api/v1/patients")`; English, every role unless named."""

    def make(*roles: str, scope: str = "write") -> Caller:
        headers = {"Authorization": f"Bearer {token(*roles, scope=scope)}", "Accept-Language": "en"}
        return Caller(site.test_client(), description, **headers)

    return make


@pytest.fixture
def call(caller):
    """Calls as somebody of every role."""
    return caller()


@pytest.fixture
def browser(site, description):
    """Calls by the login of a browser."""
    return lambda *roles: Caller(log_in(site.test_client(), site, *roles), description)


@pytest.fixture
def nobody(site, description):
    return Caller(site.test_client(), description)
