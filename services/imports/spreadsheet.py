"""Rows of the first filled sheet of an .xlsx, every cell as text that remembers how the sheet held it."""

import io
from collections.abc import Iterator, Set
from datetime import date, datetime, time, timedelta
from typing import Any

from domain.errors import UnusableInput
from services.imports.spoilt_cells import Place


class SheetNumber(str):
    """Text of a cell that the sheet holds as a number: its decimal mark is a point and is not in doubt."""

    __slots__ = ()


class SheetTime(str):
    """Text of a cell that the sheet holds as a time of day: a typing such as `02:101` ends up so."""

    __slots__ = ()


class SheetDate(str):
    """Text, in ISO form, of a cell that the sheet holds as a date."""

    __slots__ = ()


class SheetError(str):
    """Text of a cell that holds an error, or a formula without its result: nobody knows what it should say."""

    __slots__ = ()


class SheetFlag(str):
    """Text of a cell that the sheet holds as true or false."""

    __slots__ = ()


def open_sheet(content: bytes) -> tuple[Any, tuple[str, ...]]:
    """The first sheet that has cells, and the names of the other filled sheets, which are not read.

    Raises:
        UnusableInput: the workbook cannot be read, or no sheet has a cell.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = [workbook.get_sheet_by_name(name) for name in workbook.sheet_names]
    except CalamineError as error:
        raise UnusableInput("spreadsheet_damaged") from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # the reader's own failure, which is no Exception
            raise
        raise UnusableInput("spreadsheet_damaged") from error
    filled = [sheet for sheet in sheets if sheet.end is not None]
    if not filled:
        raise UnusableInput("file_empty")
    return filled[0], tuple(sheet.name for sheet in filled[1:])


def sheet_rows(sheet: Any, spoilt: Set[Place] = frozenset()) -> Iterator[tuple[int, list[str]]]:
    """Row numbers as the spreadsheet shows them, with the cells as text; `spoilt` ones are errors."""
    by_row: dict[int, list[int]] = {}
    for row, column in spoilt:
        by_row.setdefault(row, []).append(column)
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        texts = [cell_text(cell) for cell in cells]
        for column in by_row.get(number, ()):
            if column <= len(texts):
                texts[column - 1] = SheetError("#")
        yield number, texts


def cell_text(cell: object) -> str:
    """Text of one cell: whole numbers without a decimal part, dates in ISO form, booleans as true and false."""
    match cell:
        case bool():
            return SheetFlag("true" if cell else "false")
        case int():
            return SheetNumber(cell)
        case float():
            return SheetNumber(int(cell) if cell.is_integer() and abs(cell) < 1e15 else repr(cell))
        case datetime():
            midnight = cell.time() == time(0)
            return SheetDate(cell.date().isoformat() if midnight else cell.isoformat(sep=" "))
        case date():
            return SheetDate(cell.isoformat())
        case time() | timedelta():
            return SheetTime(cell)
        case _:
            return str(cell).strip()
