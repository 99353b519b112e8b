"""A small registry in a database, and the store of its snapshots, for the tests of the services."""

import pytest

from models.database import make_engines
from services.matching.snapshots import SnapshotStore
from tests.conftest import close, copy_sqlite, make_app
from tests.demo_site import take_keys
from tests.small_registry import BEADS, PATIENT, put_patient, put_serum, put_small_registry
from tests.standing import direct, look, watch


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


@pytest.fixture(scope="module")
def prepared(tmp_path_factory, migrated_sqlite):
    """P1 watched with a first look; P2, who has the same typing and serum and an anti-CD36, watched too."""
    folder = tmp_path_factory.mktemp("watched")
    copy_sqlite(migrated_sqlite, folder / "watched.sqlite")
    app = make_app(folder, f"sqlite:///{folder / 'watched.sqlite'}")
    engines = app.extensions["phenotheque"].engines
    with engines.write_session() as session:
        put_small_registry(session)
        put_serum(session, put_patient(session, "P2", PATIENT), "T1", BEADS)
        direct(session)
        direct(session, "P2", anti_cd36=True)
        watch(session)
        watch(session, "P2")
    assert look(engines, folder, 0) == {
        "searches": 2, "first": 2, "changed": 0, "new": 0, "lost": 0, "unreadable": 0, "ended": 0
    }  # fmt: skip
    yield app, folder / "watched.sqlite"
    close(app)


@pytest.fixture
def watched(prepared, tmp_path):
    """A copy of what was prepared."""
    app, path = prepared
    take_keys(app)
    copy_sqlite(path, tmp_path / "copy.sqlite")
    engines = make_engines(f"sqlite:///{tmp_path / 'copy.sqlite'}")
    yield engines
    engines.dispose()
