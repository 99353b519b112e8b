"""The examples on the pages about typing, reactions, verdicts, grades, order and directives hold."""

from pathlib import Path

import pytest

from domain.directive import parse_specificity, refusal_of_edits
from domain.grading import GRADE_ORDER, PatientMatcher
from domain.phenotype import parse_locus
from domain.planned_donor import parse_planned_donor, planned_exclusions
from domain.profile import build_profile
from domain.ranking import Candidate, sort_key
from domain.reaction import Reaction
from domain.reactivity import SerumReading
from domain.typing_text import parse_typed_value
from domain.verdict import Requirement, Verdict, donor_verdict
from services.reference import core_reference, ranking_policies
from tests.rule_cases import day, read_examples

PAGES = Path(__file__).resolve().parents[2] / "docs" / "rules"
REFERENCE = core_reference()


def value(text):
    return parse_typed_value(text, reference=REFERENCE).value


def values(text):
    return [value(part) for part in text.split()]


def specificities(text):
    return [parse_specificity(part, REFERENCE) for part in text.split()]


def nomenclature(row):
    parsed = parse_typed_value(row["text"], reference=REFERENCE)
    antigens = sorted(parsed.value.antigens, key=lambda name: (len(name), name)) if parsed.value else []
    return {"kind": parsed.kind, "canonical": parsed.canonical or "", "antigens": " ".join(antigens)}


def reactivity(row):
    beads = [(allele, float(mfi)) for allele, mfi in (bead.split("=") for bead in row["beads"].split())]
    reading = SerumReading(
        build_profile(beads, REFERENCE),
        values(row["patient"]),
        REFERENCE,
        added=specificities(row["added"]),
        removed=specificities(row["removed"]),
    )
    found = reading.react(value(row["value"]))
    return {"reaction": found.at(float(row["threshold"])), "basis": found.basis_at(float(row["threshold"])).name.lower()}


def verdict(row):
    reactions = [Reaction(text) for text in row["reactions"].split()]
    found = donor_verdict(
        reactions, untyped=row["untyped"] == "yes", requirement=Requirement(row["requirement"])
    )
    return {"verdict": found}


def typings(text):
    a1, a2, b1, b2 = text.split()
    pairs = {"A": (a1, a2), "B": (b1, b2)}
    return {
        locus: parse_locus(first, second, locus=locus, reference=REFERENCE)
        for locus, (first, second) in pairs.items()
    }


def grade(row):
    matcher = PatientMatcher(typings(row["patient"]), REFERENCE, row["family"])
    found = matcher.grade([matcher.count(typing) for typing in typings(row["donor"]).values()])
    return {"grade": found.text, "certain": "yes" if found.certain else "no"}


def edits(row):
    refused = refusal_of_edits(
        specificities(row["added"]), specificities(row["removed"]), values(row["patient"]), REFERENCE
    )
    return {"refusal": refused[0] if refused else ""}


def planned(row):
    a1, a2, b1, b2 = (text.replace("?", "") for text in row["patient"].split())
    texts = {"A": (a1, a2), "B": (b1, b2), "C": ("", "")}
    own = {x: parse_locus(*pair, locus=x, reference=REFERENCE) for x, pair in texts.items()}
    values, _ = parse_planned_donor(row["planned"], REFERENCE)
    found = planned_exclusions(values, own, REFERENCE)
    return {"additions": " ".join(one.name + ("" if one.is_certain else "?") for one in found)}


ANSWERS = {
    "nomenclature": nomenclature,
    "reactivity": reactivity,
    "verdict": verdict,
    "grade": grade,
    "edits": edits,
    "planned": planned,
}
CASES = [
    (page.stem, rule, row)
    for page in sorted(PAGES.glob("*.md"))
    for rule, row in read_examples(page)
    if rule in ANSWERS
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]}: {list(case[2].values())}"[:90])
def test_the_example_holds(case):
    _, rule, row = case
    found = ANSWERS[rule](row)
    assert found == {name: row[name] for name in found}


def test_each_page_shows_its_examples():
    shown = {(page, rule) for page, rule, _ in CASES}
    assert shown == {
        ("nomenclature", "nomenclature"),
        ("reactivity", "reactivity"),
        ("verdict", "verdict"),
        ("grade", "grade"),
        ("directive", "reactivity"),
        ("directive", "edits"),
        ("directive", "planned"),
    }


@pytest.mark.parametrize("policy", ["identity-first", "antibody-first"])
def test_the_order_on_the_ranking_page_holds(policy):
    rows = [row for rule, row in read_examples(PAGES / "ranking.md") if rule == "ranking"]
    expected = sorted(rows, key=lambda row: int(row[policy.replace("-", "_")]))
    ranked = sorted((candidate(row) for row in rows), key=lambda c: sort_key(c, ranking_policies()[policy]))
    assert [one.donor_number for one in ranked] == [row["donor"] for row in expected]


def candidate(row):
    return Candidate(
        donor_number=row["donor"],
        verdict=Verdict(row["verdict"]),
        strong_possible=row["strong_possible"] == "yes",
        first_eligible_on=day(row["first_eligible_on"]) if row["first_eligible_on"] else None,
        grade_rank=GRADE_ORDER.index(row["grade"]),
        sum_mfi=float(row["sum_mfi"]),
        max_mfi=float(row["max_mfi"]),
        verified_eplet_load=None,
        abo=row["abo"] or None,
        same_region=row["same_region"] == "yes",
    )


def test_the_ranking_page_explains_every_key():
    explained = (PAGES / "ranking.md").read_text(encoding="utf-8")
    names = {
        "verdict": "verdict", "evidence": "evidence", "strong_possible": "strong possible", "has_date": "has a date", "grade": "grade", "risk": "risk",
        "sum_mfi": "Σ DSA-MFI", "max_mfi": "max MFI", "verified_eplet_load": "verified eplet load", "abo": "ABO",
        "first_eligible_on": "first eligible date", "same_region": "region", "donor_number": "donor number",
    }  # fmt: skip
    for policy in ranking_policies().values():
        for key in policy.keys:
            assert f"| {names[key]} |" in explained
