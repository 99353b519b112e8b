"""Copies of a SQLite database: one file, written by `VACUUM INTO`, put back by SQLite's own backup."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

import sqlalchemy as sa

from domain.errors import UnusableInput
from models.database import LOCK_WAIT_MS, Engines
from services.backup.facts import Facts, read_facts

SECONDS_BETWEEN_LOOKS = 0.01
# SQLite's primary codes for no room: the disk itself, and a write that the system cut short (a quota, a size limit).
_NO_ROOM = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}


def copy_sqlite(engines: Engines, target: Path) -> Facts:
    """Copy the database into an empty file; what the copy must hold.

    Writers wait only until SQLite has taken the snapshot that it copies: that is certain once it has written, and
    what was counted meanwhile is then exactly what it copies.

    Raises UnusableInput where there is no room.
    """
    with ThreadPoolExecutor(max_workers=1) as beside:
        with engines.write_session() as session:
            facts = read_facts(session.connection())
            copying = beside.submit(_vacuum, str(engines.write.url.database), target)
            _wait_until_begun(copying, target)
        copying.result()
    return facts


def _wait_until_begun(copying: Future[None], target: Path) -> None:
    while not copying.done() and not target.stat().st_size:
        wait([copying], timeout=SECONDS_BETWEEN_LOOKS)


def _vacuum(source: str, target: Path) -> None:
    try:
        with closing(sqlite3.connect(source, isolation_level=None)) as connection:
            connection.execute(f"PRAGMA busy_timeout = {LOCK_WAIT_MS}")
            connection.execute("VACUUM INTO ?", (str(target),))
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF in _NO_ROOM:
            raise UnusableInput("backup_no_room") from error
        raise


def read_sqlite_copy(path: Path) -> Facts:
    """Open a copy, read only, have SQLite check every page, and count. Raises UnusableInput where it is damaged."""
    try:
        with _reading(path) as connection:
            found = connection.scalars(sa.text("PRAGMA integrity_check(1)")).first()
            if found != "ok":
                raise UnusableInput("backup_damaged", file=path.name)
            return read_facts(connection)
    except sa.exc.DBAPIError as error:
        raise UnusableInput("backup_damaged", file=path.name) from error


@contextmanager
def _reading(path: Path) -> Iterator[sa.Connection]:
    engine = sa.create_engine("sqlite://", creator=lambda: _open_read_only(path), poolclass=sa.NullPool)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _open_read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)


def put_back_sqlite(engines: Engines, path: Path) -> None:
    """Put a copy in the place of all there is, in one transaction; whoever reads goes on with what was there.

    Raises UnusableInput where there is no room: nothing has changed then.
    """
    engines.dispose()
    try:
        with (
            closing(_open_read_only(path)) as origin,
            closing(sqlite3.connect(str(engines.write.url.database))) as into,
        ):
            into.execute("PRAGMA journal_mode = WAL")
            origin.backup(into)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF in _NO_ROOM:
            raise UnusableInput("backup_no_room") from error
        raise
