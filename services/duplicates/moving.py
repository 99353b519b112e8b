"""Moves every row of one donor to another, whatever table it is in; where both have the same thing one is kept."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from domain.campaign_life import Stage
from models.rare_donor import RareStatus
from services.donor_tests.recording import plain_code
from services.duplicates.links import (
    Row,
    is_row,
    key_of,
    moved_columns,
    references_to,
    rows_where,
    unique_sets,
)

_RANK_OF_RARE = {RareStatus.CONFIRMED: 2, RareStatus.SUSPECTED: 1, RareStatus.WITHDRAWN: 0}
_NO = (Stage.OPTED_OUT, Stage.REFUSED)


def move_rows(session: Session, *, merged_id: int, survivor_id: int) -> Mapping[str, int]:
    """Point every row of one donor to the other; the rows met, by table."""
    session.flush()
    moved: dict[str, int] = {}
    for table, column in moved_columns():
        mates = rows_where(session, table, column == survivor_id)
        for row in rows_where(session, table, column == merged_id):
            _move(session, table, column, row, survivor_id, mates)
            moved[table.name] = moved.get(table.name, 0) + 1
    session.expire_all()
    return moved


def rows_to_move(session: Session, *, merged_id: int, survivor_id: int) -> Mapping[str, tuple[int, int]]:
    """How many rows of each table a merge would move, and how many of these the survivor has already."""
    found: dict[str, tuple[int, int]] = {}
    for table, column in moved_columns():
        rows = rows_where(session, table, column == merged_id)
        if rows:
            mates = rows_where(session, table, column == survivor_id)
            twins = sum(_twin(table, column, row, mates) is not None for row in rows)
            found[table.name] = (len(rows), twins)
    return found


def _move(
    session: Session, table: sa.Table, column: sa.Column[Any], row: Row, survivor_id: int, mates: Sequence[Row]
) -> None:
    twin = _twin(table, column, row, mates)
    moves: dict[str, Any] = {column.name: survivor_id}
    if twin is not None:
        if table.name in _JOINED:
            moves |= _JOINED[table.name](row, twin)
        dropped = twin if _BETTER.get(table.name, _never)(row, twin) else row
        _drop(session, table, dropped, kept=row if dropped is twin else twin)
        if dropped is row:
            row, moves = twin, {name: value for name, value in moves.items() if name != column.name}
    if moves:
        if "version_id" in table.c:  # whoever has it open must look again
            moves["version_id"] = row["version_id"] + 1
        session.connection().execute(sa.update(table).where(is_row(table, key_of(table, row))).values(**moves))


def _twin(table: sa.Table, column: sa.Column[Any], row: Row, mates: Sequence[Row]) -> Row | None:
    """The survivor's row, of those given, that may not stand beside this one: not in the database, or not in truth."""
    alike = _ALIKE.get(table.name)
    for others in unique_sets(table, column):
        names = [other.name for other in others]
        if any(row[name] is None for name in names):
            continue
        for twin in mates:
            if all(twin[name] == row[name] for name in names):
                return twin
    return next((twin for twin in mates if alike and alike(row, twin)), None)


def _drop(session: Session, table: sa.Table, row: Row, *, kept: Row) -> None:
    """Delete a row; what hangs on it hangs on the one that is kept."""
    for child, column in references_to(table.name) if "id" in table.c else ():
        session.connection().execute(sa.update(child).where(column == row["id"]).values({column.name: kept["id"]}))
    session.connection().execute(sa.delete(table).where(is_row(table, key_of(table, row))))


def _one_sample(row: Row, twin: Row) -> bool:
    """Whether two results are of one sample, however its code was typed: a sample must not confirm itself."""
    return row["analyte"] == twin["analyte"] and plain_code(row["sample_code"]) == plain_code(twin["sample_code"])


_ALIKE: Mapping[str, Callable[[Row, Row], bool]] = {"donor_test": _one_sample}


def _never(_row: Row, _twin: Row) -> bool:
    return False


def _further(row: Row, twin: Row) -> bool:
    """The invitation that says no, or else the one that came further."""
    return _reached(row) > _reached(twin)


def _reached(row: Row) -> tuple[bool, int]:
    return row["stage"] in _NO, sum(value is not None for name, value in row.items() if name.endswith("_at"))


# Where both have the same thing: whether the row of the record that goes is the better one.
_BETTER: Mapping[str, Callable[[Row, Row], bool]] = {
    "invitation": _further,
    "donation": lambda row, twin: row["reservation_id"] is not None and twin["reservation_id"] is None,
    "donor_test": lambda row, twin: row["withdrawn_at"] is None and twin["withdrawn_at"] is not None,
    "rare_donor": lambda row, twin: _RANK_OF_RARE[row["status"]] > _RANK_OF_RARE[twin["status"]],
}


def _care(row: Row, twin: Row) -> dict[str, Any]:
    """How two records of one rare donor are cared for together: whatever spares the donor more, and both notes."""
    months = [one["recall_months"] for one in (row, twin) if one["recall_months"] is not None]
    days: list[date] = [one["contacted_on"] for one in (row, twin) if one["contacted_on"] is not None]
    return {
        "recall_months": min(months, default=None),
        "contacted_on": max(days, default=None),
        "spare": row["spare"] or twin["spare"],
        "pseudonym_only": row["pseudonym_only"] or twin["pseudonym_only"],
        **{name: _both(twin[name], row[name]) for name in ("exposure", "note")},
    }


def _both(one: str, other: str) -> str:
    return " / ".join(dict.fromkeys(text for text in (one, other) if text))


_JOINED: Mapping[str, Callable[[Row, Row], dict[str, Any]]] = {"rare_donor_care": _care}
