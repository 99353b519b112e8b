"""Two doors to one database: no update is lost, no reader waits, no reader writes."""

import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from sqlmodel import select

from domain.errors import UnusableInput
from models.database import make_engines
from models.donor import Donor, DonorIdentity
from models.registry import RegistryState

ROOT = Path(__file__).resolve().parents[2]
PROCESSES, INCREMENTS = 4, 40

# Reads n, then writes n + 1: what any use case does that decides on what it read.
INCREMENT = """
import sys, time
from models.database import make_engines
from models.registry import RegistryState

engines = make_engines(sys.argv[1])
for _ in range(int(sys.argv[2])):
    with engines.write_session() as session:
        state = session.get(RegistryState, 1)
        time.sleep(0.001)
        state.version = state.version + 1
"""


@pytest.fixture
def state(both, now):
    with both.write_session() as session:
        session.add(RegistryState(version=0, changed_at=now))
    return both


def version(engines) -> int:
    with engines.read_session() as session:
        return session.exec(select(RegistryState)).one().version


def test_no_update_is_lost_between_processes_and_none_fails(state, database_url):
    words = [sys.executable, "-c", INCREMENT, database_url, str(INCREMENTS)]
    running = [subprocess.Popen(words, cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(PROCESSES)]
    errors = [process.communicate(timeout=100)[1] for process in running]
    assert errors == [""] * PROCESSES
    assert version(state) == PROCESSES * INCREMENTS


def test_a_reader_neither_waits_for_a_writer_nor_sees_what_is_not_committed(state):
    with state.write_session() as session:
        session.exec(select(RegistryState)).one().version = 7
        session.flush()
        began = time.monotonic()
        assert version(state) == 0
        assert time.monotonic() - began < 1
    assert version(state) == 7


def test_a_read_is_one_moment_of_the_database(state):
    with state.read_session() as reading:
        query = sa.select(RegistryState.version)
        before = reading.scalar(query)
        with state.write_session() as writing:
            writing.exec(select(RegistryState)).one().version = 7
        assert reading.scalar(query) == before
    assert version(state) == 7


def test_the_read_engine_refuses_to_write(state):
    with pytest.raises(DBAPIError, match=r"read-?only"), state.read_session() as session:
        session.exec(select(RegistryState)).one().version = 7
    with pytest.raises(DBAPIError, match=r"read-?only"), state.read_session() as session:
        session.execute(sa.text("DELETE FROM registry_state"))
    assert version(state) == 0


def test_an_error_undoes_the_whole_session(state):
    def fail_halfway() -> None:
        with state.write_session() as session:
            session.exec(select(RegistryState)).one().version = 7
            session.flush()
            session.add(Donor(donor_number="without its moments"))

    with pytest.raises(IntegrityError):
        fail_halfway()
    assert version(state) == 0


def test_a_sqlite_writer_holds_the_door_from_its_first_read_on(engines, tmp_path):
    with engines.write_session() as session:
        session.execute(sa.text("SELECT 1"))
        other = sqlite3.connect(tmp_path / "phenotheque.sqlite", timeout=0)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()


def test_sqlite_is_tuned_on_both_doors(engines):
    for engine in (engines.write, engines.read):
        with engine.connect() as connection:
            asked = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "query_only")
            found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in asked]
        assert found == ["wal", 1, 1, 30_000, int(engine is engines.read)]


def test_rows_are_readable_after_their_session(state):
    with state.read_session() as session:
        read = session.exec(select(RegistryState)).one()
    with state.write_session() as session:
        written = session.exec(select(RegistryState)).one()
        written.version = 7
    assert (read.version, written.version) == (0, 7)


def test_an_error_message_does_not_hold_what_was_being_written(engines, now):
    with pytest.raises(StatementError) as caught, engines.write_session() as session:
        session.add(DonorIdentity(donor_id=99, last_name="Quelquun", name_index="Quelquun"))
    assert "Quelquun" not in str(caught.value)
    with pytest.raises(StatementError) as caught, engines.write_session() as session:
        session.add(Donor(donor_number="D1", centre="Quelquun", sex="?", created_at=now, updated_at=now))
    assert "Quelquun" not in str(caught.value)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite:///file:x?mode=memory&uri=true"])
def test_a_database_in_memory_is_refused(url):
    with pytest.raises(UnusableInput, match="database_in_memory"):
        make_engines(url)


@pytest.mark.parametrize("url", ["", "nonsense", "sqlite//x"])
def test_an_address_that_is_none_is_refused(url):
    with pytest.raises(UnusableInput, match="database_url_unreadable"):
        make_engines(url)


def test_another_database_is_refused_by_name():
    with pytest.raises(UnusableInput, match="database_unsupported") as caught:
        make_engines("mysql://localhost/x")
    assert caught.value.params == {"backend": "mysql"}


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg2", "postgresql+psycopg"])
def test_postgresql_always_means_psycopg_3(scheme):
    engines = make_engines(f"{scheme}://localhost/x")
    assert engines.write.url.drivername == engines.read.url.drivername == "postgresql+psycopg"
