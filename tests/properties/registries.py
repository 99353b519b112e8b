"""Random registries as rows of the donor file, and the same donors as the oracle and the index see them."""

from dataclasses import replace
from datetime import date, timedelta
from random import Random

import numpy as np

from domain.eligibility import Deferral
from services.donors import DonorDeriver
from services.matching.build import build_index
from services.matching.index import RegistryColumns, RegistryIndex
from services.reference import core_reference
from services.rule_tables import eligibility_rules
from tests.oracle.rows import day, donor_of, number
from tests.oracle.verdict import Donor
from tests.properties import strategies as mine

ON = date(2026, 11, 22)
REGIONS = ["", "Bretagne", "Corse", "Île-de-France", "La Réunion"]
HPA = ["", "a/a", "a/a", "a/a", "a/b", "b/b"]
BIRTHS = [
    "", "1960-11-22", "1960-11-23", "1961-01-01", "1960-02-29", "2008-11-22", "2008-11-23", "2008-02-29",
    "2009-03-01", "1985-05-17", "1990-01-02",
]  # fmt: skip
Row = dict[str, str]


def random_texts(random: Random, names: list[str], locus: str) -> tuple[str, str]:
    """The two raw texts of a locus: any resolution, homozygous, blank, null or not typed."""
    here = [name for name in names if name[0] == locus]
    alleles = mine.alleles_in(here)
    pool = mine.antigens_in(here) + mine.groups_in(here) * 4 + alleles * 3
    pool += [f"{a}:01" for a in alleles[:2]] + [alleles[0].split(":")[0] + ":09N"]
    pool += ["/".join(sorted(random.sample(alleles, 2)))] if len(alleles) > 1 else []
    first = random.choice(pool)
    second = random.choices([random.choice(pool), first, "-", "", "X"], weights=[20, 6, 3, 1, 1])[0]
    return (first, second) if random.random() < 0.5 else (second, first)


def random_row(random: Random, typing: Row, donor_number: str) -> Row:
    """One donor of this typing, at the edges of every rule."""
    last_on = ON - timedelta(days=random.choice([3, 13, 14, 15, 27, 28, 29, 200, 364, 365]))
    return typing | {
        "donor_number": donor_number,
        "birth_date": random.choice(BIRTHS + ["1985-05-17"] * 8),
        "sex": random.choice("FM"),
        "region": random.choice(REGIONS),
        "abo": random.choice(["", "O", "A", "B", "AB", "O", "A", "O", "A"]),
        "weight_kg": random.choice(["", "49.5", "50", "80", "80", "80"]),
        "platelet_count": random.choice(["", "149", "150", "250", "250", "250"]),
        "last_donation_on": random.choice(["", last_on.isoformat(), last_on.isoformat()]),
        "last_donation_type": random.choice(["", "platelets", "whole_blood", "plasma"]),
        "donations_12m": random.choice(["", "0", "3", "23", "24"]),
        "pregnancies": random.choice(["", "0", "2"]),
        "cd36": random.choice(["", "positive", "negative", "negative"]),
        "status": random.choice(["active"] * 8 + ["deferred", "inactive"]),
        "consent_contact": random.choice(["yes"] * 8 + ["no"]),
        **{f"hpa_{system}": random.choice(HPA) for system in ("1", "2", "3", "5", "15")},
    }


def random_rows(seed: int, names: list[str], donors: int, phenotypes: int) -> list[Row]:
    """A registry of so many donors over at most so many phenotypes, numbered in no useful order."""
    random = Random(seed)
    typings = []
    for _ in range(phenotypes):
        texts = {locus: random_texts(random, names, locus) for locus in "ABC"}
        typings.append({f"hla_{x.lower()}_{at + 1}": texts[x][at] for x in "ABC" for at in (0, 1)})
    numbers = random.sample(range(10 * donors), donors)
    return [random_row(random, random.choice(typings), f"D{number:05}") for number in numbers]


def random_deferrals(seed: int, rows: list[Row]) -> dict[str, tuple[tuple[date, date | None], ...]]:
    """Deferrals of some donors, around the day asked, with and without an end."""
    random = Random(seed + 1)
    found = {}
    for row in rows:
        if random.random() < 0.3:
            start = ON + timedelta(days=random.choice([-40, -7, -1, 0, 0, 0, 1, 7, 40]))
            end = None if random.random() < 0.2 else start + timedelta(days=random.choice([0, 1, 7, 39, 60]))
            found[row["donor_number"]] = ((start, end),)
    return found


def oracle_donors(rows: list[Row], deferrals=None) -> list[Donor]:
    donors = [donor_of(row) for row in rows]
    return [replace(d, health=replace(d.health, deferrals=(deferrals or {}).get(d.number, ()))) for d in donors]


def columns_of(row: Row) -> dict:
    """The columns of table donor for a row of the file."""
    return row | {
        "region": row["region"] or None,
        "abo": row["abo"] or None,
        "weight_kg": number(row["weight_kg"]),
        "platelet_count": number(row["platelet_count"]),
        "last_donation_on": day(row["last_donation_on"]),
        "last_donation_type": row["last_donation_type"] or None,
        "donations_12m": int(row["donations_12m"]) if row["donations_12m"] else None,
        "pregnancies": int(row["pregnancies"]) if row["pregnancies"] else None,
        "hla_antibody_screen": None,
        "consent_contact": row["consent_contact"] == "yes",
    }


def index_of(rows: list[Row], deferrals=None) -> tuple[RegistryIndex, list[str]]:
    """The index of these donors, and the donor number of each donor id."""
    deriver = DonorDeriver(core_reference(), eligibility_rules(ON))
    found = []
    for row in sorted(rows, key=lambda row: row["donor_number"]):
        spans = tuple(Deferral(*span) for span in (deferrals or {}).get(row["donor_number"], ()))
        derived = deriver.derive(columns_of(row), birth_date=row["birth_date"] or None, deferrals=spans)
        if derived.searchable:
            found.append((row["donor_number"], derived))
    phenotype_keys = sorted({derived.phenotype_key for _, derived in found})
    class_keys = sorted({derived.class_key for _, derived in found})
    gaps = [(at, *span) for at, (_, derived) in enumerate(found) for span in derived.gaps]
    columns = RegistryColumns(
        donor_id=np.arange(len(found)),
        phenotype=np.array([phenotype_keys.index(d.phenotype_key) for _, d in found], dtype=np.int64),
        klass=np.array([class_keys.index(d.class_key) for _, d in found], dtype=np.int64),
        from_day=np.array([d.eligible_from_day for _, d in found], dtype=np.int64),
        until_day=np.array([d.eligible_until_day for _, d in found], dtype=np.int64),
        phenotype_keys=phenotype_keys,
        class_keys=class_keys,
        gaps=np.array(gaps, dtype=np.int64).reshape(-1, 3),
    )
    index = build_index(columns, registry="test", reference=core_reference().name, rules="test")
    return index, [donor_number for donor_number, _ in found]
