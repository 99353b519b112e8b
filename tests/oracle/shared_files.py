"""The team's shared data files (INTERFACES §2), read with nothing but `csv` for the acceptance numbers."""

import csv
from datetime import date
from pathlib import Path

from tests.oracle.eligibility import Health
from tests.oracle.values import Locus, parse_locus
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


def loci_of(row: dict[str, str]) -> dict[str, Locus]:
    return {x: parse_locus(row[f"hla_{x.lower()}_1"], row[f"hla_{x.lower()}_2"], x) for x in "ABC"}


def day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def number(text: str) -> float | None:
    return float(text) if text else None


def donor_of(row: dict[str, str]) -> Donor:
    health = Health(
        birth_date=day(row["birth_date"]),
        weight_kg=number(row["weight_kg"]),
        platelet_count=number(row["platelet_count"]),
        last_donation_on=day(row["last_donation_on"]),
        last_donation_type=row["last_donation_type"],
        donations_12m=int(row["donations_12m"]) if row["donations_12m"] else None,
        status=row["status"],
    )
    return Donor(
        number=row["donor_number"],
        loci=loci_of(row),
        region=row["region"],
        abo=row["abo"],
        hpa={system: row[f"hpa_{system}"] for system in ("1", "2", "3", "5", "15")},
        cd36=row["cd36"],
        status=row["status"],
        consent=row["consent_contact"] == "yes",
        health=health,
    )


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
