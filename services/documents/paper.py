"""A document as a tagged PDF, set by typst from data: no text of ours or of anybody is ever read as markup."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from math import floor
from pathlib import Path
from typing import Any

from services.documents.document import Cell, Document, Fact, Sign, Table
from services.wording.formats import format_date, format_number

TEMPLATE = Path(__file__).with_name("sheet.typ")
Json = dict[str, Any]


def pdf_bytes(document: Document, at: datetime) -> bytes:
    """The PDF; its fonts are those inside typst, whatever the machine has."""
    import typst

    content: bytes = typst.compile(
        TEMPLATE,
        root=TEMPLATE.parent,
        format="pdf",
        ignore_system_fonts=True,
        pdf_tags=True,
        timestamp=int(at.timestamp()),
        sys_inputs={"data": json.dumps(paper_data(document), ensure_ascii=False)},
    )
    return content


def paper_data(document: Document) -> Json:
    """Everything the pages show, each value as the reader writes it."""
    locale = document.locale
    return {
        "lang": locale,
        "title": document.title,
        "subject": document.subject,
        "facts": _stated(document.facts, locale),
        "versions": _stated(document.versions, locale),
        "made": _stated(document.made, locale),
        "notes": list(document.notes),
        "tables": [_table(table, document) for table in document.tables],
        "legend": [list(pair) for pair in document.legend],
        "page": document.said("doc.page"),
        "empty": document.said("doc.empty"),
    }


def _stated(facts: Sequence[Fact], locale: str) -> list[list[str]]:
    return [[fact.label, shown(fact.value, locale)] for fact in facts]


def _table(table: Table, document: Document) -> Json:
    grade = document.said("heading_grade")
    columns = [
        {"heading": one.heading, "width": one.width, "number": one.number, "grade": one.heading == grade}
        for one in table.columns
    ]
    rows = [[_cell(cell, document) for cell in row] for row in table.rows]
    return {"title": table.title or table.name, "columns": columns, "rows": rows}


def _cell(cell: Cell, document: Document) -> str | Json:
    if isinstance(cell, Sign):
        figure = "" if cell.figure is None else shown(cell.figure, document.locale)
        return {"glyph": cell.glyph, "text": _breakable(cell.text), "figure": figure}
    if isinstance(cell, bool):
        return document.said("doc.yes" if cell else "doc.no")
    return shown(cell, document.locale)


def _breakable(text: str) -> str:
    """A list of alleles may be broken after each."""
    return text.replace("/", "/\u200b")


def shown(cell: Cell, locale: str) -> str:
    """One value as a page of the site shows it: numbers grouped and never rounded up."""
    if cell is None:
        return ""
    if isinstance(cell, int | float):
        return format_number(floor(cell), locale)
    if isinstance(cell, datetime):
        return f"{format_date(cell.date(), locale)} {cell:%H:%M}"
    if isinstance(cell, date):
        return format_date(cell, locale)
    return cell.text if isinstance(cell, Sign) else cell
