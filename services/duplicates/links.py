"""Every column of the database that refers to a donor, found in the models so that a new table is never forgotten."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel

Row = Mapping[str, Any]
# Not moved with a donor: who they are and what is derived stay one per donor; pairs and merges name both records; what
# standing searches told of a record was told of that one.
APART = ("donor_identity", "donor_eligibility_gap", "duplicate_pair", "donor_merge", "standing_change")


def tables() -> Mapping[str, sa.Table]:
    """All tables, by name."""
    return SQLModel.metadata.tables


def references_to(target: str) -> list[tuple[sa.Table, sa.Column[Any]]]:
    """The columns that refer to the id of a table, in the order in which rows can be written."""
    return [
        (table, key.parent)
        for table in SQLModel.metadata.sorted_tables
        for key in sorted(table.foreign_keys, key=lambda one: one.parent.name)
        if key.column.table.name == target
    ]


def moved_columns() -> list[tuple[sa.Table, sa.Column[Any]]]:
    """The columns that follow a donor into another record."""
    return [(table, column) for table, column in references_to("donor") if table.name not in APART]


def rows_where(session: Session, table: sa.Table, *conditions: Any) -> list[Row]:
    """The rows as the columns' types read them, in the order of their keys."""
    query = sa.select(table).where(*conditions).order_by(*table.primary_key.columns)
    return [dict(row) for row in session.connection().execute(query).mappings()]


def key_of(table: sa.Table, row: Row) -> tuple[Any, ...]:
    """The values of the primary key."""
    return tuple(row[column.name] for column in table.primary_key.columns)


def is_row(table: sa.Table, key: Sequence[Any]) -> sa.ColumnElement[bool]:
    """The condition that is true of one row."""
    return sa.and_(*(column == value for column, value in zip(table.primary_key.columns, key, strict=True)))


def unique_sets(table: sa.Table, column: sa.Column[Any]) -> Iterator[list[sa.Column[Any]]]:
    """The other columns of each uniqueness that a column takes part in; one with a condition of its own is left out."""
    sets: list[Any] = [table.primary_key, *(one for one in table.constraints if isinstance(one, sa.UniqueConstraint))]
    partial = ("sqlite_where", "postgresql_where")
    sets += [
        one for one in table.indexes
        if one.unique and not any(one.dialect_kwargs.get(name) is not None for name in partial)
    ]  # fmt: skip
    for one in sets:
        names = [other for other in one.columns if other.name != column.name]
        if len(names) < len(list(one.columns)):
            yield names
