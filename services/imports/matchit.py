"""Immucor MATCH IT! export: one line for each allele, cells padded, dates dd-mm-yyyy."""

from datetime import date

from models.antibody import BeadKind
from services.imports.laboratory_table import dated, keep_line, open_laboratory_table
from services.imports.outcome import row_error
from services.imports.sera import AntibodyFile, SerumHeader, control_kind
from services.imports.shape import shape_fault
from services.imports.tabular import Table
from services.imports.values import Fault

HEADINGS = frozenset({"sample_id", "allele", "raw_value"})


def read_matchit(table: Table, *, run_on: date | None = None) -> AntibodyFile:
    """The sera of a MATCH IT! file. The patient's name in it is neither used nor kept.

    Raises:
        UnusableInput: no row under the header, or a quotation mark that is never closed.
    """
    laboratory = open_laboratory_table(table, date_column="run_date", mfi_columns=("raw_value",))
    file = AntibodyFile("matchit", table.encoding, table.separator)
    for row in laboratory.rows():
        header = SerumHeader(
            sample_code=laboratory.text(row, "sample_id"),
            patient_code=laboratory.text(row, "patient_id"),
            kit_lot=" ".join(laboratory.text(row, "lot_id").split()),
            run_text=laboratory.text(row, "run_date"),
        )
        fault = shape_fault(row, table, table.width) or (None if header.sample_code else Fault("sample_missing"))
        if fault:
            file.refuse(header, row_error(row.line, "sample_id", header.sample_code, fault))
            continue
        complete = dated(laboratory, file, row, header, run_on)
        if complete is None:
            continue
        allele = laboratory.text(row, "allele")
        keep_line(
            file, complete, row,
            kind=control_kind(allele) or BeadKind.HLA,
            allele=allele,
            raw_mfi=laboratory.mfi(row, "raw_value"),
            mfi_text=laboratory.text(row, "raw_value"),
        )  # fmt: skip
    return file
