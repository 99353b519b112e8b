"""The antibody files of the demo's patients, made from the tables sera.csv, targets.csv and panel.csv."""

from collections.abc import Iterable
from datetime import date

from domain.directive import certain_alleles, certain_antigens
from domain.phenotype import parse_locus
from domain.reference import LOCI, Reference
from services.synthetic.population import DEMO, read_demo_table
from services.synthetic.sera import Target, bead_readings

ANTIBODY_FOLDER = DEMO / "antibodies"
# The column is the vendor's own reading of a bead; the rules never look at it.
VENDOR_CUT_OFF_MFI = 1_000

Reading = tuple[str, int]


def demo_antibody_files(reference: Reference) -> dict[str, str]:
    """Text of each antibody file by its name; a MATCH IT! file holds all the sera of its patient."""
    files: dict[str, str] = {}
    for serum in read_demo_table("sera"):
        readings = _readings(serum, reference)
        if serum["layout"] == "two_columns":
            files[serum["file"]] = _two_columns(readings)
        else:
            files[serum["file"]] = files.get(serum["file"], MATCH_IT_HEADING) + _match_it_lines(serum, readings)
    return files


def write_demo_antibody_files(reference: Reference) -> None:
    """Write the files again, after a change of the tables they are made from."""
    for name, text in demo_antibody_files(reference).items():
        (ANTIBODY_FOLDER / name).write_text(text, encoding="utf-8")


def _readings(serum: dict[str, str], reference: Reference) -> list[Reading]:
    patient = next(row for row in read_demo_table("patients") if row["patient_number"] == serum["patient"])
    targets = [
        Target(row["specificity"], float(row["level_mfi"]), float(row["fall"]))
        for row in read_demo_table("targets")
        if row["patient"] == serum["patient"]
    ]
    return bead_readings(
        [row["allele"] for row in read_demo_table("panel")],
        targets,
        own=_own(patient, reference),
        strength=float(serum["strength"]),
        patient=serum["patient"],
        sample=serum["sample"],
        reference=reference,
    )


def _own(patient: dict[str, str], reference: Reference) -> frozenset[str]:
    """What the patient has, and whatever looks like it: in the demo nobody makes antibodies against that."""
    typings = [
        parse_locus(
            patient[f"hla_{locus.lower()}_1"], patient[f"hla_{locus.lower()}_2"], locus=locus, reference=reference
        )
        for locus in LOCI
    ]
    values = [value for typing in typings for value in typing.values if value]
    alike = frozenset().union(*(value.antigens for value in values if len(value.antigens) == 1))
    return certain_alleles(values) | certain_antigens(values, reference) | alike


MATCH_IT_HEADING = "Sample ID,Patient ID,Lot ID,Run Date,Allele,Assignment,Raw Value\n"


def _match_it_lines(serum: dict[str, str], readings: Iterable[Reading]) -> str:
    run_on = date.fromisoformat(serum["run_on"]).strftime("%d-%m-%Y")
    head = f"{serum['sample']},{serum['patient']},{serum['kit_lot']},{run_on}"
    return "".join(
        f"{head},{allele},{'Positive' if mfi >= VENDOR_CUT_OFF_MFI else 'Negative'},{mfi}\n" for allele, mfi in readings
    )


def _two_columns(readings: Iterable[Reading]) -> str:
    return "allele,MFI\n" + "".join(f"{allele},{mfi}\n" for allele, mfi in readings)
