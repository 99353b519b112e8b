"""A small registry in a database, and the store of its snapshots, for the tests of the services."""

import pytest

from services.matching.snapshots import SnapshotStore
from tests.small_registry import put_small_registry


@pytest.fixture
def registry(engines):
    """The engines of a database that holds the small registry."""
    with engines.write_session() as session:
        put_small_registry(session)
    return engines


@pytest.fixture
def fresh(tmp_path):
    """Makes a store that has nothing open yet, as a new process has: `fresh()`."""
    return lambda: SnapshotStore(tmp_path / "snapshots")
