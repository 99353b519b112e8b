"""A table out of bytes: separated text or .xlsx, read leniently, every cell kept, every row with its line."""

import csv
import io
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from domain.errors import UnusableInput
from services.imports.encoding import detect_encoding
from services.imports.filetype import MAX_FILE_BYTES, FileKind, recognise_file
from services.imports.spoilt_cells import spoilt_cells
from services.imports.spreadsheet import open_sheet, sheet_rows

SEPARATORS = ("\t", ";", "|", ",")  # in this order where the header has as many cells with two of them
SEPARATOR_NAMES = {"\t": "tab", ";": ";", "|": "|", ",": ","}
MAX_COLUMNS = 1_000


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row as the file has it; `line` is where it starts, `last_line` where it ends."""

    line: int
    last_line: int
    cells: Sequence[str]


@dataclass(frozen=True, slots=True)
class Table:
    """A file as rows under headings; `rows` may be called again and starts anew each time."""

    headings: tuple[str, ...]
    header_line: int
    encoding: str | None
    separator: str | None
    other_sheets: tuple[str, ...]
    ends_with_newline: bool
    _read: Callable[[], Iterator[RawRow]]

    @property
    def width(self) -> int:
        """How many cells a row must have: up to the last heading that is not empty."""
        return max(i for i, heading in enumerate(self.headings, start=1) if heading)

    def rows(self) -> Iterator[RawRow]:
        """The rows below the header that hold anything, cells stripped.

        Raises:
            UnusableInput: a quotation mark opened somewhere is never closed.
        """
        return (row for row in self._read() if row.line > self.header_line)

    def all_rows(self) -> Iterator[RawRow]:
        """The rows from the first filled one on, the header included, as for a table that may have none."""
        return (row for row in self._read() if row.line >= self.header_line)


def read_table(content: bytes) -> Table:
    """The table in a file of separated text or .xlsx, its encoding and separator recognised.

    Raises:
        UnusableInput: empty, too large, of another type, not readable in any known encoding, or damaged.
    """
    kind = recognise_file(content)
    if kind is FileKind.XML:
        raise UnusableInput("wrong_file_type", found="XML")
    if kind is FileKind.XLSX:
        return _spreadsheet_table(content)
    return _text_table(content)


def _spreadsheet_table(content: bytes) -> Table:
    sheet, others = open_sheet(content)
    spoilt = spoilt_cells(content, sheet.name)

    def read() -> Iterator[RawRow]:
        for number, cells in sheet_rows(sheet, spoilt):
            if any(cells):
                yield RawRow(number, number, cells)

    return _with_header(read, encoding=None, separator=None, others=others, ends_with_newline=True)


def _text_table(content: bytes) -> Table:
    encoding = detect_encoding(content)
    separator, skipped = _sniff_separator(content, encoding)
    ended = content.rstrip(b"\x00")[-1:] in (b"\n", b"\r")

    def read() -> Iterator[RawRow]:
        with io.TextIOWrapper(io.BytesIO(content), encoding=encoding, newline="") as lines:
            yield from _separated_rows(lines, separator, skipped)

    return _with_header(read, encoding=encoding, separator=separator, others=(), ends_with_newline=ended)


def _with_header(
    read: Callable[[], Iterator[RawRow]],
    *,
    encoding: str | None,
    separator: str | None,
    others: tuple[str, ...],
    ends_with_newline: bool,
) -> Table:
    header = next(read(), None)
    if header is None:
        raise UnusableInput("file_empty")
    if len(header.cells) > MAX_COLUMNS:
        raise UnusableInput("too_many_columns", columns=len(header.cells), limit=MAX_COLUMNS)
    return Table(tuple(header.cells), header.line, encoding, separator, others, ends_with_newline, read)


class _Lines:
    """Lines of a file that remember how many were read and whether the end was reached."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self.ended = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines, None)
        if line is None:
            self.ended = True
            raise StopIteration
        return line


def _separated_rows(lines: Iterator[str], separator: str, skipped: int) -> Iterator[RawRow]:
    """Rows of separated text. A row that is open at the end of the file was swallowed by a quotation mark."""
    csv.field_size_limit(MAX_FILE_BYTES)  # a long cell refuses its row, not the file: see shape.py
    source = _Lines(itertools.islice(lines, skipped, None))
    reader = csv.reader(source, delimiter=separator, skipinitialspace=True)
    line = skipped + 1
    for cells in reader:
        if source.ended:
            raise UnusableInput("quote_never_closed", line=line)
        last_line = skipped + reader.line_num
        stripped = [cell.strip() for cell in cells]
        if any(stripped):
            yield RawRow(line, last_line, stripped)
        line = last_line + 1


def _sniff_separator(content: bytes, encoding: str) -> tuple[str, int]:
    """The separator of the first filled line, and how many lines come before the table."""
    with io.TextIOWrapper(io.BytesIO(content), encoding=encoding, newline="") as lines:
        for skipped, line in enumerate(lines):
            text = line.strip()
            if text.lower().startswith("sep=") and len(text) <= 5:
                return _hinted(text[4:] or "\t"), skipped + 1
            if text.strip("".join(SEPARATORS) + '" '):
                return max(SEPARATORS, key=lambda separator: _cell_count(line, separator)), 0
    raise UnusableInput("file_empty")


def _hinted(separator: str) -> str:
    """The separator of Excel's own hint, which Excel alone understands."""
    if separator not in SEPARATORS:
        raise UnusableInput("separator_unknown", separator=separator)
    return separator


def _cell_count(line: str, separator: str) -> int:
    csv.field_size_limit(MAX_FILE_BYTES)
    return len(next(csv.reader([line], delimiter=separator, skipinitialspace=True)))
