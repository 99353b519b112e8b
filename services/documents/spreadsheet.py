"""A document as an XLSX workbook: a sheet for each table, each saying what it is, none with a live formula."""

from datetime import date, datetime
from tempfile import TemporaryDirectory
from typing import IO, Any

from services.documents.document import Cell, Document, Sign, Table
from services.wording.formats import format_date

LONGEST_CELL = 32_767  # what the format holds
LONGEST_HEADER = 250
A4, FORBIDDEN = 9, "[]:*?/\\"


def write_workbook(document: Document, file: IO[bytes]) -> int:
    """Write the workbook row by row, keeping one row in memory; returns the rows of the first table."""
    from xlsxwriter import Workbook

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    # its rows wait in files: in a folder of their own nothing of them is left where the disk fills up
    with TemporaryDirectory() as folder, Workbook(file, {**options, "tmpdir": folder}) as book:
        book.set_properties({"title": f"{document.title} · {document.subject}", "author": ""})
        forms = _forms(book, document.locale)
        written = [_Sheet(book, document, table, forms).write() for table in document.tables]
    return written[0]


def _forms(book: Any, locale: str) -> dict[str, Any]:
    day = "dd/mm/yyyy" if locale == "fr" else "yyyy-mm-dd"
    return {
        "title": book.add_format({"bold": True, "font_size": 13}),
        "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
        "label": book.add_format({"font_color": "#4d4d4d"}),
        "day": book.add_format({"num_format": day, "align": "left"}),
        "moment": book.add_format({"num_format": f"{day} hh:mm", "align": "left"}),
        "number": book.add_format({"num_format": "General"}),
        "text": book.add_format({"num_format": "@"}),
    }


class _Sheet:
    """One table on its own sheet, below what every sheet says."""

    def __init__(self, book: Any, document: Document, table: Table, forms: dict[str, Any]) -> None:
        name = "".join(sign for sign in table.name if sign not in FORBIDDEN)[:31]
        self.sheet, self.document, self.table, self.forms = book.add_worksheet(name), document, table, forms
        self.row = 0

    def write(self) -> int:
        """Everything, from the first row to the last; returns how many rows the table has."""
        self._lay_out()
        self._text(0, f"{self.document.title} · {self.document.subject}", "title")
        self._next()
        for fact in self.document.stated():
            self._text(0, fact.label, "label")
            self._cell(1, fact.value)
            self._next()
        for note in self.document.notes:
            self._text(0, note, "label")
            self._next()
        self._next()
        head = self.row
        for at, column in enumerate(self.table.columns):
            self._text(at, column.heading, "head")
        for row in self.table.rows:
            self._next()
            for at, cell in enumerate(row):
                self._cell(at, cell)
        self.sheet.freeze_panes(head + 1, 2)
        self.sheet.repeat_rows(head)
        self.sheet.autofilter(head, 0, max(self.row, head), len(self.table.columns) - 1)
        return self.row - head

    def _next(self) -> None:
        self.row += 1

    def _lay_out(self) -> None:
        sheet, document = self.sheet, self.document
        for at, column in enumerate(self.table.columns):
            sheet.set_column(at, at, max(column.width, 14 if at == 0 else 8))
        sheet.set_paper(A4)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        about = _escaped(f"{document.title} · {document.subject}")
        sheet.set_header(f"&L&8{about[:LONGEST_HEADER]}")
        sheet.set_footer(f"&L&8{_escaped(document.said('doc.uncontrolled'))}&R&8&P/&N")

    def _text(self, at: int, text: str, form: str) -> None:
        self.sheet.write_string(self.row, at, text[:LONGEST_CELL], self.forms[form])

    def _cell(self, at: int, cell: Cell) -> None:
        sheet, row = self.sheet, self.row
        if cell is None or cell == "":
            return
        if isinstance(cell, bool):
            self._text(at, self.document.said("doc.yes" if cell else "doc.no"), "text")
        elif isinstance(cell, int | float):
            sheet.write_number(row, at, cell)
        elif isinstance(cell, datetime):
            sheet.write_datetime(row, at, cell.replace(tzinfo=None), self.forms["moment"])
        elif isinstance(cell, date):
            self._day(at, cell)
        else:
            self._text(at, cell.text if isinstance(cell, Sign) else cell, "text")

    def _day(self, at: int, day: date) -> None:
        if day.year < 1900:  # the format has no days before
            self._text(at, format_date(day, self.document.locale), "text")
        else:
            self.sheet.write_datetime(self.row, at, datetime(day.year, day.month, day.day), self.forms["day"])  # noqa: DTZ001


def _escaped(text: str) -> str:
    """An ampersand begins a code in a header."""
    return text.replace("&", "&&")
