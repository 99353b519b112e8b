"""The pages of the demo, read without a browser."""

import pytest

from tests.conftest import close
from tests.demo_site import Page, make_demo_site, put_availability, take_keys
from tests.logins import log_in


@pytest.fixture(scope="session")
def seeded_site(tmp_path_factory, migrated_sqlite):
    app = make_demo_site(tmp_path_factory.mktemp("site"), migrated_sqlite)
    put_availability(app)
    yield app
    close(app)


@pytest.fixture
def demo_site(seeded_site):
    """The application on the demo, made once; tests only read it."""
    take_keys(seeded_site)
    return seeded_site


@pytest.fixture
def visitor(demo_site):
    """A browser without scripts, logged in with every role or those named: `visitor("searcher").get("/")`."""
    return lambda *roles: log_in(demo_site.test_client(), demo_site, *roles)


@pytest.fixture
def browse(visitor):
    """Reads a page: `browse("/")`; `status` is asserted, the language is English and every role held unless asked."""

    def read(address: str, *, status: int = 200, language: str = "en", roles: tuple[str, ...] = ()) -> Page:
        answer = visitor(*roles).get(address, headers={"Accept-Language": language})
        assert answer.status_code == status, answer.get_data(as_text=True)
        return Page(answer.get_data(as_text=True))

    return read
