"""The match grade on cases worked out by hand, and what cannot be said in a row (MATCHING §6)."""

from itertools import product

import pytest

from domain.errors import UnusableInput
from domain.grading import GRADE_ORDER, LocusCount, Match, PatientMatcher
from domain.phenotype import parse_locus
from domain.typing_text import parse_typed_value
from services.reference import core_reference
from tests.rule_cases import read_cases

REFERENCE = core_reference()
ROWS = read_cases("grades")


def typings(text, loci="AABB"):
    texts = {}
    for locus, part in zip(loci, text.split(), strict=True):
        texts.setdefault(locus, []).append(part)
    return {locus: parse_locus(*pair, locus=locus, reference=REFERENCE) for locus, pair in texts.items()}


def matcher(patient, family="rodey"):
    return PatientMatcher(typings(patient), REFERENCE, family)


def grade(patient, donor, family="rodey"):
    ours = matcher(patient, family)
    return ours.grade(ours.count(typing) for typing in typings(donor).values())


def value(text):
    return parse_typed_value(text, reference=REFERENCE).value


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["case"])
def test_the_row_holds(row):
    found = grade(row["patient"], row["donor"], row["family"])
    assert (found.text, "yes" if found.certain else "no") == (row["grade"], row["certain"])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["case"])
def test_the_order_of_positions_does_not_matter(row):
    a1, a2, b1, b2 = row["donor"].split()
    p1, p2, q1, q2 = row["patient"].split()
    found = grade(f"{p2} {p1} {q2} {q1}", f"{a2} {a1} {b2} {b1}", row["family"])
    assert (found.text, "yes" if found.certain else "no") == (row["grade"], row["certain"])


def test_the_table_has_a_row_for_every_grade_certain_and_uncertain():
    assert {row["grade"] for row in ROWS} == set(GRADE_ORDER)
    assert {row["certain"] for row in ROWS if row["grade"] == "R"} == {"no"}
    assert {(row["grade"], row["certain"]) for row in ROWS} >= {("A", "yes"), ("A", "no"), ("C", "yes"), ("C", "no")}
    assert [row["case"] for row in ROWS if not row["source"]] == []
    assert len({row["case"] for row in ROWS}) == len(ROWS)


def test_the_order_of_grades():
    assert " ".join(GRADE_ORDER) == "A B1U B2U B1X B2UX B2X B3UX B3X B4UX B4X C D R"


def test_every_count_has_a_grade_in_the_order():
    """u = 0 to 2, x and m up to 4: whatever two typed loci add up to."""
    ours = matcher("A*01 A*03 B*08 B*49")
    per_locus = [
        LocusCount(typed=True, single=single, cross_reactive=x, mismatched=m, certain=True)
        for single, x, m in product((True, False), range(3), range(3))
        if x + m <= (1 if single else 2)
    ]
    found = {ours.grade(pair).text for pair in product(per_locus, repeat=2)}
    assert found == set(GRADE_ORDER) - {"R"}
    for pair in product(per_locus, repeat=2):
        assert GRADE_ORDER[ours.grade(pair).rank] == ours.grade(pair).text


@pytest.mark.parametrize(
    ("patient", "donor", "match", "certain"),
    [
        ("A*01 A*03 B*08 B*49", "A*01", Match.IDENTICAL, True),
        ("A*01 A*03 B*08 B*49", "A1", Match.IDENTICAL, True),
        ("A*24 A*03 B*08 B*49", "A9", Match.POSSIBLY_IDENTICAL, False),
        ("A*01 A*03 B*08 B*49", "A*11", Match.CROSS_REACTIVE, True),
        ("A*01 A*03 B*08 B*49", "A*02", Match.MISMATCHED, True),
        ("A*01 A*03 B*08 B*49", "A19", Match.MISMATCHED, False),
        ("A*01 A*03 B*08 B*49", "B21", Match.POSSIBLY_IDENTICAL, False),
        ("A*01 A*03 B*08 B4005", "B4005", Match.IDENTICAL, True),
        ("A*01 A*03 B*40:99 B*49", "B*40:99", Match.IDENTICAL, True),
        ("A*01 A*03 B*40:99 B*49", "B*40:98", Match.POSSIBLY_IDENTICAL, False),
    ],
)
def test_the_match_of_one_value(patient, donor, match, certain):
    found = matcher(patient).match(value(donor))
    assert (found.match, found.certain) == (match, certain)


def test_a_null_allele_has_no_match():
    assert matcher("A*24:09N A*03 B*08 B*49").match(value("A*24:09N")) is None


def test_the_splits_of_a_value_leave_b4005_out_unless_it_is_alone():
    ours = matcher("A*01 A*03 B*08 B*49")
    assert ours.splits(value("B*40")) == {"B60", "B61"}
    assert ours.splits(value("B21")) == {"B49", "B50"}
    assert ours.splits(value("B4005")) == {"B4005"}
    assert ours.splits(value("B39")) == {"B39"}


def test_c_is_no_part_of_the_grade():
    patient = typings("A*01 A*03 B*08 B*49 C*07 C*07", "AABBCC")
    without_c = typings("A*01 A*03 B*08 B*49 X X", "AABBCC")
    for one in (patient, without_c):
        ours = PatientMatcher(one, REFERENCE, "rodey")
        assert ours.is_typed
        assert ours.grade(map(ours.count, typings("A*01 A*03 B*08 B*49").values())).text == "A"


def test_a_patient_without_a_locus_is_not_typed():
    assert not PatientMatcher(typings("A*01 A*03", "AA"), REFERENCE, "rodey").is_typed


def test_an_unknown_family_is_refused():
    with pytest.raises(UnusableInput, match="unknown_creg_family"):
        matcher("A*01 A*03 B*08 B*49", "none")
    with pytest.raises(UnusableInput, match="unknown_creg_family"):
        matcher("X X X X", "none")
