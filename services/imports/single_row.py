"""One row typed in a form, read by the very code that reads a file: the same limits, the same sentences."""

from collections.abc import Mapping
from datetime import datetime

from domain.errors import FieldFault
from domain.reference import Reference
from services.imports.columns import ColumnMap
from services.imports.fields import Field
from services.imports.reading import Layout, ReadRow, RowReader
from services.imports.shape import cell_fault
from services.imports.survey import Survey
from services.imports.tabular import RawRow, Table
from services.imports.typings import TypingReader
from services.imports.values import DateOrder, DecimalMark, Fault, date_evidence

SEPARATOR = ","
DAY_KINDS = ("day", "birth", "instant")


def read_single_row(
    typed: Mapping[str, str], *, fields: Mapping[str, Field], key: str, reference: Reference, now: datetime
) -> ReadRow:
    """The values typed under these column names; a day is written day first or in ISO form.

    What a file would refuse is an error among the row's issues, each with its column.
    """
    names = tuple(name for name in fields if name in typed)
    cells = [typed[name].strip() for name in names]
    spoilt = {name: fault for name, text in zip(names, cells, strict=True) if (fault := cell_fault(text))}
    cells = ["" if name in spoilt else text for name, text in zip(names, cells, strict=True)]
    row = RowReader(_layout(names, cells, fields, key), now=now).read(RawRow(1, 1, cells))
    row.issues = [issue for issue in row.issues if issue.column not in spoilt]
    for name, fault in spoilt.items():
        row.add(name, "", fault)
    for name, text in zip(names, cells, strict=True):
        # The form says day first: a date that only makes sense the other way round is a slip, not another order.
        if fields[name].kind in DAY_KINDS and date_evidence(text) is DateOrder.MONTH_FIRST:
            row.add(name, text, Fault("date_does_not_exist"))
    TypingReader(reference).settle(row)
    return row


def faults_of(row: ReadRow) -> list[FieldFault]:
    """What keeps a row from being taken, beside the field it is about."""
    return [
        FieldFault(issue.column or "", issue.code, {"text": issue.raw, "column": issue.column or "", **issue.params})
        for issue in row.issues
        if issue.severity == "error"
    ]


def _layout(names: tuple[str, ...], cells: list[str], fields: Mapping[str, Field], key: str) -> Layout:
    table = Table(names, 0, None, SEPARATOR, (), True, lambda: iter([RawRow(1, 1, cells)]))
    survey = Survey(
        orders={name: DateOrder.DAY_FIRST for name in names if fields[name].kind in DAY_KINDS},
        marks=dict.fromkeys(names, DecimalMark.UNKNOWN),
        keys=frozenset(),
        repeated={},
        row_count=1,
        cut_short=False,
    )
    return Layout(table, ColumnMap({name: place for place, name in enumerate(names)}, ()), fields, survey, key)
