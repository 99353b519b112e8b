"""What the laboratory tables share: named columns, their documented date order, MFI and lines refused."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from domain.errors import UnusableInput
from models.antibody import BeadKind
from services.imports.columns import plain_heading
from services.imports.outcome import row_error
from services.imports.sera import AntibodyFile, BeadReading, SerumHeader
from services.imports.shape import shape_fault
from services.imports.tabular import RawRow, Table
from services.imports.values import (
    DateOrder,
    DecimalMark,
    Fault,
    agreed_mark,
    agreed_order,
    date_evidence,
    decimal_evidence,
    parse_date,
    parse_number,
)


@dataclass(frozen=True, slots=True)
class LaboratoryTable:
    """A table whose columns are known by name; `orders` and `mark` are what its whole columns tell."""

    table: Table
    places: Mapping[str, int]
    order: DateOrder
    slash_order: DateOrder
    mark: DecimalMark

    def rows(self) -> Iterator[RawRow]:
        """The rows below the header."""
        return self.table.rows()

    def text(self, row: RawRow, *names: str) -> str:
        """The text of the first of these columns that the file has."""
        for name in names:
            place = self.places.get(name)
            if place is not None:
                return str(row.cells[place]) if place < len(row.cells) else ""
        return ""

    def cell(self, row: RawRow, name: str) -> str:
        """The cell as the table holds it: a number of a spreadsheet stays one."""
        place = self.places.get(name)
        return row.cells[place] if place is not None and place < len(row.cells) else ""

    def run_date(self, text: str) -> date | Fault | None:
        """A run date; the vendors document dd-mm-yyyy, anything else must tell its order itself."""
        if not text:
            return None
        return parse_date(text, self.order if "-" in text else self.slash_order)

    def mfi(self, row: RawRow, name: str) -> float | Fault | None:
        """An MFI, None where the cell is empty."""
        text = self.cell(row, name)
        return parse_number(text, self.mark) if text else None


def open_laboratory_table(table: Table, *, date_column: str, mfi_columns: Sequence[str]) -> LaboratoryTable:
    """Survey the columns of a laboratory table.

    Raises:
        UnusableInput: no row under the header, or a quotation mark that is never closed.
    """
    places = {plain_heading(heading): place for place, heading in enumerate(table.headings) if heading}
    dashed: set[DateOrder] = {DateOrder.DAY_FIRST}  # the order the vendors document
    slashed: set[DateOrder] = set()
    marks: set[DecimalMark] = set()
    rows = 0
    for row in table.rows():
        rows += 1
        for name, place in places.items():
            text = row.cells[place] if place < len(row.cells) else ""
            if name == date_column and (order := date_evidence(text)):
                (dashed if "-" in text else slashed).add(order)
            elif name in mfi_columns and (mark := decimal_evidence(text)):
                marks.add(mark)
    if not rows:
        raise UnusableInput("file_without_rows")
    return LaboratoryTable(table, places, agreed_order(dashed), agreed_order(slashed), agreed_mark(marks))


def headed_rows(
    laboratory: LaboratoryTable, file: AntibodyFile, *, run_on: date | None,
    sample: str, patient: str, lot: str, run_date: str,
) -> Iterator[tuple[RawRow, SerumHeader]]:  # fmt: skip
    """The rows of good shape, each with its serum's header from the columns of these names; the others are refused."""
    width = laboratory.table.width
    for row in laboratory.rows():
        header = SerumHeader(
            sample_code=laboratory.text(row, sample),
            patient_code=laboratory.text(row, patient),
            kit_lot=" ".join(laboratory.text(row, lot).split()),
            run_text=laboratory.text(row, run_date),
        )
        fault = shape_fault(row, laboratory.table, width) or (None if header.sample_code else Fault("sample_missing"))
        if fault:
            file.refuse(header, row_error(row.line, sample, header.sample_code, fault))
        elif complete := dated(laboratory, file, row, header, run_on):
            yield row, complete


def dated(
    laboratory: LaboratoryTable, file: AntibodyFile, row: RawRow, header: SerumHeader, run_on: date | None
) -> SerumHeader | None:
    """The header with its run date, `run_on` where the person gave one; a bad date refuses the line."""
    if run_on:
        return header.on(run_on)
    found = laboratory.run_date(header.run_text)
    if isinstance(found, Fault):
        file.refuse(header, row_error(row.line, "run_date", header.run_text, found))
        return None
    return header.on(found)


def keep_line(
    file: AntibodyFile, header: SerumHeader, row: RawRow, *, kind: BeadKind, allele: str,
    raw_mfi: float | Fault | None, adjusted_mfi: float | Fault | None = None, mfi_text: str,
) -> None:  # fmt: skip
    """Keep one bead, or refuse its line where it has no allele or no readable MFI."""
    if isinstance(raw_mfi, Fault):
        file.refuse(header, row_error(row.line, "mfi", mfi_text, raw_mfi))
    elif isinstance(adjusted_mfi, Fault):
        file.refuse(header, row_error(row.line, "mfi", mfi_text, adjusted_mfi))
    elif raw_mfi is None and adjusted_mfi is None:
        file.refuse(header, row_error(row.line, "mfi", mfi_text, Fault("mfi_missing")))
    elif not allele:
        file.refuse(header, row_error(row.line, "allele", allele, Fault("allele_missing")))
    else:
        file.add(header, BeadReading(row.line, kind, allele, raw_mfi, adjusted_mfi))
