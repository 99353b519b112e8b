"""Rows of the donor and patient files (INTERFACES §2), text by text, as the oracle's donors and typings."""

from datetime import date

from tests.oracle.eligibility import Health
from tests.oracle.values import Locus, parse_locus
from tests.oracle.verdict import Donor


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
