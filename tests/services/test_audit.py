"""The audit trail only grows, and shows every change made behind its back."""

import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from models.audit import AuditEvent
from services.audit import FIRST_LINK, record_audit, seal, verify_audit

ROOT = Path(__file__).resolve().parents[2]
PROCESSES, EVENTS = 4, 15

RECORD = """
import sys
from datetime import UTC, datetime
from models.database import make_engines
from services.audit import record_audit

engines = make_engines(sys.argv[1])
for n in range(int(sys.argv[2])):
    with engines.write_session() as session:
        record_audit(session, actor=sys.argv[3], action="tested", subject_type="t", subject_key=str(n),
                     details={"n": n}, now=datetime.now(UTC))
"""


@pytest.fixture
def both(app_on, database_url):
    return app_on(database_url).extensions["phenotheque"].engines


@pytest.fixture
def trail(both, now):
    """Five rows, three of them in one transaction."""
    for subjects in (("P1",), ("P2", "P3", "P4"), ("P5",)):
        with both.write_session() as session:
            for subject in subjects:
                record(
                    session,
                    now,
                    subject_key=subject,
                    details={"mfi": 2_000.5, "name": "é", "on": date(2026, 1, 2)},
                )
    return both


def record(session, now, **columns) -> AuditEvent:
    given = {"actor": "cli:me", "action": "directive.set", "subject_type": "patient", "subject_key": "P1"}
    return record_audit(session, **{**given, "details": {}, **columns}, now=now)


def check(engines, **options):
    with engines.read_session() as session:
        return verify_audit(session, **options)


def test_an_empty_trail_is_whole(both):
    assert check(both).rows == 0
    assert check(both).fault is None
    assert check(both).last_hash == FIRST_LINK


def test_each_row_follows_the_one_before(trail):
    with trail.read_session() as session:
        rows = session.exec(select(AuditEvent).order_by(AuditEvent.id)).all()
    assert [row.id for row in rows] == [1, 2, 3, 4, 5]
    assert [row.previous_hash for row in rows] == [FIRST_LINK, *[row.hash for row in rows[:-1]]]
    assert rows[0].details == {"mfi": 2_000.5, "name": "é", "on": "2026-01-02"}
    found = check(trail)
    assert (found.rows, found.fault, found.last_hash) == (5, None, rows[-1].hash)


def test_rows_of_several_processes_make_one_chain(both, database_url):
    words = [sys.executable, "-c", RECORD, database_url, str(EVENTS)]
    running = [
        subprocess.Popen([*words, f"process {n}"], cwd=ROOT, stderr=subprocess.PIPE, text=True)
        for n in range(PROCESSES)
    ]
    assert [process.communicate(timeout=100)[1] for process in running] == [""] * PROCESSES
    found = check(both)
    assert (found.rows, found.fault) == (PROCESSES * EVENTS, None)


def test_a_trail_undone_leaves_no_gap(trail, now):
    def fail_halfway() -> None:
        with trail.write_session() as session:
            record(session, now)
            record(session, now, details={"x": object()})

    with pytest.raises(TypeError):
        fail_halfway()
    with trail.write_session() as session:
        assert record(session, now).id == 6


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET actor = 'nobody'",
        "UPDATE audit_event SET hash = hash WHERE id = 3",
        "DELETE FROM audit_event WHERE id = 5",
        "DELETE FROM audit_event",
        "INSERT INTO audit_event SELECT * FROM audit_event WHERE id = 2",
    ],
)
def test_no_statement_changes_a_row(trail, statement):
    with pytest.raises(DBAPIError), trail.write_session() as session:
        session.execute(sa.text(statement))
    assert check(trail).rows == 5


def test_no_statement_of_one_database_alone_does_either(trail):
    sqlite = trail.write.dialect.name == "sqlite"
    statement = (
        "INSERT OR REPLACE INTO audit_event SELECT id, at, 'nobody', action, subject_type, subject_key, details, "
        "previous_hash, hash FROM audit_event WHERE id = 2"
        if sqlite
        else "TRUNCATE audit_event"
    )
    with pytest.raises(DBAPIError, match="append-only"), trail.write_session() as session:
        session.execute(sa.text(statement))
    assert check(trail).fault is None


def unlock(engines) -> None:
    """Drop the triggers, as someone with all rights could."""
    with engines.write.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("DROP TRIGGER audit_event_no_change ON audit_event"))
        else:
            for name in ("update", "delete", "replace"):
                connection.execute(sa.text(f"DROP TRIGGER audit_event_no_{name}"))


@pytest.mark.parametrize(
    ("statement", "fault", "broken_id"),
    [
        ("UPDATE audit_event SET actor = 'nobody' WHERE id = 3", "audit_row_altered", 3),
        ("UPDATE audit_event SET details = '{}' WHERE id = 1", "audit_row_altered", 1),
        ("UPDATE audit_event SET at = '2020-01-01 00:00:00+00' WHERE id = 5", "audit_row_altered", 5),
        ("DELETE FROM audit_event WHERE id = 2", "audit_row_missing", 3),
        ("DELETE FROM audit_event WHERE id = 1", "audit_row_missing", 2),
        ("UPDATE audit_event SET id = 99 WHERE id = 3", "audit_row_missing", 4),
        ("UPDATE audit_event SET hash = '0' WHERE id = 4", "audit_row_altered", 4),
    ],
)
def test_a_change_made_behind_the_triggers_is_found_and_named(trail, statement, fault, broken_id):
    unlock(trail)
    if "details" in statement and trail.write.dialect.name == "sqlite":
        statement = statement.replace("'{}'", "json('{}')")
    if "at =" in statement and trail.write.dialect.name == "sqlite":
        statement = statement.replace("+00", ".000000")
    with trail.write_session() as session:
        session.execute(sa.text(statement))
    found = check(trail)
    assert (found.fault, found.broken_id) == (fault, broken_id)


def test_a_row_altered_and_sealed_anew_betrays_itself_by_the_next(trail):
    unlock(trail)
    with trail.write_session() as session:
        row = session.get(AuditEvent, 3)
        row.actor = "nobody"
        row.hash = seal(row)
    found = check(trail)
    assert (found.fault, found.broken_id, found.rows) == ("audit_row_unlinked", 4, 3)


def test_an_end_cut_off_is_found_by_a_seal_noted_before(trail):
    noted = check(trail).last_hash
    assert check(trail, noted_hash=noted).fault is None
    unlock(trail)
    with trail.write_session() as session:
        session.execute(sa.text("DELETE FROM audit_event WHERE id >= 4"))
    assert check(trail).fault is None  # the limit of any chain, said in the docstring
    found = check(trail, noted_hash=noted)
    assert (found.fault, found.broken_id) == ("audit_cut_short", 4)


def test_a_moment_is_sealed_in_utc_whatever_its_zone(both):
    with both.write_session() as session:
        record(session, datetime.fromisoformat("2026-07-01T02:30:00.123456+02:00"))
    with both.read_session() as session:
        assert session.exec(select(AuditEvent)).one().at == datetime(2026, 7, 1, 0, 30, 0, 123456, tzinfo=UTC)
    assert check(both).fault is None


@pytest.mark.parametrize(("details", "error"), [({"x": float("nan")}, ValueError), ({"x": object()}, TypeError)])
def test_what_json_cannot_say_is_refused(engines, now, details, error):
    with pytest.raises(error), engines.write_session() as session:
        record(session, now, details=details)
    assert check(engines).rows == 0


def test_a_naive_moment_is_refused(engines):
    with pytest.raises(ValueError, match="aware"), engines.write_session() as session:
        record(session, datetime(2026, 1, 1))  # noqa: DTZ001  the fault under test
