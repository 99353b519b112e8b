"""The shipped tables against the oracle's copy, entry by entry, and grades under both families of CREGs."""

import pytest
from hypothesis import HealthCheck, example, given, settings

from domain.directive import parse_specificity
from domain.grading import PatientMatcher
from domain.phenotype import parse_locus
from services.reference import core_reference
from tests.oracle import grade as grading
from tests.oracle import nomenclature, tables
from tests.oracle.values import parse_locus as oracle_locus
from tests.properties import strategies as mine

REFERENCE = core_reference()
FAMILIES = ["rodey", "ucla"]


def test_every_antigen_is_known_and_no_other():
    assert set(REFERENCE.kinds) == tables.ANTIGENS


@pytest.mark.parametrize("antigen", sorted(tables.ANTIGENS))
def test_an_antigen_has_its_closure_split_cregs_and_epitope(antigen):
    assert REFERENCE.closure(antigen) == nomenclature.closure(antigen)
    assert REFERENCE.antigens_of_antigen(antigen) == nomenclature.antigens_of_serology(antigen)
    assert REFERENCE.parents.get(antigen, frozenset()) == set(nomenclature.parents_of(antigen))
    assert REFERENCE.split(antigen) == nomenclature.split(antigen)
    if not nomenclature.is_broad(antigen):
        for family in FAMILIES:
            assert REFERENCE.cregs_of(antigen, family) == nomenclature.cregs_of(antigen, family)
        for epitope in ("Bw4", "Bw6"):
            covered = parse_specificity(epitope, REFERENCE).covered
            assert (antigen in covered) == (nomenclature.epitope_of(antigen) == epitope)


def test_every_group_and_listed_allele_has_its_antigens():
    groups = {f"{locus}*{first}": locus for locus, fields in tables.FIRST_FIELDS.items() for first in fields}
    assert set(REFERENCE.groups) == set(groups)
    for group, locus in groups.items():
        assert REFERENCE.groups[group] == nomenclature.antigens_of_group(locus, group.split("*")[1]), group
    assert set(REFERENCE.alleles) == tables.KIT_ALLELES | set(tables.EXCEPTIONS)
    for allele, antigens in REFERENCE.alleles.items():
        assert antigens == nomenclature.antigens_of_allele(allele), allele


def one(a, b):
    return {"A": tuple(a.split()), "B": tuple(b.split()), "C": ("", "")}


@pytest.mark.parametrize("family", FAMILIES)
# B4005 takes no part where another split is left; some splits share a group with the patient's and some do not
@example((one("A1 A1", "B7 B7"), one("A1 A1", "B*40 B7")))
@example((one("A1 A1", "B50 B50"), one("A1 A1", "B*40 B4005")))
@example((one("A1 A1", "B50 B50"), one("A1 A1", "B21 B21")))
@example((one("A1 A1", "B35 B35"), one("A1 A1", "B*15 B70")))
@example((one("A1 A1", "B44 B44"), one("A10 A19", "B22 B12")))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mine.families().flatmap(mine.two_phenotypes))
def test_grades_are_the_oracles(family, pair):
    patient, donor = pair
    typings = [
        {locus: parse_locus(*texts, locus=locus, reference=REFERENCE) for locus, texts in one.items()} for one in pair
    ]
    matcher = PatientMatcher(typings[0], REFERENCE, family)
    found = matcher.grade([matcher.count(typings[1][locus]) for locus in "AB"])
    expected = grading.grade(
        *({locus: oracle_locus(*texts, locus) for locus, texts in one.items()} for one in (donor, patient)), family
    )
    assert (found.text, found.certain) == (expected.name, expected.certain)
