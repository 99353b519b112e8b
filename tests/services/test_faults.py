"""A fault of the database is explained by a sentence, on both databases; any other error is not guessed at."""

import contextlib
import sqlite3

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from models.database import make_engines
from services.faults import find_database_fault


def fault_of(url, statement):
    engines = make_engines(url)
    try:
        with pytest.raises(DBAPIError) as raised, engines.write_session() as session:
            session.execute(text(statement))
    finally:
        engines.dispose()
    return find_database_fault(raised.value)


@pytest.mark.parametrize("statement", ["SELECT 1 FROM absent", "SELECT absent"])
def test_a_missing_table_or_column_means_not_migrated(database_url, statement):
    assert fault_of(database_url, statement)[0] == "database_not_migrated"


def test_a_file_that_is_no_database_cannot_be_reached(tmp_path):
    (tmp_path / "letter.txt").write_text("Dear registry, " * 100)
    code, params = fault_of(f"sqlite:///{tmp_path / 'letter.txt'}", "SELECT 1")
    assert (code, params) == ("database_unreachable", {"reason": "file is not a database"})


def test_a_folder_that_does_not_exist_cannot_be_reached(tmp_path):
    assert fault_of(f"sqlite:///{tmp_path / 'absent' / 'x.sqlite'}", "SELECT 1")[0] == "database_unreachable"


def test_a_server_that_does_not_answer_cannot_be_reached():
    code, _ = fault_of("postgresql+psycopg://nobody@127.0.0.1:1/none", "SELECT 1")
    assert code == "database_unreachable"


def test_another_error_is_not_explained_away(database_url):
    assert fault_of(database_url, "SELECT FROM WHERE") is None


def test_a_file_that_was_cut_short_is_damaged(tmp_path):
    path = tmp_path / "cut.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as whole:
        whole.execute("CREATE TABLE kept (words TEXT)")
        whole.executemany("INSERT INTO kept VALUES (?)", [("x" * 500,)] * 400)
        whole.commit()
    path.write_bytes(path.read_bytes()[:20_000])
    assert fault_of(f"sqlite:///{path}", "SELECT count(words) FROM kept")[0] == "database_damaged"


def test_a_full_disk_is_said(tmp_path):
    engines = make_engines(f"sqlite:///{tmp_path / 'small.sqlite'}")
    with engines.write_session() as session:
        session.execute(text("CREATE TABLE kept (words TEXT)"))
        session.execute(text("PRAGMA max_page_count = 4"))
        with pytest.raises(DBAPIError) as raised:
            session.execute(text("INSERT INTO kept VALUES (zeroblob(100000))"))
    engines.dispose()
    assert find_database_fault(raised.value)[0] == "disk_full"
