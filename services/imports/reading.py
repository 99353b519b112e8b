"""Second pass over a table: each row into values of their kind, with every fault of the row at once."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial

from domain.errors import Severity, UnusableInput
from domain.low_expression import low_expression_text, parse_low_expression
from services.exports import without_guard
from services.imports.choices import parse_choice
from services.imports.columns import ColumnMap
from services.imports.fields import Field
from services.imports.outcome import MAX_RAW_CHARACTERS, FileIssue
from services.imports.shape import shape_fault
from services.imports.spreadsheet import SheetDate, SheetFlag, SheetNumber, SheetTime
from services.imports.survey import Survey, clean_key
from services.imports.tabular import RawRow, Table
from services.imports.values import (
    CLOCK_TOLERANCE,
    DateOrder,
    DecimalMark,
    Fault,
    is_ahead,
    parse_date,
    parse_instant,
    parse_number,
    parse_whole,
)
from services.rule_tables import low_expression_antigens

MAX_KEY_CHARACTERS = 64
MAX_TEXT_CHARACTERS = 300
MAX_REMEMBERED_TEXTS = 50_000  # of one column: room for every date, and bounded for a column of free text

# What a spreadsheet that saves CSV makes of 02:101, a typing without its locus; no allele has a third field 00.
_TIME_OF_DAY = re.compile(r"\d{1,4}:\d{2}:00(?:\.0+)?")

Value = str | float | int | bool | date | datetime | None


@dataclass(frozen=True, slots=True)
class Reading:
    """What one cell says: a value, and perhaps a fault; an error refuses the row."""

    value: Value
    fault: Fault | None = None
    severity: Severity = "error"


@dataclass(slots=True)
class ReadRow:
    """One row understood: its values by column, and its issues."""

    raw: RawRow
    key: str
    values: dict[str, Value] = field(default_factory=dict)
    issues: list[FileIssue] = field(default_factory=list)
    refused: bool = False

    def add(self, column: str | None, raw: str, fault: Fault, severity: Severity = "error") -> None:
        """Note an issue; an error refuses the row."""
        text = str(raw[:MAX_RAW_CHARACTERS])
        self.issues.append(FileIssue(fault.code, severity, self.raw.line, column, text, fault.params))
        self.refused = self.refused or severity == "error"


@dataclass(frozen=True, slots=True)
class Layout:
    """All that reading a row needs to know about its file."""

    table: Table
    columns: ColumnMap
    fields: Mapping[str, Field]
    survey: Survey
    key: str


class RowReader:
    """Reads the rows of one file by what its survey found; remembers the texts it has read."""

    def __init__(self, layout: Layout, *, now: datetime) -> None:
        self._layout = layout
        self._width = layout.table.width
        self._columns = [
            (name, place, cell_parser(layout.fields[name], layout.survey, now=now), dict[str, Reading]())
            for name, place in layout.columns.places.items()
            if name != layout.key
        ]

    def rows(self) -> Iterator[ReadRow]:
        """Every row of the file, in its order."""
        for raw in self._layout.table.rows():
            yield self.read(raw)

    def read(self, raw: RawRow) -> ReadRow:
        """One row; a row of the wrong shape keeps no value, since its cells may stand under wrong headings."""
        place = self._layout.columns.places[self._layout.key]
        key = raw.cells[place] if place < len(raw.cells) else ""
        row = ReadRow(raw, clean_key(key)[:MAX_KEY_CHARACTERS])
        misshapen = shape_fault(raw, self._layout.table, self._width)
        if misshapen:
            row.add(None, raw.cells[0] if raw.cells else "", misshapen)
            row.key = ""  # it may be anybody's name, and a key is kept in clear
            return row
        self._check_key(row, key)
        for name, place, parse, known in self._columns:
            text = raw.cells[place]
            reading = known.get(text) if type(text) is str else None
            if reading is None:
                reading = parse(text)
                if type(text) is str and len(known) < MAX_REMEMBERED_TEXTS:
                    known[text] = reading
            if reading.fault:
                row.add(name, text, reading.fault, reading.severity)
            row.values[name] = reading.value
        return row

    def _check_key(self, row: ReadRow, text: str) -> None:
        fault = key_fault(text)
        lines = self._layout.survey.repeated.get(row.key)
        if lines and not fault:
            fault = Fault("key_repeated", {"key": row.key, "lines": ", ".join(map(str, lines[:20]))})
        if fault:
            row.add(self._layout.key, text, fault)


def key_fault(text: str) -> Fault | None:
    """Why a text cannot be a number by which a person is known, or None."""
    if not text:
        return Fault("key_empty")
    mangled = isinstance(text, SheetNumber) and not text.lstrip("-").isdigit()
    if mangled or isinstance(text, SheetDate | SheetTime | SheetFlag):
        return Fault("key_changed_by_spreadsheet")
    if len(text) > MAX_KEY_CHARACTERS:
        return Fault("key_too_long", {"limit": MAX_KEY_CHARACTERS})
    return None if text.isprintable() else Fault("key_unprintable")


def cell_parser(column: Field, survey: Survey, *, now: datetime) -> Callable[[str], Reading]:
    """The function that reads one cell of this column of this file."""
    order = survey.orders.get(column.name, DateOrder.UNKNOWN)
    mark = survey.marks.get(column.name, DecimalMark.UNKNOWN)
    by_kind: dict[str, Callable[[str], Reading]] = {
        "text": _read_text,
        "typing": _read_typing,
        "low_expression": partial(_read_low_expression, now=now),
        "day": partial(_read_day, order=order, now=now),
        "birth": partial(_read_birth, order=order, now=now),
        "instant": partial(_read_instant, order=order, now=now),
        "number": partial(_read_quantity, column=column, mark=mark),
        "whole": partial(_read_quantity, column=column, mark=mark),
        "choice": partial(_read_choice, words=column.words or {}),
        "flag": partial(_read_flag, words=column.words or {}),
    }
    read = by_kind[column.kind]
    empty = _empty(column)

    def parse(text: str) -> Reading:
        if not text:
            return empty
        reading = read(text)
        unknown = column.kind in ("choice", "flag") and reading.value is None and reading.fault is None
        return empty if unknown else reading

    return parse


def _empty(column: Field) -> Reading:
    if column.required:
        return Reading(None, Fault("cell_empty"))
    if column.kind == "flag":
        return Reading(None, Fault("consent_not_told"), "info")
    return Reading("" if column.kind == "typing" else None)


def _read_text(text: str) -> Reading:
    if len(text) > MAX_TEXT_CHARACTERS:
        return Reading(None, Fault("text_too_long", {"limit": MAX_TEXT_CHARACTERS}))
    value = " ".join(unicodedata.normalize("NFC", without_guard(text)).split())
    # A postcode or phone number that a spreadsheet took for a number has lost its leading zero.
    kept = Fault("number_kept_as_text") if isinstance(text, SheetNumber) else None
    return Reading(value, kept, "info")


def _read_typing(text: str) -> Reading:
    if isinstance(text, SheetTime | SheetDate) or _TIME_OF_DAY.fullmatch(text):
        return Reading("", Fault("typing_changed_by_spreadsheet"), "warning")
    return Reading(str(text))


def _read_low_expression(text: str, *, now: datetime) -> Reading:
    """What is kept is what could be read; a finding of a day to come is kept, and said."""
    try:
        found = parse_low_expression(text, low_expression_antigens())
    except UnusableInput as error:
        return Reading(None, Fault(error.code, {name: str(value) for name, value in error.params.items()}))
    ahead = any(one.tested_on and is_ahead(one.tested_on, now) for one in found)
    return Reading(low_expression_text(found), Fault("date_in_future") if ahead else None, "warning")


def _read_day(text: str, *, order: DateOrder, now: datetime) -> Reading:
    day = parse_date(text, order)
    if isinstance(day, Fault):
        return Reading(None, day)
    if is_ahead(day, now):
        return Reading(day, Fault("date_in_future"), "warning")
    return Reading(day)


def _read_birth(text: str, *, order: DateOrder, now: datetime) -> Reading:
    day = parse_date(text, order)
    if isinstance(day, Fault):
        return Reading(None, day)
    return Reading(None, Fault("birth_in_future")) if day > now.date() else Reading(day)


def _read_instant(text: str, *, order: DateOrder, now: datetime) -> Reading:
    moment = parse_instant(text, order)
    if isinstance(moment, Fault):
        return Reading(None, moment)
    # Kept, such a date would make every later row of this person look out of order.
    return Reading(None, Fault("updated_in_future")) if moment > now + CLOCK_TOLERANCE else Reading(moment)


def _read_quantity(text: str, *, column: Field, mark: DecimalMark) -> Reading:
    number = parse_whole(text, mark) if column.kind == "whole" else parse_number(text, mark)
    if isinstance(number, Fault):
        return Reading(None, number)
    if not column.low <= number <= column.high:
        return Reading(None, Fault("number_out_of_range", {"low": column.low, "high": column.high}))
    return Reading(number)


def _read_choice(text: str, *, words: Mapping[str, str | None]) -> Reading:
    word = parse_choice(text, words)
    return Reading(None, word) if isinstance(word, Fault) else Reading(word)


def _read_flag(text: str, *, words: Mapping[str, str | None]) -> Reading:
    word = parse_choice(text, words)
    if isinstance(word, Fault):
        return Reading(None, word)
    return Reading(None if word is None else word == "yes")
