"""A table of two columns, allele and MFI, with or without a heading."""

from datetime import date

from domain.errors import UnusableInput
from models.antibody import BeadKind
from services.imports.columns import plain_heading
from services.imports.laboratory_table import keep_line, line_fault
from services.imports.outcome import row_error
from services.imports.sera import AntibodyFile, SerumHeader, class_of, control_kind
from services.imports.tabular import Table
from services.imports.values import Fault, agreed_mark, decimal_evidence, parse_number

ALLELE_HEADINGS = frozenset(
    {"allele", "alleles", "bead", "antigen", "specificity", "specificite", "hla", "bille", "antigene"}
)
MFI_HEADINGS = frozenset({"mfi", "raw_mfi", "adjusted_mfi", "value", "valeur", "raw_value", "mfi_brute", "mfi_ajustee"})


def is_two_column(table: Table) -> bool:
    """Whether a table is one of beads: two columns, headed so or starting with an allele and a number."""
    if table.width != 2:
        return False
    first, second = (plain_heading(heading) for heading in table.headings[:2])
    headed = {first, second} & ALLELE_HEADINGS and {first, second} & MFI_HEADINGS
    return bool(headed) or _is_bead(table.headings[0], table.headings[1])


def _is_bead(allele: str, mfi: str) -> bool:
    named = class_of(allele) is not None or control_kind(allele) is not None
    return named and parse_number(mfi) != Fault("number_unreadable")


def read_two_columns(table: Table, *, sample_code: str, run_on: date | None = None) -> AntibodyFile:
    """The serum of a two-column table, under the sample code given.

    Raises:
        UnusableInput: no bead in it, or a quotation mark that is never closed.
    """
    headless = _is_bead(table.headings[0], table.headings[1])
    allele_at, mfi_at = (1, 0) if not headless and plain_heading(table.headings[1]) in ALLELE_HEADINGS else (0, 1)
    rows = table.all_rows if headless else table.rows
    marks = (decimal_evidence(row.cells[mfi_at]) for row in rows() if len(row.cells) > mfi_at)
    mark = agreed_mark(found for found in marks if found)
    file = AntibodyFile("two_column", table.encoding, table.separator)
    header = SerumHeader(sample_code=sample_code, run_on=run_on)
    for row in rows():
        fault = line_fault(row, 2)
        if fault:
            file.refuse(header, row_error(row.line, None, " ".join(row.cells), fault))
            continue
        allele, mfi = row.cells[allele_at], row.cells[mfi_at]
        keep_line(
            file, header, row,
            kind=control_kind(allele) or BeadKind.HLA,
            allele=str(allele),
            raw_mfi=parse_number(mfi, mark) if mfi else None,
            mfi_text=str(mfi),
        )  # fmt: skip
    if not file.readings:
        raise UnusableInput("file_without_rows")
    return file
