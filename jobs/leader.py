"""Which of several processes works: one is the leader, and one has the turn to run daily jobs."""

from pathlib import Path
from typing import Protocol

import sqlalchemy as sa
from filelock import FileLock, Timeout
from sqlalchemy.exc import DBAPIError

from models.database import Engines

# beside models.database.WRITER_LOCK: any other fixed numbers
LEADER_LOCK, TURN_LOCK, MAIL_LOCK = 7_340_022, 7_340_023, 7_340_024


class Leader(Protocol):
    """A place that one process holds; it is free again as soon as that process is no more."""

    def try_take(self) -> bool:
        """Take the place if it is free."""

    def is_held(self) -> bool:
        """Whether this process still has the place it took."""

    def release(self) -> None:
        """Give the place up."""


def make_leader(engines: Engines, instance: Path) -> Leader:
    """A lock of the file system for SQLite, which serves one machine; one of the server for PostgreSQL."""
    if engines.write.dialect.name == "sqlite":
        return FileLeader(instance / "jobs.lock")
    return ServerLeader(engines.write.url, LEADER_LOCK)


def make_turn(engines: Engines, instance: Path) -> Leader:
    """The place of who runs daily jobs: the jobs process for the moment, or a command, never both."""
    if engines.write.dialect.name == "sqlite":
        return FileLeader(instance / "jobs.turn.lock")
    return ServerLeader(engines.write.url, TURN_LOCK)


def make_mail_turn(engines: Engines, instance: Path) -> Leader:
    """The place of who sends messages, so that what is found half sent was left by a process that is no more."""
    if engines.write.dialect.name == "sqlite":
        return FileLeader(instance / "mail.turn.lock")
    return ServerLeader(engines.write.url, MAIL_LOCK)


class FileLeader:
    """Holds a lock on a file of the instance folder; the system frees it when the process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        self._lock = FileLock(path)

    def try_take(self) -> bool:
        """Take the lock if it is free."""
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            return False
        return True

    def is_held(self) -> bool:
        """Whether the lock is held: nothing can take it away."""
        return self._lock.is_locked

    def release(self) -> None:
        """Free the lock."""
        self._lock.release()


class ServerLeader:
    """Holds an advisory lock on a connection of its own; the server frees it when that connection ends."""

    def __init__(self, url: sa.URL, lock: int) -> None:
        self._lock = lock
        self._engine = sa.create_engine(
            url, poolclass=sa.pool.NullPool, isolation_level="AUTOCOMMIT", hide_parameters=True
        )
        self._connection: sa.Connection | None = None

    def try_take(self) -> bool:
        """Take the lock if it is free."""
        connection = self._engine.connect()
        if connection.scalar(sa.text("SELECT pg_try_advisory_lock(:lock)"), {"lock": self._lock}):
            self._connection = connection
            return True
        connection.close()
        return False

    def is_held(self) -> bool:
        """Whether the connection that holds the lock still stands."""
        try:
            return self._connection is not None and self._connection.scalar(sa.text("SELECT 1")) == 1
        except DBAPIError:
            return False

    def release(self) -> None:
        """Free the lock, by ending its connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self._engine.dispose()
