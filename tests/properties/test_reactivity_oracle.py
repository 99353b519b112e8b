"""The domain's reading of a serum against the oracle's, on random panels, patients, directives and values."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.directive import parse_specificity
from domain.phenotype import parse_locus
from domain.profile import build_profile
from domain.reactivity import SerumReading
from domain.typing_text import parse_typed_value
from services.reference import core_reference
from tests.oracle import reactivity as oracle
from tests.oracle.values import parse_value
from tests.properties import strategies as mine

REFERENCE = core_reference()


@st.composite
def cases(draw):
    """(patient's texts by locus, beads, added, removed, donor value texts)."""
    names = draw(mine.families())
    patient = draw(mine.phenotypes(names, often_typed=False))
    beads = draw(mine.panels(names))
    added, removed = draw(mine.edits(names, mine.values_of(patient)))
    donors = draw(st.lists(mine.value_texts(names), min_size=1, max_size=8, unique=True))
    return patient, beads, added, removed, donors


def domain_reading(patient, beads, added, removed):
    typings = [parse_locus(*texts, locus=locus, reference=REFERENCE) for locus, texts in patient.items()]
    return SerumReading(
        build_profile(beads, REFERENCE),
        [value for typing in typings for value in typing.values if value is not None],
        REFERENCE,
        added=[parse_specificity(text, REFERENCE) for text in added],
        removed=[parse_specificity(text, REFERENCE) for text in removed],
    )


def oracle_serum(patient, beads, added, removed):
    return oracle.Serum(oracle.make_beads(beads), mine.values_of(patient), added, removed)


def hold(case):
    """Every value at every threshold: the same reaction, low, high, beads and basis."""
    patient, beads, added, removed, donors = case
    reading, serum = domain_reading(patient, beads, added, removed), oracle_serum(patient, beads, added, removed)
    for text in donors:
        found = reading.react(parse_typed_value(text, reference=REFERENCE).value)
        for threshold in mine.thresholds_around(mfi for _, mfi in beads):
            expected = oracle.react(parse_value(text), serum, threshold)
            shown = (found.at(threshold).value, found.low, found.high, sorted(b.allele for b in found.beads))
            assert shown == (expected.state, expected.low, expected.high, list(expected.beads)), (text, threshold)
            assert basis_text(found) == expected.basis, (text, threshold)


def basis_text(found):
    return None if found.basis.name == "NULL" else found.basis.name.lower()


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cases())
def test_domain_reads_as_the_oracle(case):
    hold(case)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@settings(max_examples=15_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cases())
def test_domain_reads_as_the_oracle_at_length(case):
    hold(case)
