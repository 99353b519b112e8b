"""A document as CSV: in the profile French Excel opens, or the international one (RFC 4180).

One header, one row for each row of the first table, and on each row what the sheet says of itself: sorted, cut or
merged, a row still says for whom it was found, on what, by whom and when.
"""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from services.documents.document import Cell, Document
from services.exports import neutralised
from services.wording.catalogue import sentence

END = "\r\n"


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


def csv_lines(document: Document, profile: Profile) -> Iterator[bytes]:
    """The lines of the file, one at a time; a byte-order mark first where the profile has one."""
    table, stated = document.tables[0], document.stated()
    headings = [*(column.heading for column in table.columns), *(fact.label for fact in stated)]
    # The same on every row, so written once.
    context = profile.delimiter + _line([written(fact.value, profile, document.locale) for fact in stated], profile)
    yield _line([neutralised(heading) for heading in headings], profile).encode(profile.encoding)
    for row in table.rows:
        cells = [written(cell, profile, document.locale) for cell in row]
        yield (_line(cells, profile).removesuffix(END) + context).encode("utf-8")


def _line(cells: list[str], profile: Profile) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=profile.delimiter, lineterminator=END).writerow(cells)
    return text.getvalue()


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
