"""A table of two columns, allele and MFI, with or without a heading."""

import itertools
import re
from collections.abc import Sequence
from datetime import date

from domain.errors import UnusableInput
from models.antibody import BeadKind
from services.imports.columns import plain_heading
from services.imports.laboratory_table import keep_line
from services.imports.outcome import row_error
from services.imports.sera import AntibodyFile, SerumHeader, class_of, control_kind
from services.imports.shape import shape_fault
from services.imports.tabular import Table
from services.imports.values import Fault, agreed_mark, decimal_evidence, parse_number

ALLELE_HEADINGS = frozenset(
    {"allele", "alleles", "bead", "antigen", "specificity", "specificite", "hla", "bille", "antigene"}
)
MFI_HEADINGS = frozenset({"mfi", "raw_mfi", "adjusted_mfi", "value", "valeur", "raw_value", "mfi_brute", "mfi_ajustee"})

_QUANTITY = re.compile(r"[<>=≤≥~+-]*\s*[\d.,]|$")


def is_two_column(table: Table) -> bool:
    """Whether a table is one of beads: two columns, headed so, or whose first row is an allele and a number."""
    return table.width == 2 and (_headed(table.headings) or _first_bead(table) is not None)


def _headed(headings: Sequence[str]) -> bool:
    names = {plain_heading(heading) for heading in headings}
    return bool(names & ALLELE_HEADINGS and names & MFI_HEADINGS)


def _first_bead(table: Table) -> tuple[int, int] | None:
    """Where allele and MFI stand, by the first row or the one under it; None where neither is a bead."""
    for row in itertools.islice(table.all_rows(), 2):
        if len(row.cells) < 2:
            return None
        for places in ((0, 1), (1, 0)):
            if _is_bead(row.cells[places[0]], row.cells[places[1]]):
                return places
    return None


def _is_bead(allele: str, mfi: str) -> bool:
    named = class_of(allele) is not None or control_kind(allele) is not None
    return named and parse_number(mfi) != Fault("number_unreadable")


def _is_heading(allele: str, mfi: str) -> bool:
    """Whether a first row of no known headings is words all the same: a bead whose MFI is unreadable is not."""
    named = class_of(allele) is not None or control_kind(allele) is not None
    return not named and not _QUANTITY.match(mfi)


def _places(table: Table) -> tuple[int, int]:
    names = [plain_heading(heading) for heading in table.headings[:2]]
    if _headed(table.headings):
        return (0, 1) if names[0] in ALLELE_HEADINGS else (1, 0)
    return _first_bead(table) or (0, 1)


def read_two_columns(table: Table, *, sample_code: str, run_on: date | None = None) -> AntibodyFile:
    """The serum of a two-column table, under the sample code given.

    Raises:
        UnusableInput: no bead in it, or a quotation mark that is never closed.
    """
    allele_at, mfi_at = _places(table)
    headless = not _headed(table.headings) and not _is_heading(table.headings[allele_at], table.headings[mfi_at])
    rows = table.all_rows if headless else table.rows
    marks = (decimal_evidence(row.cells[mfi_at]) for row in rows() if len(row.cells) > mfi_at)
    mark = agreed_mark(found for found in marks if found)
    file = AntibodyFile("two_column", table.encoding, table.separator)
    header = SerumHeader(sample_code=sample_code, run_on=run_on)
    for row in rows():
        fault = shape_fault(row, table, 2)
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
