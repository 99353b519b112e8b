"""A site made once for the tests of this folder, emptied before each."""

import pytest

from tests.conftest import close
from tests.mailing import emptied, make_site


@pytest.fixture(scope="module")
def made(tmp_path_factory, migrated_sqlite):
    app = make_site(tmp_path_factory.mktemp("mail"), migrated_sqlite)
    yield app
    close(app)


@pytest.fixture
def runtime(made):
    """The site of this module, without accounts and messages."""
    return emptied(made).extensions["phenotheque"]


@pytest.fixture
def engines(runtime):
    return runtime.engines
