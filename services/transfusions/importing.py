"""Files of transfusions: a bad row never stops the good ones, and the same file twice changes nothing.

A later file may complete a transfusion (the count of the next day); what it says otherwise is refused, never taken.
"""

from collections.abc import Callable

from sqlmodel import Session

from domain.errors import UnusableInput
from domain.reservation import Timing
from domain.transfusion import Window
from models.patient import Patient
from models.transfusion import Transfusion
from services.imports.outcome import ImportResult, Outcome
from services.imports.reading import Layout, ReadRow
from services.imports.request import ImportRequest
from services.imports.result_rows import columns_named, import_result_rows, open_result_layout
from services.imports.tabular import Table
from services.imports.typed_results import checked_or_written, take_row
from services.imports.values import Fault
from services.patients import get_patient
from services.transfusions.entry import ENDED_AT, KEY, Entry
from services.transfusions.judging import judge_entry
from services.transfusions.reading import FORM, settle_entry
from services.transfusions.recording import (
    check_free,
    check_not_withdrawn,
    complete_transfusion,
    new_row,
    with_product_facts,
    with_record,
)
from services.transfusions.rules import outcome_rules
from services.transfusions.store import find_near

OUTSIDE = {f"outcome_why.outside_{window.value}": f"count_{window.value}_at" for window in Window}


def open_transfusion_layout(request: ImportRequest, *, most_rows: int | None = None) -> Layout:
    """Headings mapped and the whole file surveyed. Raises UnusableInput, also for more rows than `most_rows`."""
    layout = open_result_layout(request, FORM)
    if most_rows is not None and layout.survey.row_count > most_rows:
        raise UnusableInput("transfusion_file_too_long", rows=layout.survey.row_count, most=most_rows)
    return layout


def is_transfusion_table(table: Table) -> bool:
    """Whether a table holds transfusions, by its headings."""
    named = columns_named(table, FORM)
    return {KEY, ENDED_AT} <= named and bool(named & {"pre_count", "count_1h", "count_24h"})


def import_transfusions(
    session: Session, request: ImportRequest, *, timing: Timing, layout: Layout | None = None
) -> ImportResult:
    """Import one file. A check does all of it and takes it back, so that it tells exactly what the import would.

    Give the layout where it was opened already, so that the session of a writer keeps nobody waiting meanwhile.
    Raises UnusableInput where the file as a whole cannot be used.
    """
    opened = layout or open_transfusion_layout(request)

    def taking(batch_id: int | None) -> Callable[[ReadRow], Outcome]:
        return lambda row: _take(session, row, request, opened, timing=timing, batch_id=batch_id)

    return checked_or_written(
        session, request, lambda: import_result_rows(session, request, opened, kind=FORM.kind, taking=taking)
    )


def _take(
    session: Session,
    row: ReadRow,
    request: ImportRequest,
    layout: Layout,
    *,
    timing: Timing,
    batch_id: int | None,
) -> Outcome:
    entry = settle_entry(row, layout.columns.places, timing=timing, rules=outcome_rules(timing.today))
    if entry is None:
        return "refused"

    def take() -> Outcome:
        patient = get_patient(session, row.key)
        taken, outcome = _record(session, patient, entry, request, timing=timing, batch_id=batch_id)
        _say_what_is_not_judged(session, row, patient, taken, timing)
        return outcome

    return take_row(session, row, take)


def _record(
    session: Session,
    patient: Patient,
    entry: Entry,
    request: ImportRequest,
    *,
    timing: Timing,
    batch_id: int | None,
) -> tuple[Transfusion, Outcome]:
    """The row of the transfusion, new or completed. Raises InvalidFields, RefusedByRule."""
    check_not_withdrawn(session, patient, entry)
    known = find_near(session, patient, entry.ended_at, minutes=outcome_rules(timing.today).same_time_minutes)
    same = known is not None and known.ended_at == entry.ended_at
    check_free(session, patient, entry, timing=timing, but=known.id if known and same else None)
    if known is not None and same:
        return known, complete_transfusion(session, patient, known, entry, actor=request.actor, timing=timing)
    entry = with_record(with_product_facts(session, entry), patient)
    made = new_row(session, patient, entry, actor=request.actor, now=request.now, batch_id=batch_id)
    session.add(made)
    session.flush()
    return made, "created"


def _say_what_is_not_judged(
    session: Session, row: ReadRow, patient: Patient, taken: Transfusion, timing: Timing
) -> None:
    """A count outside its window is kept and never judged: the person who sends the file must hear it."""
    judged = judge_entry(session, patient, taken, on=timing.today)
    for window in judged.windows:
        for reason in window.reasons:
            if reason.code in OUTSIDE:
                row.add(OUTSIDE[reason.code], "", Fault(reason.code, reason.params), "warning")
