"""A document as CSV: in the profile French Excel opens, or the international one (RFC 4180).

One header, one row for each row of the first table, and on each row what the sheet says of itself: sorted, cut or
merged, a row still says for whom it was found, on what, by whom and when. Of an empty table one row says it alone.
"""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO

from services.documents.document import Cell, Document
from services.exports import neutralised
from services.wording.catalogue import sentence

END = "\r\n"
# Spaces of French typography: in a cell they are no space to whoever searches, splits or reads a number.
PLAIN_SPACES = str.maketrans({"\u202f": " ", "\u00a0": " "})


@dataclass(frozen=True, slots=True)
class Profile:
    """How a profile writes: the sign between cells, the decimal sign, a day, a moment, the encoding."""

    delimiter: str
    decimal: str
    day: str
    moment: Callable[[datetime], str]
    encoding: str


PROFILES = {
    "excel-fr": Profile(";", ",", "%d/%m/%Y", lambda at: at.strftime("%d/%m/%Y %H:%M"), "utf-8-sig"),
    "international": Profile(",", ".", "%Y-%m-%d", lambda at: at.isoformat(timespec="minutes"), "utf-8"),
}


def write_csv(document: Document, file: IO[bytes], profile: Profile) -> int:
    """Write the file a line at a time, a byte-order mark first where the profile has one; returns the table's rows."""
    table, stated = document.tables[0], document.stated()
    headings = [*(column.heading for column in table.columns), *(fact.label for fact in stated)]
    file.write(_line([neutralised(heading) for heading in headings], profile).encode(profile.encoding))
    # The same on every row, so written once.
    context = profile.delimiter + _line([written(fact.value, profile, document.locale) for fact in stated], profile)
    rows = 0
    for rows, row in enumerate(table.rows, start=1):  # noqa: B007 - the last number is their count
        cells = [written(cell, profile, document.locale) for cell in row]
        file.write((_line(cells, profile).removesuffix(END) + context).encode())
    if not rows:
        file.write((profile.delimiter * (len(table.columns) - 1) + context).encode())
    return rows


def _line(cells: list[str], profile: Profile) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=profile.delimiter, lineterminator=END).writerow(cells)
    return text.getvalue().translate(PLAIN_SPACES)


def written(cell: Cell, profile: Profile, locale: str) -> str:
    """One value as the profile writes it; text that a spreadsheet would obey is made harmless."""
    if isinstance(cell, str):
        return neutralised(cell)
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return sentence("doc.yes" if cell else "doc.no", {}, locale)
    if isinstance(cell, int | float):
        return str(cell).replace(".", profile.decimal)
    if isinstance(cell, datetime):
        return profile.moment(cell)
    if isinstance(cell, date):
        return cell.strftime(profile.day)
    return neutralised(cell.text)
