"""First pass over a table: what the whole file tells about its columns and its keys."""

import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.errors import UnusableInput
from services.imports.columns import ColumnMap
from services.imports.fields import Field
from services.imports.tabular import Table
from services.imports.values import (
    DateOrder,
    DecimalMark,
    agreed_mark,
    agreed_order,
    date_evidence,
    decimal_evidence,
)

_DAY_KINDS = ("day", "birth", "instant")
_NUMBER_KINDS = ("number", "whole")


@dataclass(frozen=True, slots=True)
class Survey:
    """Order of dates and decimal mark by column, keys with the lines they stand on, number of rows.

    `cut_short` tells that the last row has too few cells and no end of line: the file may be incomplete;
    `unheaded` are the places of columns that hold something under no heading.
    """

    orders: Mapping[str, DateOrder]
    marks: Mapping[str, DecimalMark]
    keys: frozenset[str]
    repeated: Mapping[str, tuple[int, ...]]
    row_count: int
    cut_short: bool
    unheaded: tuple[int, ...] = ()


def clean_key(text: str) -> str:
    """A donor's or patient's number as it is kept and compared: composed characters, no spaces around."""
    return unicodedata.normalize("NFC", text.strip())


def survey_table(table: Table, columns: ColumnMap, *, fields: Mapping[str, Field], key: str) -> Survey:
    """Read every row once.

    Raises:
        UnusableInput: no row under the header, or a quotation mark that is never closed.
    """
    evidence = _Evidence(columns, fields)
    blank = [place for place, heading in enumerate(table.headings[: table.width]) if not heading]
    unheaded: set[int] = set()
    lines: dict[str, int] = {}
    repeated: dict[str, list[int]] = defaultdict(list)
    row_count, cell_count, width, place = 0, 0, table.width, columns.places[key]
    for row in table.rows():
        row_count, cell_count = row_count + 1, len(row.cells)
        if cell_count >= width:  # the cells of a shorter row may stand under wrong headings
            evidence.note(row.cells)
            unheaded.update(at for at in blank if row.cells[at])
        number = clean_key(row.cells[place]) if place < cell_count else ""
        if number and lines.setdefault(number, row.line) != row.line:
            repeated[number].append(row.line)
    if not row_count:
        raise UnusableInput("file_without_rows")
    return Survey(
        orders={name: agreed_order(seen) for name, (_, seen) in evidence.days.items()},
        marks={name: agreed_mark(seen) for name, (_, seen) in evidence.numbers.items()},
        keys=frozenset(lines),
        repeated={number: (lines[number], *others) for number, others in repeated.items()},
        row_count=row_count,
        cut_short=cell_count < width and not table.ends_with_newline,
        unheaded=tuple(sorted(unheaded)),
    )


class _Evidence:
    """What the dates and numbers of each column have proved so far."""

    def __init__(self, columns: ColumnMap, fields: Mapping[str, Field]) -> None:
        kinds = {name: (place, fields[name].kind) for name, place in columns.places.items()}
        self.days: dict[str, tuple[int, set[DateOrder]]] = {
            name: (place, set()) for name, (place, kind) in kinds.items() if kind in _DAY_KINDS
        }
        self.numbers: dict[str, tuple[int, set[DecimalMark]]] = {
            name: (place, set()) for name, (place, kind) in kinds.items() if kind in _NUMBER_KINDS
        }

    def note(self, cells: Sequence[str]) -> None:
        """Take what the cells of one row prove."""
        for place, orders in self.days.values():
            if order := date_evidence(cells[place]):
                orders.add(order)
        for place, marks in self.numbers.values():
            if mark := decimal_evidence(cells[place]):
                marks.add(mark)
