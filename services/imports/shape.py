"""Whether a row has the shape of its table: what has not may hold its values under wrong headings."""

import re

from services.imports.spreadsheet import SheetError
from services.imports.tabular import RawRow, Table
from services.imports.values import Fault

MAX_CELL_CHARACTERS = 10_000
# Shown on a terminal, they would do there what they say.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def shape_fault(row: RawRow, table: Table, width: int) -> Fault | None:
    """Why a row cannot be read at all, whatever its cells say; `width` is the table's, asked once."""
    if _CONTROL.search("".join(row.cells)):
        return Fault("control_characters")
    if table.separator is None:
        errors = [place for place, cell in enumerate(row.cells, start=1) if isinstance(cell, SheetError)]
        if errors:
            return Fault("spreadsheet_error_cell", {"place": errors[0]})
    if sum(map(len, row.cells)) > MAX_CELL_CHARACTERS and (longest := max(map(len, row.cells))) > MAX_CELL_CHARACTERS:
        return Fault("cell_too_long", {"characters": longest})
    found = len(row.cells)
    if row.last_line > row.line and (found != width or _swallowed(row, table.separator)):
        return Fault("lines_read_as_one_row", {"first": row.line, "last": row.last_line})
    if found < width:
        return Fault("cells_missing", {"found": found, "expected": width})
    if found > width and any(row.cells[width:]):
        return Fault("cells_too_many", {"found": found, "expected": width})
    return None


def cell_fault(text: str) -> Fault | None:
    """Why one text typed by hand cannot be read at all, as a cell of a file could not."""
    if _CONTROL.search(text):
        return Fault("text_unprintable")
    return Fault("text_too_long", {"limit": MAX_CELL_CHARACTERS}) if len(text) > MAX_CELL_CHARACTERS else None


def _swallowed(row: RawRow, separator: str | None) -> bool:
    """Whether a quotation mark made other rows part of one of the cells: a line break, and separators with it."""
    return any("\n" in cell and (separator or ",") in cell for cell in row.cells)
