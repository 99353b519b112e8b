"""The pages of the demo, read without a browser."""

import pytest

from tests.conftest import close
from tests.demo_site import Page, make_demo_site, take_keys


@pytest.fixture(scope="session")
def seeded_site(tmp_path_factory, migrated_sqlite):
    app = make_demo_site(tmp_path_factory.mktemp("site"), migrated_sqlite)
    yield app
    close(app)


@pytest.fixture
def demo_site(seeded_site):
    """The application on the demo, made once; tests only read it."""
    take_keys(seeded_site)
    return seeded_site


@pytest.fixture
def browse(demo_site):
    """Reads a page: `browse("/")`; `status` is asserted, the language is English unless asked."""

    def read(address: str, *, status: int = 200, language: str = "en") -> Page:
        answer = demo_site.test_client().get(address, headers={"Accept-Language": language})
        assert answer.status_code == status, answer.get_data(as_text=True)
        return Page(answer.get_data(as_text=True))

    return read
