"""Tables on both databases, and keys that a test may change without harm to the next one."""

import pytest

from models import crypto


@pytest.fixture
def both(app_on, database_url):
    """Engines of a migrated, empty database: SQLite, and PostgreSQL where a server binary is present."""
    return app_on(database_url).extensions["phenotheque"].engines


@pytest.fixture
def no_keys(monkeypatch):
    """No key configured; whatever the test configures is forgotten after it."""
    monkeypatch.setattr(crypto, "_keys", None)
