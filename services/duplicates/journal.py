"""What a merge changed, row by row: read off the database before and after, kept encrypted, and put back by an undo."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel

from models.database import in_parts
from services.donors import DERIVED_COLUMNS
from services.duplicates.links import Row, is_row, key_of, rows_where, tables

Json = dict[str, Any]
Content = dict[str, dict[tuple[Any, ...], Row]]  # rows by table and key
# Merges are not undone by an undo, and what is derived is derived again.
LEFT_OUT = ("donor_merge", "donor_eligibility_gap")
NEVER_KEPT = {"version_id", *DERIVED_COLUMNS}


def content_about(session: Session, donor_ids: Collection[int]) -> Content:
    """The rows of these donors, and all rows that refer to one of them, directly or through another."""
    session.flush()
    found: Content = {}
    new = {"donor": set(donor_ids)}
    _add(session, found, tables()["donor"], tables()["donor"].c.id, donor_ids)
    while new:
        new = {
            table.name: fresh
            for target, ids in new.items()
            for table, column in _referring_to(target)
            if (fresh := _add(session, found, table, column, ids))
        }
    return found


def difference(before: Content, after: Content) -> Json:
    """What to put back to come from `after` to `before`, as plain JSON: changed cells, rows added and rows gone."""
    changed, added, gone = [], [], []
    for name in sorted({*before, *after}):
        old, new = before.get(name, {}), after.get(name, {})
        for key in old.keys() | new.keys():
            place = [name, [_plain(one) for one in key]]
            if key not in new:
                gone.append([*place, _plain_row(old[key])])
            elif key not in old:
                added.append([*place, _plain_row(new[key])])
            elif cells := _cells(old[key], new[key]):
                changed.append([*place, cells])
    return {"changed": changed, "added": added, "gone": gone}


def play_back(session: Session, journal: Json) -> Mapping[int, bool]:
    """Put everything back that nobody has changed since; whether each donor is wholly as before, by id.

    What was changed after the merge stays as it is: the later word holds.
    """
    session.flush()
    whole: dict[int, bool] = {}
    for table in SQLModel.metadata.sorted_tables:  # what is referred to comes first
        for key, row in _entries(journal["added"], table):
            _take_away(session, table, key, row)
        for key, cells in _entries(journal["changed"], table):
            restored = _restore(session, table, key, cells)
            if table.name == "donor":
                whole[key[0]] = restored
        for _key, row in _entries(journal["gone"], table):
            values = {name: _typed(table.c[name], value) for name, value in row.items()}
            session.connection().execute(sa.insert(table).values(**values))
    session.expire_all()
    return whole


def _referring_to(target: str) -> Iterator[tuple[sa.Table, sa.Column[Any]]]:
    for table in SQLModel.metadata.sorted_tables:
        if table.name in LEFT_OUT:
            continue
        for key in table.foreign_keys:
            if key.column.table.name == target:
                yield table, key.parent


def _add(session: Session, found: Content, table: sa.Table, column: sa.Column[Any], ids: Collection[Any]) -> set[Any]:
    """Add the rows that refer to these ids; the ids of those not met before, where rows can refer to them."""
    known = found.setdefault(table.name, {})
    fresh: set[Any] = set()
    for some in in_parts(sorted(ids)):
        for row in rows_where(session, table, column.in_(some)):
            key = key_of(table, row)
            if key not in known:
                known[key] = row
                fresh.update(key if "id" in table.c else ())
    return fresh


def _cells(old: Row, new: Row) -> Json:
    return {
        name: [_plain(old[name]), _plain(new[name])]
        for name in old
        if name not in NEVER_KEPT and old[name] != new[name]
    }


def _plain_row(row: Row) -> Json:
    return {name: _plain(value) for name, value in row.items()}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value  # a datetime is a date; a strict enum is its text


def _typed(column: sa.Column[Any], value: Any) -> Any:
    kind = column.type.impl_instance if isinstance(column.type, sa.types.TypeDecorator) else column.type
    if isinstance(value, str) and isinstance(kind, sa.DateTime):
        return datetime.fromisoformat(value)
    if isinstance(value, str) and isinstance(kind, sa.Date):
        return date.fromisoformat(value)
    return value


def _entries(rows: list[Any], table: sa.Table) -> Iterator[tuple[tuple[Any, ...], Json]]:
    for name, key, rest in rows:
        if name == table.name:
            columns = table.primary_key.columns
            yield tuple(_typed(column, one) for column, one in zip(columns, key, strict=True)), rest


def _take_away(session: Session, table: sa.Table, key: tuple[Any, ...], row: Json) -> None:
    """Delete a row that the merge added, unless somebody has changed it since."""
    for now in rows_where(session, table, is_row(table, key)):
        if not _cells_since(now, row):
            session.connection().execute(sa.delete(table).where(is_row(table, key)))


def _cells_since(now: Row, row: Json) -> list[str]:
    return [name for name, value in now.items() if name not in NEVER_KEPT and _plain(value) != row[name]]


def _restore(session: Session, table: sa.Table, key: tuple[Any, ...], cells: Json) -> bool:
    """Put back the cells that still hold what the merge wrote; whether all of them did."""
    rows = rows_where(session, table, is_row(table, key))
    if not rows:
        return False
    back = {
        name: _typed(table.c[name], before) for name, (before, after) in cells.items() if _plain(rows[0][name]) == after
    }
    if "version_id" in table.c:  # a page opened before must not save over it
        back["version_id"] = rows[0]["version_id"] + 1
    session.connection().execute(sa.update(table).where(is_row(table, key)).values(**back))
    return all(name in back for name in cells)
