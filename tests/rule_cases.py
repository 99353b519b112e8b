"""Case tables a scientist can read: rows of text in, rows of text out, for the tables and for the rule pages."""

import csv
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from domain import abo, cd36, hpa
from domain.eligibility import Deferral, DonorHealth, first_eligible
from domain.phenotype import parse_locus
from domain.rare_phenotype import Typing, trait_of
from services.rare_donors.rules import rare_rules
from services.reference import core_reference
from services.rule_tables import eligibility_tables, hpa_systems, rhd_tables

TABLES = Path(__file__).parent / "tables"
TYPED_HPA = ("1", "2", "3", "5", "15")
Row = dict[str, str]


def read_cases(name: str) -> list[Row]:
    """The rows of one case table."""
    with (TABLES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_examples(page: Path) -> Iterator[tuple[str, Row]]:
    """The examples of a rule page: each line of a fenced block ```csv RULE, with the rule's name."""
    blocks = re.findall(r"^```csv (\w+)\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    for rule, text in blocks:
        for row in csv.DictReader(text.splitlines()):
            yield rule, row


def day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def number(text: str) -> float | None:
    return float(text) if text else None


def whole(text: str) -> int | None:
    return int(text) if text else None


def deferral(text: str) -> Deferral:
    """`2026-11-01..2026-11-30`, or `2026-11-01..` with no known end."""
    start, _, end = text.partition("..")
    return Deferral(date.fromisoformat(start), day(end))


def health(row: Row) -> DonorHealth:
    """A donor's health facts; a column that a page leaves out, like an empty cell, is not known."""

    def cell(name: str) -> str:
        return row.get(name) or ""

    return DonorHealth(
        birth_date=day(cell("birth_date")),
        sex=cell("sex") or None,
        weight_kg=number(cell("weight_kg")),
        platelet_count=number(cell("platelet_count")),
        last_donation_on=day(cell("last_donation_on")),
        last_donation_type=cell("last_donation_type") or None,
        donations_12m=whole(cell("donations_12m")),
        platelet_donations_12m=whole(cell("platelet_donations_12m")),
        pregnancies=whole(cell("pregnancies")),
        hla_antibody_screen=cell("hla_antibody_screen") or None,
        status=cell("status") or "active",
        deferrals=tuple(deferral(text) for text in cell("deferrals").split()),
    )


def eligibility(row: Row) -> Row:
    found = first_eligible(health(row), eligibility_tables()[-1], date.fromisoformat(row["asked_on"]))
    return {
        "first_on": found.first_on.isoformat() if found.first_on else "",
        "reasons": " ".join(issue.code for issue in found.reasons),
        "flags": " ".join(found.flags),
    }


def abo_pair(row: Row) -> Row:
    relation = abo.relation(row["patient"] or None, row["donor"] or None)
    return {
        "relation": relation or "",
        "rule_none": abo.requirement("none", relation),
        "rule_no_major": abo.requirement("no-major", relation),
        "rule_identical": abo.requirement("identical", relation),
    }


def rhd(row: Row) -> Row:
    raised = abo.rhd_flag(
        rhd_tables()[-1],
        patient_rhd=row["patient_rhd"] or None,
        patient_sex=row["patient_sex"] or None,
        patient_birth_date=day(row["patient_birth_date"]),
        donor_rhd=row["donor_rhd"] or None,
        on=date.fromisoformat(row["on"]),
    )
    return {"flag": "yes" if raised else "no"}


def hpa_genotype(row: Row) -> Row:
    genotype, issue = hpa.parse_hpa(row["text"], row["system"])
    return {"genotype": genotype.canonical if genotype else "", "issue": issue.code if issue else ""}


def hpa_requirement(row: Row) -> Row:
    parsed = {f"HPA-{n}": hpa.parse_hpa(row.get(f"hpa_{n}") or "", f"HPA-{n}")[0] for n in TYPED_HPA}
    genotypes = {system: genotype for system, genotype in parsed.items() if genotype}
    return {"answer": hpa.requirement(row["antibodies"].split(), genotypes)}


def cd36_result(row: Row) -> Row:
    result, issue = cd36.parse_cd36(row["text"])
    return {
        "status": result.status,
        "type": result.type or "",
        "issue": issue.code if issue else "",
        "when_negative_needed": cd36.requirement(True, result),
    }


def rare_phenotype(row: Row) -> Row:
    texts = [*(row.get("hla") or "").split(), "", "", "", ""]
    loci = {
        locus: parse_locus(*texts[at : at + 2], locus=locus, reference=core_reference(), bare="antigen")
        for at, locus in ((0, "A"), (2, "B"))
    }
    parsed = [hpa.parse_hpa(row.get(f"hpa_{n}") or "", f"HPA-{n}")[0] for n in TYPED_HPA]
    typing = Typing(loci, {one.system: one for one in parsed if one}, cd36.parse_cd36(row.get("cd36") or "")[0])
    trait = trait_of(rare_rules()[row["phenotype"]], typing, hpa_systems(), core_reference())
    return {"state": trait.state, "antigens": "; ".join(trait.subjects) if trait.state == "shown" else ""}


ANSWERS = {
    "eligibility": eligibility,
    "abo": abo_pair,
    "rhd": rhd,
    "hpa_genotypes": hpa_genotype,
    "hpa_requirement": hpa_requirement,
    "cd36": cd36_result,
    "rare_phenotypes": rare_phenotype,
}


def answers_of(rule: str, row: Row) -> tuple[Row, Row]:
    """What the code answers and what the row says, over the answer columns that the row has."""
    found = ANSWERS[rule](row)
    expected = {name: row[name] for name in found if name in row}
    return {name: found[name] for name in expected}, expected
