"""Files of courses of treatment: a bad row never stops the good ones, and the same file twice changes nothing.

A later file may tell the end of a course; what it says otherwise than the record is refused, never taken.
"""

from collections.abc import Callable
from datetime import date

from sqlmodel import Session

from services.imports.outcome import ImportResult, Outcome
from services.imports.reading import Layout, ReadRow
from services.imports.request import ImportRequest
from services.imports.result_rows import columns_named, import_result_rows
from services.imports.tabular import Table
from services.imports.typed_results import checked_or_written, take_row
from services.treatments.entry import FORM, KEY, settle_entry
from services.treatments.recording import take_treatment


def is_treatment_table(table: Table) -> bool:
    """Whether a table holds courses of treatment, by its headings."""
    return {KEY, "kind", "first_on"} <= columns_named(table, FORM)


def import_treatments(session: Session, request: ImportRequest, *, today: date, layout: Layout) -> ImportResult:
    """Import one opened file. Raises UnusableInput where the file as a whole cannot be used."""

    def taking(batch_id: int | None) -> Callable[[ReadRow], Outcome]:
        return lambda row: _take(session, row, request, today=today, batch_id=batch_id)

    return checked_or_written(
        session, request, lambda: import_result_rows(session, request, layout, kind=FORM.kind, taking=taking)
    )


def _take(session: Session, row: ReadRow, request: ImportRequest, *, today: date, batch_id: int | None) -> Outcome:
    entry = settle_entry(row, today=today)
    if entry is None:
        return "refused"
    given = {"patient_number": row.key, "actor": request.actor, "now": request.now, "batch_id": batch_id}
    return take_row(session, row, lambda: take_treatment(session, entry=entry, **given))  # type: ignore[arg-type]
