"""Tables going out as CSV that a spreadsheet opens without obeying what a cell says."""

import csv
import re
from collections.abc import Sequence
from typing import IO

from services.imports.tabular import RawRow

FORMULA_SIGNS = ("=", "+", "-", "@")
_OBEYED = frozenset((*FORMULA_SIGNS, "\t", "\r"))
# A sign alone, a number and a phone number begin with + or - and are harmless: RhD is `+` or `-`. A second sign sums.
_HARMLESS = re.compile(r"[+-]?[\d\s.,()]*")


def neutralised(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet would take it for a formula."""
    if text[:1] in _OBEYED and not _HARMLESS.fullmatch(text):
        return f"'{text}"
    return text


def without_guard(text: str) -> str:
    """The text without the apostrophe that our own exports put before a sign a spreadsheet would obey."""
    return text[1:] if text[:1] == "'" and text[1:2] in FORMULA_SIGNS else text


class RefusedRowsFile:
    """Writes refused rows as they were, with the reason in a last column, ready to correct and send again."""

    def __init__(self, stream: IO[str], headings: Sequence[str], *, reason_heading: str) -> None:
        self._writer = csv.writer(stream, delimiter=";", lineterminator="\r\n")
        self._width = len(headings)
        self.written = 0
        self._writer.writerow([neutralised(heading) for heading in (*headings, reason_heading)])

    def add(self, row: RawRow, reasons: Sequence[str]) -> None:
        """Write one row; cells beyond the header are kept, after the reason."""
        cells = [neutralised(str(cell)) for cell in row.cells]
        padded = cells[: self._width] + [""] * (self._width - len(cells))
        self._writer.writerow([*padded, neutralised(" · ".join(reasons)), *cells[self._width :]])
        self.written += 1
