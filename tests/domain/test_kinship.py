"""Families that cannot be are refused, and the chances are those of the closed forms and of counting every genotype."""

import csv
import itertools
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import RefusedByRule, UnusableInput
from domain.kinship import ALLELES, MOST_PERSONS, Heredity, Pedigree, Relative, Status, allele_frequency

TABLE = Path(__file__).parents[1] / "tables" / "kinship.csv"
with TABLE.open(encoding="utf-8", newline="") as file:
    CASES = list(csv.DictReader(file))
WORDS = {"show": Status.SHOWS, "shows": Status.SHOWS, **{one.value: one for one in Status}}


def family_of(text: str) -> Pedigree:
    """`p shows; mother carrier; s sibling` as a pedigree: p is the first, s the one who is asked about."""
    facts = dict(part.split() for part in text.split("; "))
    if "parents" in facts:
        facts["mother"] = facts["father"] = facts.pop("parents")
    of = {name: WORDS[word] for name, word in facts.items() if name != "s"}
    kin = facts["s"]
    people = {
        "m": Relative("m", "F", status=of.get("mother", Status.UNTESTED)),
        "f": Relative("f", "M", status=of.get("father", Status.UNTESTED)),
        "p": Relative("p", "F", status=of["p"], mother="m", father="f"),
    }
    more = {
        "sibling": [Relative("s", None, mother="m", father="f")],
        "half": [Relative("s", None, mother="m")],
        "child": [Relative("s", None, mother="p")],
        "grandchild": [Relative("c", "M", mother="p"), Relative("s", None, father="c")],
        "nephew": [Relative("b", "M", mother="m", father="f"), Relative("s", None, father="b")],
        "mother": [],
    }[kin]
    return Pedigree([*people.values(), *more])


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['family']} at {case['frequency']}")
def test_the_row_of_the_case_table_holds(case):
    pedigree = family_of(case["family"])
    asked = "m" if case["family"].endswith("s mother") else case["asked"]
    heredity = Heredity(pedigree, float(case["frequency"]))
    assert case["source"]
    if case["chance"].startswith("refused: "):
        with pytest.raises(RefusedByRule) as refused:
            heredity.chance(asked)
        assert refused.value.code == case["chance"].removeprefix("refused: ")
    else:
        assert heredity.chance(asked) == pytest.approx(float(case["chance"]), abs=1e-12)


@pytest.mark.parametrize(("siblings", "percent"), [(1, 25), (2, 44), (3, 58), (4, 68), (5, 76)])
def test_at_least_one_of_the_siblings_where_both_parents_carry_it(siblings, percent):
    parents = [Relative("m", "F", status=Status.CARRIER), Relative("f", "M", status=Status.CARRIER)]
    untested = [Relative(f"s{n}", None, mother="m", father="f") for n in range(siblings)]
    chance = Heredity(Pedigree([*parents, *untested]), 0.1).at_least_one([one.code for one in untested])
    assert round(100 * chance) == percent


def test_siblings_of_untested_parents_are_not_independent():
    q = 0.2
    known = [Relative("m", "F"), Relative("f", "M"), Relative("p", None, status=Status.SHOWS, mother="m", father="f")]
    heredity = Heredity(Pedigree([*known, *(Relative(s, None, mother="m", father="f") for s in "ab")]), q)
    apart = 1 - (1 - heredity.chance("a")) ** 2
    assert 0 < heredity.at_least_one(["a", "b"]) < apart
    assert heredity.at_least_one([]) == 0


# --- families that cannot be ------------------------------------------------------------------------------------------

IMPOSSIBLE = {
    "family_loop": [Relative("a", "F", mother="b"), Relative("b", "F", mother="c"), Relative("c", "F", mother="a")],
    "family_own_parent": [Relative("a", "F", mother="a")],
    "family_same_parent_twice": [Relative("a"), Relative("b", mother="a", father="a")],
    "family_parent_sex": [Relative("a", "M"), Relative("b", mother="a")],
    "family_parent_unknown": [Relative("b", mother="a")],
    "family_parent_younger": [Relative("a", "F", 1990), Relative("b", "F", None, mother="a"),
                              Relative("c", None, 1980, mother="b")],
    "family_too_large": [Relative(str(n)) for n in range(MOST_PERSONS + 1)],
}  # fmt: skip


@pytest.mark.parametrize("code", IMPOSSIBLE)
def test_an_impossible_family_is_refused_with_its_reason(code):
    with pytest.raises(RefusedByRule) as refused:
        Pedigree(IMPOSSIBLE[code])
    assert refused.value.code == code


@pytest.mark.parametrize("prevalence", [0, 1, 1.2, -0.1])
def test_a_share_that_is_none_is_refused(prevalence):
    with pytest.raises(UnusableInput):
        allele_frequency(prevalence)
    assert allele_frequency(0.04) == pytest.approx(0.2)


# --- against counting every genotype ----------------------------------------------------------------------------------


def counted(pedigree: Pedigree, q: float) -> dict[tuple[int, ...], float]:
    """The weight of every genotype of everybody, by the definition: no peeling, no shortcut."""
    people, founder = list(pedigree.relatives.values()), ((1 - q) ** 2, 2 * q * (1 - q), q * q)
    place, weights = {one.code: n for n, one in enumerate(people)}, {}
    for genotypes in itertools.product(range(3), repeat=len(people)):
        weight = 1.0
        for one, mine in zip(people, genotypes, strict=True):
            weight *= mine in ALLELES[one.status]
            if not one.parents:
                weight *= founder[mine]
                continue
            passed = [genotypes[place[parent]] / 2 for parent in one.parents] + [q]
            weight *= sum(
                (passed[0] if a else 1 - passed[0]) * (passed[1] if b else 1 - passed[1])
                for a, b in itertools.product((0, 1), repeat=2) if a + b == mine
            )  # fmt: skip
        weights[genotypes] = weight
    return weights


@st.composite
def families(draw) -> Pedigree:
    """A family of up to seven: each may descend from a woman and a man drawn before, cousins' marriages included."""
    people: list[Relative] = []
    for n in range(draw(st.integers(1, 7))):
        mothers, fathers = ([one.code for one in people if one.sex == sex] for sex in "FM")
        people.append(
            Relative(
                str(n),
                draw(st.sampled_from("FM")),
                status=draw(st.sampled_from([*Status, Status.UNTESTED, Status.UNTESTED])),
                mother=draw(st.sampled_from([None, *mothers])),
                father=draw(st.sampled_from([None, *fathers])),
            )
        )
    return Pedigree(people)


@settings(max_examples=60)
@given(families(), st.floats(0.01, 0.99))
def test_the_chances_are_those_of_counting_every_genotype(pedigree, q):
    weights, codes = counted(pedigree, q), list(pedigree.relatives)
    total, heredity = sum(weights.values()), Heredity(pedigree, q)
    if total == 0:
        with pytest.raises(RefusedByRule):
            heredity.chance(codes[0])
        return
    for n, code in enumerate(codes):
        expected = [sum(w for g, w in weights.items() if g[n] == k) / total for k in range(3)]
        assert heredity.alleles(code) == pytest.approx(expected, abs=1e-9)
    shows = sum(w for g, w in weights.items() if 2 in g) / total
    assert heredity.at_least_one(codes) == pytest.approx(shows, abs=1e-9)
