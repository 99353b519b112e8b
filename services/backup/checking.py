"""What a copy holds, read back from its file alone."""

from pathlib import Path

from domain.errors import UnusableInput
from models.database import Engines
from services.backup.facts import TRAIL, Facts
from services.backup.postgres_copies import read_postgres_copy
from services.backup.sqlite_copies import read_sqlite_copy

MARKS = {"sqlite": b"SQLite format 3\x00", "postgresql": b"PGDMP"}


def read_copy(engines: Engines, path: Path) -> Facts:
    """Read all of a copy of the kind of database in use.

    Raises UnusableInput: of another kind, damaged, or no copy of a registry.
    """
    kind = engines.write.dialect.name
    with path.open("rb") as file:
        begins = file.read(16)
    if not begins.startswith(MARKS[kind]):
        raise UnusableInput("backup_of_other_kind", file=path.name)
    facts = read_sqlite_copy(path) if kind == "sqlite" else read_postgres_copy(engines, path)
    if not facts.revision or TRAIL not in facts.tables:
        raise UnusableInput("backup_of_no_registry", file=path.name)
    return facts
