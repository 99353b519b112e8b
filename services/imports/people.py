"""The flow that donor and patient files share: layout, rows, plan of each chunk, and writing it."""

import hashlib
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from sqlmodel import Session

from domain.errors import UnusableInput
from domain.reference import Reference
from models.crypto import blind_index
from models.importing import ImportBatch, ImportKind
from services.imports.batches import BatchJournal, close_batch, open_batch, result_of
from services.imports.columns import map_columns
from services.imports.fields import PeopleForm
from services.imports.outcome import FileIssue, ImportResult, NoJournal, RowResult, Tally
from services.imports.reading import Layout, ReadRow, RowReader
from services.imports.recognise import is_antibody_table, people_kind
from services.imports.request import ImportRequest
from services.imports.survey import survey_table
from services.imports.tabular import Table, read_table
from services.imports.typings import TypingReader
from services.imports.values import Fault

ROWS_AT_ONCE = 2_000
UPDATED_AT = "updated_at"


@dataclass(frozen=True, slots=True)
class Stored:
    """What is on record of a person before the row is looked at closely.

    `left_alone` is the sentence that refuses every row of this person, `held` the yes-or-no columns that a file
    cannot set to yes: the person said no here.
    """

    id: int
    row_hash: str | None
    source_updated_at: datetime | None
    left_alone: str | None = None
    taken_by: str = ""  # the number of the record that took this one over
    held: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Arrival:
    """A row accepted: its column values, their fingerprint, and the moment its source wrote it."""

    row: ReadRow
    columns: dict[str, Any]
    row_hash: str
    source_updated_at: datetime | None
    id: int | None = None


@dataclass(slots=True)
class Plan:
    """What a chunk of rows would change."""

    create: list[Arrival] = field(default_factory=list)
    update: list[tuple[Arrival, Mapping[str, Any]]] = field(default_factory=list)
    remember: list[Arrival] = field(default_factory=list)  # nothing changes but the fingerprint
    results: list[RowResult] = field(default_factory=list)


class Register(Protocol):
    """One kind of person on record."""

    form: PeopleForm
    said_when_absent: Mapping[str, FileIssue]  # by column: what a file without it should be told

    def begin(self) -> None:
        """Before the first row: whether any row may join those on record. Raises RefusedByRule."""

    def columns_of(self, row: ReadRow) -> dict[str, Any]:
        """The row's values as the tables hold them."""

    def find(self, numbers: Sequence[str]) -> Mapping[str, Stored]:
        """Those of these numbers that are on record."""

    def load(self, ids: Sequence[int]) -> Mapping[int, Mapping[str, Any]]:
        """Everything on record of these people, identity included."""

    def write(self, plan: Plan, batch_id: int) -> None:
        """Carry out a plan."""

    def finish(self, keys: frozenset[str], batch: ImportBatch | None, *, full: bool, changed: bool) -> Sequence[str]:
        """After the last row: the numbers marked inactive (or to be, where there is no batch) by a full import."""


def import_people(
    session: Session, request: ImportRequest, *, register: Register, reference: Reference, layout: Layout | None = None
) -> ImportResult:
    """Import one file; nothing is written by a check, nor before the whole file is known to be readable.

    Give the layout where it was opened already, so that the session of a writer keeps nobody waiting meanwhile.

    Raises:
        RefusedByRule: no row may join those on record.
        UnusableInput: the file as a whole cannot be used, or a full import was not confirmed.
    """
    layout = layout or open_layout(request, register.form)
    table = layout.table
    register.begin()
    batch, kind = None, register.form.kind
    if request.writes:
        batch = open_batch(session, request, kind=kind, encoding=table.encoding, separator=table.separator)
    batch_id = batch.id if batch else None
    tally = Tally(BatchJournal(session, batch_id) if batch_id is not None else NoJournal())
    tally.add(_issues_of_file(table, layout, register))
    for chunk in _chunks(_settled_rows(layout, request, reference)):
        plan = plan_chunk(chunk, register)
        if batch_id is not None:
            register.write(plan, batch_id)
        _tally_chunk(tally, chunk, plan, request, total=layout.survey.row_count)
    changed = bool(tally.outcomes["created"] + tally.outcomes["updated"])
    if request.mode == "full" and tally.outcomes["refused"] == tally.outcomes.total():
        raise UnusableInput("full_of_refused_rows")  # nobody is in such a file, and everybody would be absent from it
    deactivated = register.finish(layout.survey.keys, batch, full=request.mode == "full", changed=changed)
    tally.add([FileIssue("deactivated", "info", raw=number, params={"key": number}) for number in deactivated])
    if request.mode == "full" and not (request.confirmed or request.preview):
        raise not_confirmed(kind, len(deactivated))
    tally.close()
    result = result_of(
        tally, request, kind=kind, batch_id=batch_id,
        encoding=table.encoding, separator=table.separator, deactivated=len(deactivated),
    )  # fmt: skip
    if batch:
        close_batch(session, batch, result, request)
    return result


def not_confirmed(kind: ImportKind, deactivated: int = 0) -> UnusableInput:
    """What to say to a full import that nobody has confirmed."""
    if kind is ImportKind.DONORS:
        return UnusableInput("full_not_confirmed", deactivated=deactivated)
    return UnusableInput("full_needs_yes")


def open_layout(request: ImportRequest, form: PeopleForm) -> Layout:
    """Headings mapped and the whole file surveyed; the first look at a file, also for a preview.

    Raises:
        UnusableInput: no key column, a table that cannot be read, or a full import of a file that seems cut short.
    """
    table = read_table(request.content)
    if not request.columns:
        _check_kind(table, form.kind)
    columns = map_columns(table.headings, fields=form.fields, key=form.key, by_hand=request.columns)
    survey = survey_table(table, columns, fields=form.fields, key=form.key)
    if survey.cut_short and request.mode == "full":
        raise UnusableInput("full_of_cut_file")
    return Layout(table, columns, form.fields, survey, form.key)


def _check_kind(table: Table, kind: ImportKind) -> None:
    """A file of another kind is named as such, instead of by the key column it lacks."""
    found = people_kind(table)
    if found is None and is_antibody_table(table):
        raise UnusableInput("file_of_antibodies", kind=kind.value)
    if found not in (None, kind.value):
        raise UnusableInput("file_of_other_people", found=found, kind=kind.value)


def _issues_of_file(table: Table, layout: Layout, register: Register) -> list[FileIssue]:
    issues = list(layout.columns.issues)
    issues += [said for name, said in register.said_when_absent.items() if name not in layout.columns.places]
    if table.other_sheets:
        names = ", ".join(table.other_sheets)[:200]
        issues.append(FileIssue("sheets_not_read", "warning", params={"sheets": names}))
    for at in layout.survey.unheaded:  # named by its place, for want of a heading
        issues.append(FileIssue("column_unknown", "warning", column=f"#{at + 1}", params={"heading": f"#{at + 1}"}))
    if layout.survey.cut_short:
        issues.append(FileIssue("file_seems_cut", "warning"))
    return issues


def _settled_rows(layout: Layout, request: ImportRequest, reference: Reference) -> Iterator[ReadRow]:
    typings = TypingReader(reference, request.bare)
    for row in RowReader(layout, now=request.now).rows():
        typings.settle(row)
        yield row


def _chunks(rows: Iterable[ReadRow]) -> Iterator[list[ReadRow]]:
    iterator = iter(rows)
    while chunk := list(itertools.islice(iterator, ROWS_AT_ONCE)):
        yield chunk


def _tally_chunk(tally: Tally, chunk: Sequence[ReadRow], plan: Plan, request: ImportRequest, *, total: int) -> None:
    tally.count(plan.results)
    tally.add([issue for row in chunk for issue in row.issues])
    for row in chunk:
        if row.refused:
            request.on_refused(row.raw, row.issues)
    request.on_progress(tally.outcomes.total(), total)


def plan_chunk(rows: Sequence[ReadRow], register: Register) -> Plan:
    """Decide what each row does; reads the register, writes nothing."""
    plan = Plan()
    stored = register.find([row.key for row in rows if not row.refused])
    seen: list[Arrival] = []
    for row in rows:
        known = stored.get(row.key)
        if not row.refused and known:
            _refuse_older(row, known)
            _leave_alone(row, known, register.form.key)
        if row.refused:
            plan.results.append(RowResult(row.raw.line, row.key, "refused"))
            continue
        arrival = _arrival(row, register, known)
        if known is None:
            plan.create.append(arrival)
            plan.results.append(RowResult(row.raw.line, row.key, "created"))
        elif known.row_hash == arrival.row_hash:
            plan.results.append(RowResult(row.raw.line, row.key, "unchanged"))
        else:
            seen.append(arrival)
    _compare(seen, register, plan)
    return plan


def _refuse_older(row: ReadRow, known: Stored) -> None:
    given = row.values.get(UPDATED_AT)
    if isinstance(given, datetime) and known.source_updated_at and given < known.source_updated_at:
        stored_at = known.source_updated_at.isoformat()
        row.add(UPDATED_AT, given.isoformat(), Fault("out_of_order", {"stored_at": stored_at}))


def _leave_alone(row: ReadRow, known: Stored, key: str) -> None:
    """Refuse the row of a person set aside, keeping none of its texts; hold back a yes to what the person refused."""
    if known.left_alone:
        row.issues.clear()
        row.add(key, row.key, Fault(known.left_alone, {"key": row.key, "into": known.taken_by}))
    for name in known.held:
        if row.values.get(name):
            row.add(name, "", Fault("consent_withdrawn_here", {"key": row.key}), "warning")
            row.values[name] = False


def _arrival(row: ReadRow, register: Register, known: Stored | None) -> Arrival:
    columns = register.columns_of(row)
    given = row.values.get(UPDATED_AT)
    updated_at = given if isinstance(given, datetime) else None
    return Arrival(row, columns, row_hash(columns, updated_at), updated_at, known.id if known else None)


def _compare(seen: Sequence[Arrival], register: Register, plan: Plan) -> None:
    """Tell the rows that change something from those whose fingerprint alone is new."""
    current = register.load([arrival.id for arrival in seen if arrival.id is not None])
    for arrival in seen:
        old = current[arrival.id or 0]
        changed = any(old[name] != value for name, value in arrival.columns.items())
        if changed:
            plan.update.append((arrival, old))
        else:
            plan.remember.append(arrival)
        outcome: Any = "updated" if changed else "unchanged"
        plan.results.append(RowResult(arrival.row.raw.line, arrival.row.key, outcome))


def row_hash(columns: Mapping[str, Any], updated_at: datetime | None) -> str:
    """Keyed fingerprint of a row: names and birth dates are few enough to be found out from a plain hash."""
    key = blind_index("row", "fingerprint") or ""
    said = repr((sorted(columns.items()), updated_at and updated_at.isoformat()))
    return hashlib.blake2b(said.encode(), key=key.encode(), digest_size=16).hexdigest()
