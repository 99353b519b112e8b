"""The team's shared data files (INTERFACES §2), read with nothing but `csv` for the acceptance numbers."""

import csv
from pathlib import Path

from tests.oracle.rows import donor_of
from tests.oracle.verdict import Donor

FOLDER = Path(__file__).parents[2].parent / "shared" / "data"
DONOR_FILES = (
    "north_portugal_37993.csv",
    "simulated_african_10000.csv",
    "simulated_asian_4000.csv",
    "simulated_hispanic_4000.csv",
)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [{k.strip(): v.strip() for k, v in row.items()} for row in csv.DictReader(file)]


def read_donors() -> list[Donor]:
    return [donor_of(row) for name in DONOR_FILES for row in rows(FOLDER / "donors" / name)]


def read_patients() -> dict[str, dict[str, str]]:
    return {row["patient_number"]: row for row in rows(FOLDER / "patients" / "patients.csv")}


def read_sera() -> dict[str, dict[str, float]]:
    """Sample → bead allele → MFI of the shared class I export."""
    sera: dict[str, dict[str, float]] = {}
    for row in rows(FOLDER / "antibodies" / "matchit_class1_6_patients.csv"):
        sera.setdefault(row["Sample ID"], {})[row["Allele"]] = float(row["Raw Value"])
    return sera
