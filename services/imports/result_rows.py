"""Files in which a row is one result of somebody who may have several: the frame that those kinds of file share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from sqlmodel import Session

from domain.errors import UnusableInput
from models.importing import ImportKind
from services.imports.batches import BatchJournal, close_batch, open_batch, result_of
from services.imports.columns import known_column, map_columns, plain_heading
from services.imports.fields import Field
from services.imports.outcome import FileIssue, ImportResult, NoJournal, Outcome, RowResult, Tally
from services.imports.reading import Layout, ReadRow, RowReader
from services.imports.request import ImportRequest
from services.imports.survey import survey_table
from services.imports.tabular import Table, read_table

Take = Callable[[ReadRow], Outcome]


@dataclass(frozen=True, slots=True)
class ResultForm:
    """One kind of such a file. `aliases` are headings that only files of this kind give their meaning;
    `either` are columns of which one must be there; `missing` is the code of what is said where one is not.
    """

    kind: ImportKind
    key: str
    fields: Mapping[str, Field]
    aliases: Mapping[str, str]
    missing: str
    either: tuple[str, ...] = ()


def columns_named(table: Table, form: ResultForm) -> set[str]:
    """The columns of this kind of file that the headings of a table name."""
    exact = {name for heading in table.headings if (name := known_column(heading, form.fields))}
    return exact | set(_by_alias(table, form).values())


def open_result_layout(request: ImportRequest, form: ResultForm) -> Layout:
    """Headings mapped and the whole file surveyed. Raises UnusableInput."""
    table = read_table(request.content)
    by_hand = {**_by_alias(table, form), **request.columns}
    columns = map_columns(table.headings, fields=form.fields, key=form.key, by_hand=by_hand)
    missing = [name for name, field in form.fields.items() if field.required and name not in columns.places]
    if form.either and not columns.places.keys() & set(form.either):
        missing.append(form.either[0])
    if missing:
        found = ", ".join(heading[:40] for heading in table.headings[:20] if heading)
        raise UnusableInput(form.missing, missing=", ".join(missing), found=found)
    survey = survey_table(table, columns, fields=form.fields, key=form.key)
    # Somebody may have any number of results: the same number on several lines is no fault here.
    return Layout(table, columns, form.fields, replace(survey, repeated={}), form.key)


def import_result_rows(
    session: Session, request: ImportRequest, layout: Layout, *, kind: ImportKind, taking: Callable[[int | None], Take]
) -> ImportResult:
    """Take each row of an opened file; `taking` is told the batch that the rows belong to, None where none is written.

    Raises UnusableInput where the file as a whole cannot be used.
    """
    written_as = {"kind": kind, "encoding": layout.table.encoding, "separator": layout.table.separator}
    batch = open_batch(session, request, **written_as) if request.writes else None  # type: ignore[arg-type]
    batch_id = batch.id if batch else None
    tally = Tally(BatchJournal(session, batch_id) if batch_id is not None else NoJournal())
    tally.add(_issues_of_file(layout))
    take = taking(batch_id)
    for row in RowReader(layout, now=request.now).rows():
        outcome = take(row)
        tally.count([RowResult(row.raw.line, row.key, outcome)])
        tally.add(row.issues)
        if row.refused:
            request.on_refused(row.raw, row.issues)
        request.on_progress(tally.outcomes.total(), layout.survey.row_count)
    tally.close()
    result = result_of(tally, request, batch_id=batch_id, **written_as)  # type: ignore[arg-type]
    if batch:
        close_batch(session, batch, result, request)
    return result


def _by_alias(table: Table, form: ResultForm) -> dict[str, str]:
    exact = {known_column(heading, form.fields) for heading in table.headings}
    found: dict[str, str] = {}
    for heading in table.headings:
        name = form.aliases.get(plain_heading(heading))
        if name and name not in exact and name not in found.values():
            found[heading] = name
    return found


def _issues_of_file(layout: Layout) -> list[FileIssue]:
    issues = list(layout.columns.issues)
    if layout.table.other_sheets:
        names = ", ".join(layout.table.other_sheets)[:200]
        issues.append(FileIssue("sheets_not_read", "warning", params={"sheets": names}))
    if layout.survey.cut_short:
        issues.append(FileIssue("file_seems_cut", "warning"))
    return issues
