"""A site made once for the tests of this folder, emptied before each."""

import pytest
import sqlalchemy as sa

from models.account import Account
from models.outbox import OutboxMessage
from models.subscription import Notice, Subscription
from tests.conftest import NOW, close, copy_sqlite, freeze, make_app
from tests.demo_site import take_keys


@pytest.fixture(scope="module")
def made(tmp_path_factory, migrated_sqlite):
    folder = tmp_path_factory.mktemp("mail")
    copy_sqlite(migrated_sqlite, folder / "phenotheque.sqlite")
    app = make_app(folder, f"sqlite:///{folder / 'phenotheque.sqlite'}")
    freeze(app, NOW)
    yield app
    close(app)


@pytest.fixture
def runtime(made):
    """The site of this module, without accounts and messages."""
    take_keys(made)
    held = made.extensions["phenotheque"]
    with held.engines.write_session() as session:
        for table in (OutboxMessage, Notice, Subscription, Account):
            session.connection().execute(sa.delete(table))
    return held


@pytest.fixture
def engines(runtime):
    return runtime.engines
