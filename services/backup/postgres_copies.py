"""Copies of a PostgreSQL database: archives of `pg_dump`, read and put back by the server's own programs."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

import sqlalchemy as sa

from domain.errors import UnusableInput
from models.database import LOCK_WAIT_MS, Engines
from services.backup.facts import REVISIONS, TRAIL, Facts, read_facts

NO_ROOM = ("No space left on device", "File too large", "Disk quota exceeded")
# Before a copy is put back, in its transaction: every table and function there is, also those a newer program made.
_CLEAR = (
    f"SET lock_timeout = {LOCK_WAIT_MS}",
    """
DO $$ DECLARE one record; BEGIN
  FOR one IN SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema() LOOP
    EXECUTE format('DROP TABLE %I CASCADE', one.name);
  END LOOP;
  FOR one IN SELECT oid::regprocedure::text AS name FROM pg_proc
             WHERE pronamespace = current_schema()::regnamespace LOOP
    EXECUTE 'DROP ROUTINE ' || one.name || ' CASCADE';
  END LOOP;
END $$;
""",
)
_AT_ONCE = (
    "--no-psqlrc",
    "--quiet",
    "--no-password",
    "--single-transaction",
    "--set=ON_ERROR_STOP=1",
    "--output=/dev/null",
)


def copy_postgres(engines: Engines, target: Path) -> Facts:
    """Dump the database into an empty file, in the very snapshot that is counted; what the copy must hold.

    Raises UnusableInput where pg_dump is not installed, fails, or has no room.
    """
    program = _program("pg_dump")
    with engines.read_session() as session:
        connection = session.connection()
        facts = read_facts(connection)
        snapshot = connection.scalar(sa.text("SELECT pg_export_snapshot()"))
        _run(engines, [program, "--format=custom", f"--snapshot={snapshot}", f"--file={target}", "--no-password"])
    return facts


def read_postgres_copy(engines: Engines, path: Path) -> Facts:
    """Unpack the whole archive as `pg_restore` would put it back, and count its rows. Raises UnusableInput."""
    words = [_program("pg_restore"), "--data-only", "--file=-", str(path)]
    with subprocess.Popen(  # noqa: S603
        words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_variables(engines)
    ) as reading:
        facts = _count(reading.stdout) if reading.stdout else Facts()
    if reading.returncode:
        raise UnusableInput("backup_damaged", file=path.name)
    return facts


def _count(script: IO[bytes]) -> Facts:
    """The rows of each table in a script of COPY blocks, where a row is a line."""
    tables: dict[str, int] = {}
    revision, last, seal = "", 0, ""
    for line in script:
        if not line.startswith(b"COPY "):
            continue
        name, columns = _heading(line.decode())
        rows = 0
        for row in _block(script):
            rows += 1
            if name == REVISIONS:
                revision = row.decode().strip()
            elif name == TRAIL:
                cells = dict(zip(columns, row.decode().rstrip("\n").split("\t"), strict=True))
                if int(cells["id"]) > last:
                    last, seal = int(cells["id"]), cells["hash"]
        tables[name] = rows
    return Facts(revision, tables, seal)


def _heading(line: str) -> tuple[str, list[str]]:
    """`COPY public.donor (id, "column") FROM stdin;` → donor, [id, column]."""
    table, _, rest = line.removeprefix("COPY ").partition(" (")
    columns = rest.rpartition(")")[0].split(", ")
    return table.rpartition(".")[2].strip('"'), [column.strip('"') for column in columns]


def _block(script: IO[bytes]) -> Iterator[bytes]:
    for row in script:
        if row == b"\\.\n":
            return
        yield row


def put_back_postgres(engines: Engines, path: Path) -> None:
    """Put a copy in the place of all there is, in one transaction. Raises UnusableInput: nothing has changed then."""
    engines.dispose()
    words = [_program("pg_restore"), "--no-owner", "--no-privileges", "--file=-", str(path)]
    with subprocess.Popen(  # noqa: S603
        words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_variables(engines)
    ) as script:
        _run(engines, [_program("psql"), *_AT_ONCE, *(f"--command={one}" for one in _CLEAR), "--file=-"], script.stdout)
    if script.returncode:
        raise UnusableInput("backup_damaged", file=path.name)


def _run(engines: Engines, words: Sequence[str], given: IO[bytes] | None = None) -> None:
    done = subprocess.run(  # noqa: S603
        words, stdin=given or subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, env=_variables(engines), check=False,
    )  # fmt: skip
    if done.returncode == 0:
        return
    said = done.stderr.decode(errors="replace")
    if done.returncode == -signal.SIGXFSZ or any(mark in said for mark in NO_ROOM):
        raise UnusableInput("backup_no_room")
    raise UnusableInput("backup_program_failed", program=Path(words[0]).name)


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise UnusableInput("backup_program_missing", program=name)
    return found


def _variables(engines: Engines) -> dict[str, str]:
    """How to reach the database, as the server's programs ask for it: a password is no argument others could read."""
    url = engines.write.url
    host = url.host or url.query.get("host")
    given = {
        "PGHOST": host, "PGPORT": url.port or url.query.get("port"), "PGUSER": url.username,
        "PGPASSWORD": url.password, "PGDATABASE": url.database, "PGSSLMODE": url.query.get("sslmode"),
    }  # fmt: skip
    return {**os.environ, "LC_ALL": "C", **{name: str(value) for name, value in given.items() if value}}
