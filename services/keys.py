"""Rotation of the encryption keys: every encrypted text under the first key, every blind index renewed."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel

from models.crypto import EncryptedJson, EncryptedText
from models.donor import DonorIdentity, identity_indexes

BATCH_ROWS = 1_000

Progress = Callable[[str, int, int], None]  # table, rows done, rows in all


def rotate_keys(
    session: Session, *, progress: Progress | None = None, batch_rows: int = BATCH_ROWS
) -> Mapping[str, int]:
    """Re-encrypt every encrypted column under the first data key and renew the blind indexes; rows per table.

    One transaction: all of it or none. Give the old keys after the new one until it is done.

    Raises UnusableInput where a text was encrypted under a key that is not configured.
    """
    done: dict[str, int] = {}
    for table, names in encrypted_columns().items():
        total = session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
        done[table.name] = 0
        for rows in _batches(session, table, names, batch_rows):
            _rewrite(session, table, rows)
            done[table.name] += len(rows)
            if progress:
                progress(table.name, done[table.name], total)
    return done


def encrypted_columns() -> dict[sa.Table, list[str]]:
    """Every table that has encrypted columns, with their names."""
    found = {
        table: [column.name for column in table.columns if isinstance(column.type, EncryptedText | EncryptedJson)]
        for table in SQLModel.metadata.sorted_tables
    }
    return {table: names for table, names in found.items() if names}


def _batches(session: Session, table: sa.Table, names: list[str], batch_rows: int) -> Iterator[list[dict[str, Any]]]:
    (key,) = table.primary_key.columns
    query = sa.select(key.label("row_key"), *[table.c[name] for name in names]).order_by(key).limit(batch_rows)
    after = query
    while rows := [dict(row) for row in session.execute(after).mappings()]:
        yield rows
        after = query.where(key > rows[-1]["row_key"])  # a number, or the text of a UUID


def _rewrite(session: Session, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    """Write decrypted rows back: the column type encrypts them under the first key."""
    (key,) = table.primary_key.columns
    if table.name == DonorIdentity.__tablename__:
        rows = [row | _indexes(row) for row in rows]
    # Straight to the table: a rotation is no edit, it must not raise a row's version.
    session.connection().execute(sa.update(table).where(key == sa.bindparam("row_key")), rows)


def _indexes(identity: Mapping[str, Any]) -> dict[str, str | None]:
    fields = ("last_name", "first_name", "birth_date", "phone", "email")
    return identity_indexes(**{name: identity[name] for name in fields})
