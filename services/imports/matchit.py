"""Immucor MATCH IT! export: one line for each allele, cells padded, dates dd-mm-yyyy."""

from datetime import date

from models.antibody import BeadKind
from services.imports.laboratory_table import headed_rows, keep_line, open_laboratory_table
from services.imports.sera import AntibodyFile, control_kind
from services.imports.tabular import Table

HEADINGS = frozenset({"sample_id", "allele", "raw_value"})


def read_matchit(table: Table, *, run_on: date | None = None) -> AntibodyFile:
    """The sera of a MATCH IT! file. The patient's name in it is neither used nor kept.

    Raises:
        UnusableInput: no row under the header, or a quotation mark that is never closed.
    """
    laboratory = open_laboratory_table(table, date_column="run_date", mfi_columns=("raw_value",))
    file = AntibodyFile("matchit", table.encoding, table.separator)
    rows = headed_rows(
        laboratory, file, run_on=run_on, sample="sample_id", patient="patient_id", lot="lot_id", run_date="run_date"
    )
    for row, header in rows:
        allele = laboratory.text(row, "allele")
        keep_line(
            file, header, row,
            kind=control_kind(allele) or BeadKind.HLA,
            allele=allele,
            raw_mfi=laboratory.mfi(row, "raw_value"),
            mfi_text=laboratory.text(row, "raw_value"),
        )  # fmt: skip
    return file
