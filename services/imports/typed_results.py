"""One result typed in a form, judged as a row of a file of its kind; and a row of such a file taken or refused."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import TypeVar

from sqlmodel import Session

from domain.errors import FieldFault, InvalidFields, PhenothequeError
from services.imports.outcome import ImportResult, Outcome
from services.imports.reading import ReadRow
from services.imports.request import ImportRequest
from services.imports.result_rows import ResultForm
from services.imports.single_row import faults_of, read_single_row
from services.imports.values import Fault
from services.reference import core_reference

Entry = TypeVar("Entry")


def judge_typed_result(
    typed: Mapping[str, str], form: ResultForm, settle: Callable[[ReadRow], Entry | None], *, needs: str, now: datetime
) -> Entry:
    """What was typed as `settle` understands it; an empty field is told by the sentence `<needs>.<field>`.

    Raises InvalidFields with every fault at once.
    """
    texts = {name: typed.get(name, "") for name in form.fields}
    row = read_single_row(texts, fields=form.fields, key=form.key, reference=core_reference(), now=now)
    entry = settle(row)
    if faults := faults_of(row):
        empty = ("cell_empty", "key_empty")
        raise InvalidFields(
            [FieldFault(one.field, f"{needs}.{one.field}") if one.code in empty else one for one in faults]
        )
    if entry is None:
        raise TypeError("a row without an error is an entry")
    return entry


def past_day(row: ReadRow, name: str, *, today: date) -> date | None:
    """The day of a column; one that has not come yet is an error of the row, not only a remark."""
    found = row.values.get(name)
    row.issues = [one for one in row.issues if not (one.column == name and one.code == "date_in_future")]
    if not isinstance(found, date):
        return None
    if found > today:
        row.add(name, found.isoformat(), Fault("date_in_future"))
    return found


def checked_or_written(session: Session, request: ImportRequest, do: Callable[[], ImportResult]) -> ImportResult:
    """Import; a check does all of it and takes it back, so that it tells exactly what the import would."""
    if request.writes:
        return do()
    undone = session.begin_nested()
    try:
        return do()
    finally:
        undone.rollback()


def take_row(session: Session, row: ReadRow, do: Callable[[], Outcome]) -> Outcome:
    """Take one row; what refuses it is an error of the row, and leaves nothing half done behind."""
    try:
        with session.begin_nested():
            return do()
    except InvalidFields as error:
        for fault in error.faults:
            row.add(fault.field, str(fault.params.get("text", "")), Fault(fault.code, plain_params(fault.params)))
    except PhenothequeError as error:
        row.add(None, row.key, Fault(error.code, plain_params(error.params)))
    return "refused"


def plain_params(params: Mapping[str, object]) -> dict[str, str | int | float]:
    """What fills a sentence, as an issue of a file keeps it."""
    return {name: value if isinstance(value, int | float) else str(value) for name, value in params.items()}
