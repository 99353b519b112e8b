"""Engines, sessions and column helpers, the same rules on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel

from domain.errors import UnusableInput

# Alembic can alter or drop a constraint only when it has a name, and the same one on both databases.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

LOCK_WAIT_MS = 30_000  # longer than the longest import, so that a second writer waits and does not fail
ENUM_LENGTH = 32  # wide, so that a new member needs no migration
# Any fixed number does; every writer of this program asks PostgreSQL for the same one.
WRITER_LOCK = 7_340_021


def strict_enum(members: type[StrEnum]) -> sa.Enum:
    """Column type that stores the member's value as text and refuses any other text at write."""
    return sa.Enum(
        members,
        native_enum=False,
        create_constraint=False,
        validate_strings=True,
        length=ENUM_LENGTH,
        values_callable=lambda enum: [member.value for member in enum],
    )


@dataclass(frozen=True, slots=True)
class Engines:
    """The two doors to one database: writers queue, readers never wait for a writer and cannot write.

    Rows stay readable, as they were, after their session has ended.
    """

    write: sa.Engine
    read: sa.Engine

    @contextmanager
    def write_session(self) -> Iterator[Session]:
        """Session of one write transaction: committed at the end, rolled back on any error."""
        with Session(self.write, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def read_session(self) -> Iterator[Session]:
        """Session of one consistent read; any attempt to write is refused by the database."""
        with Session(self.read, expire_on_commit=False) as session, session.begin():
            yield session

    def dispose(self) -> None:
        """Close every pooled connection, as before a fork or at the end of a test."""
        self.write.dispose()
        self.read.dispose()


def make_engines(url: str, *, echo: bool = False) -> Engines:
    """Write and read engines of a database URL (sqlite file or postgresql+psycopg).

    Raises:
        UnusableInput: the database is held in memory, or is neither SQLite nor PostgreSQL.
    """
    parsed = database_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite_engines(parsed, echo=echo)
    return _postgresql_engines(parsed, echo=echo)


def database_url(url: str) -> sa.URL:
    """Checked URL, with the psycopg 3 driver named for PostgreSQL.

    Raises:
        UnusableInput: see `make_engines`.
    """
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError as error:
        raise UnusableInput("database_url_unreadable") from error
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        # Two engines on an in-memory database would be two databases.
        if parsed.database in (None, "", ":memory:") or "mode=memory" in url:
            raise UnusableInput("database_in_memory")
        return parsed
    if backend == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    raise UnusableInput("database_unsupported", backend=backend)


def _sqlite_engines(url: sa.URL, *, echo: bool) -> Engines:
    write = sa.create_engine(url, echo=echo, hide_parameters=True)
    read = sa.create_engine(url, echo=echo, hide_parameters=True)
    _tune_sqlite(write, begin="BEGIN IMMEDIATE", last_pragma=None)
    _tune_sqlite(read, begin="BEGIN", last_pragma="query_only = ON")
    return Engines(write=write, read=read)


def _tune_sqlite(engine: sa.Engine, *, begin: str, last_pragma: str | None) -> None:
    """Make SQLite open its transactions where SQLAlchemy does: the driver alone would lose updates."""
    pragmas = [
        f"busy_timeout = {LOCK_WAIT_MS}",
        "journal_mode = WAL",
        "synchronous = NORMAL",
        "foreign_keys = ON",
        *([last_pragma] if last_pragma else []),
    ]

    def connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    def start(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    sa.event.listen(engine, "connect", connect)
    sa.event.listen(engine, "begin", start)


def _postgresql_engines(url: sa.URL, *, echo: bool) -> Engines:
    options = {"options": f"-c timezone=UTC -c lock_timeout={LOCK_WAIT_MS}"}
    write = sa.create_engine(url, echo=echo, hide_parameters=True, pool_pre_ping=True, connect_args=options)
    read = sa.create_engine(
        url,
        echo=echo,
        hide_parameters=True,
        pool_pre_ping=True,
        connect_args=options,
        # One snapshot for all the statements of a read, as SQLite gives.
        isolation_level="REPEATABLE READ",
        execution_options={"postgresql_readonly": True},
    )

    def queue_writers(connection: sa.Connection) -> None:
        # One writer at a time, as on SQLite: no update is lost and the audit trail stays one chain.
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITER_LOCK})")

    sa.event.listen(write, "begin", queue_writers)
    return Engines(write=write, read=read)
