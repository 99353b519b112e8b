"""One Lambda HLA Fusion export: one line for each bead, twelve slots of alleles, control beads by number."""

from datetime import date

from models.antibody import BeadKind, HlaClass
from services.imports.laboratory_table import LaboratoryTable, headed_rows, keep_line, open_laboratory_table
from services.imports.sera import AntibodyFile, class_of
from services.imports.tabular import RawRow, Table

HEADINGS = frozenset({"sampleidname", "specificity"})
MFI_HEADINGS = ("normalvalue", "rawdata")
NEGATIVE_CONTROLS = ("nc1beadid", "nc2beadid")
POSITIVE_CONTROLS = ("pc1beadid", "pc2beadid")
EMPTY_SLOT = "-"


def read_fusion(table: Table, *, run_on: date | None = None) -> AntibodyFile:
    """The sera of an HLA Fusion file; `NormalValue` is the adjusted MFI where it was exported.

    Raises:
        UnusableInput: no row under the header, or a quotation mark that is never closed.
    """
    laboratory = open_laboratory_table(table, date_column="rundate", mfi_columns=MFI_HEADINGS)
    file = AntibodyFile("fusion", table.encoding, table.separator)
    rows = headed_rows(
        laboratory, file, run_on=run_on, sample="sampleidname", patient="patientid", lot="catalogid", run_date="rundate"
    )
    for row, header in rows:
        alleles = slots(laboratory.text(row, "specificity"))
        kind = BeadKind.HLA if alleles else control_of(laboratory, row)
        keep_line(
            file, header, row,
            kind=kind or BeadKind.HLA,
            allele=joined(alleles) or laboratory.text(row, "beadid"),
            raw_mfi=laboratory.mfi(row, "rawdata"),
            adjusted_mfi=laboratory.mfi(row, "normalvalue"),
            mfi_text=laboratory.text(row, *MFI_HEADINGS),
        )  # fmt: skip
    return file


def slots(specificity: str) -> list[str]:
    """The alleles in the slots that hold one."""
    found = (slot.strip() for slot in specificity.split(","))
    return [slot for slot in found if slot and slot != EMPTY_SLOT]


def joined(alleles: list[str]) -> str:
    """The alleles of one bead as one text: the two chains of a class II molecule with `~`, anything else with `+`."""
    pair = len(alleles) == 2 and all(class_of(allele) is HlaClass.II for allele in alleles)
    return ("~" if pair else "+").join(alleles)


def control_of(laboratory: LaboratoryTable, row: RawRow) -> BeadKind | None:
    """The kind of control bead whose number the line names among its controls."""
    number = laboratory.text(row, "beadid")
    if number and number in [laboratory.text(row, name) for name in NEGATIVE_CONTROLS]:
        return BeadKind.NEGATIVE_CONTROL
    if number and number in [laboratory.text(row, name) for name in POSITIVE_CONTROLS]:
        return BeadKind.POSITIVE_CONTROL
    return None
