"""What a database holds, in few numbers: the same of the database that is copied and of its copy."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

import sqlalchemy as sa

REVISIONS, TRAIL = "alembic_version", "audit_event"


@dataclass(frozen=True, slots=True)
class Facts:
    """The revision of the tables, the rows of each, and the last seal of the audit trail (empty: no row)."""

    revision: str = ""
    tables: Mapping[str, int] = field(default_factory=dict)
    seal: str = ""

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Self:
        """The facts that `as_json` wrote. Raises KeyError, TypeError or ValueError where it did not."""
        tables = {str(name): int(rows) for name, rows in raw["tables"].items()}
        return cls(str(raw["revision"]), tables, str(raw["seal"]))

    def as_json(self) -> dict[str, Any]:
        """The facts as plain data."""
        return {**asdict(self), "tables": dict(self.tables)}

    @property
    def rows(self) -> int:
        """All rows of all tables."""
        return sum(self.tables.values())


def read_facts(connection: sa.Connection) -> Facts:
    """Count every table there is, in the transaction of this connection."""
    tables = {}
    for name in sorted(sa.inspect(connection).get_table_names()):
        count = sa.select(sa.func.count()).select_from(sa.table(name))
        tables[name] = int(connection.scalar(count) or 0)
    revision = _first(connection, "SELECT version_num FROM alembic_version") if REVISIONS in tables else ""
    seal = _first(connection, "SELECT hash FROM audit_event ORDER BY id DESC LIMIT 1") if TRAIL in tables else ""
    return Facts(revision, tables, seal)


def _first(connection: sa.Connection, query: str) -> str:
    return str(connection.scalar(sa.text(query)) or "")


def differences(seen: Facts, found: Facts) -> list[str]:
    """Names of what a copy does not hold as it was seen: `revision`, `seal` and tables; empty where all is there."""
    tables = sorted(seen.tables.keys() | found.tables.keys())
    differing = [name for name in tables if seen.tables.get(name) != found.tables.get(name)]
    return [*(name for name in ("revision", "seal") if getattr(seen, name) != getattr(found, name)), *differing]
