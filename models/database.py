"""Engines, sessions and column helpers, the same rules on SQLite and on PostgreSQL."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
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
NAMED_AT_ONCE = 500  # rows named by their id in one query: databases limit how many values one may hold
ENUM_LENGTH = 32  # wide, so that a new member needs no migration
# Any fixed number does; every writer of this program asks PostgreSQL for the same one.
WRITER_LOCK = 7_340_021
PEOPLE = ("SELECT 1 FROM donor LIMIT 1", "SELECT 1 FROM patient LIMIT 1")


class DatabaseOutOfStep(UnusableInput):
    """The tables are not those this program knows: older, absent, or made by a newer program."""


def in_parts(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """Ids in parts that one query may name."""
    for start in range(0, len(ids), NAMED_AT_ONCE):
        yield ids[start : start + NAMED_AT_ONCE]


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

    Rows stay readable, as they were, after their session has ended. Where `revisions` are given, oldest first,
    a session on a database that is not at the last of them raises DatabaseOutOfStep.
    """

    write: sa.Engine
    read: sa.Engine
    revisions: tuple[str, ...] = ()

    @contextmanager
    def write_session(self) -> Iterator[Session]:
        """Session of one write transaction: committed at the end, rolled back on any error."""
        with Session(self.write, expire_on_commit=False) as session, session.begin():
            self._refuse_other_revisions(session)
            yield session

    @contextmanager
    def read_session(self) -> Iterator[Session]:
        """Session of one consistent read; any attempt to write is refused by the database."""
        with Session(self.read, expire_on_commit=False) as session, session.begin():
            self._refuse_other_revisions(session)
            yield session

    def dispose(self) -> None:
        """Close every pooled connection, as before a fork or at the end of a test."""
        self.write.dispose()
        self.read.dispose()

    def _refuse_other_revisions(self, session: Session) -> None:
        if not self.revisions:
            return
        found = session.connection().exec_driver_sql("SELECT version_num FROM alembic_version").scalars().all()
        refuse_newer(next(iter(found), None), self.revisions)
        if list(found) != [self.revisions[-1]]:
            raise DatabaseOutOfStep("database_not_migrated")


def known_revisions(folder: Path) -> tuple[str, ...]:
    """The revisions of a folder of migrations, oldest first, read from the names of its files (0001_registry.py)."""
    return tuple(sorted(path.stem.split("_")[0] for path in folder.glob("[0-9]*.py")))


def refuse_newer(found: str | None, known: tuple[str, ...]) -> None:
    """Raises DatabaseOutOfStep where a database is at a revision that this program does not have."""
    if found is not None and found not in known:
        raise DatabaseOutOfStep("database_newer", revision=found)


def make_engines(url: str, *, revisions: tuple[str, ...] = (), echo: bool = False) -> Engines:
    """Write and read engines of a database URL (sqlite file or postgresql+psycopg); see Engines for `revisions`.

    Raises:
        UnusableInput: the database is held in memory, or is neither SQLite nor PostgreSQL.
    """
    parsed = database_url(url)
    if parsed.get_backend_name() == "sqlite":
        write, read = _sqlite_engines(parsed, echo=echo)
    else:
        write, read = _postgresql_engines(parsed, echo=echo)
    return Engines(write, read, revisions)


def holds_people(url: str) -> bool:
    """Whether a database has a donor or a patient; one without tables, or that cannot be read, shows none."""
    try:
        engines = make_engines(url)
    except UnusableInput:  # whoever opens the application is told then
        return False
    try:
        file = engines.read.url.database
        if engines.read.dialect.name == "sqlite" and not (file and Path(file).is_file()):
            return False  # asking would make the file
        with engines.read.connect() as connection:
            return any(connection.scalar(sa.text(question)) for question in PEOPLE)
    except sa.exc.DBAPIError:
        return False
    finally:
        engines.dispose()


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


def _sqlite_engines(url: sa.URL, *, echo: bool) -> tuple[sa.Engine, sa.Engine]:
    write = sa.create_engine(url, echo=echo, hide_parameters=True)
    read = sa.create_engine(url, echo=echo, hide_parameters=True)
    _tune_sqlite(write, begin="BEGIN IMMEDIATE", last_pragma=None)
    _tune_sqlite(read, begin="BEGIN", last_pragma="query_only = ON")
    return write, read


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


def _postgresql_engines(url: sa.URL, *, echo: bool) -> tuple[sa.Engine, sa.Engine]:
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
    return write, read
