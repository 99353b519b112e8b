"""The domain's reading of a serum against the oracle's, on random panels, patients, directives and values."""

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from domain.directive import parse_specificity
from domain.phenotype import parse_locus
from domain.profile import build_profile
from domain.reactivity import SerumReading
from domain.typing_text import parse_typed_value
from services.reference import core_reference
from tests.oracle import reactivity as oracle
from tests.oracle.values import parse_value
from tests.properties import eplet_tables
from tests.properties import strategies as mine

REFERENCE = core_reference()
NO_EPLETS = (None, [])


@st.composite
def cases(draw):
    """(patient's texts by locus, beads, added, removed, donor value texts, eplet table)."""
    names = draw(mine.families())
    patient = draw(mine.phenotypes(names, often_typed=False))
    beads = draw(mine.panels(names))
    added, removed = draw(mine.edits(names, mine.values_of(patient)))
    donors = draw(st.lists(mine.value_texts(names), min_size=1, max_size=8, unique=True))
    return patient, beads, added, removed, donors, (draw(eplet_tables.seeds()), names)


def domain_reading(patient, beads, added, removed, eplet_table):
    typings = [parse_locus(*texts, locus=locus, reference=REFERENCE) for locus, texts in patient.items()]
    return SerumReading(
        build_profile(beads, REFERENCE),
        [value for typing in typings for value in typing.values if value is not None],
        REFERENCE,
        added=[parse_specificity(text, REFERENCE) for text in added],
        removed=[parse_specificity(text, REFERENCE) for text in removed],
        eplet_table=eplet_tables.domain_table(*eplet_table),
    )


def oracle_serum(patient, beads, added, removed, eplet_table):
    table = eplet_tables.oracle_table(*eplet_table)
    return oracle.Serum(oracle.make_beads(beads), mine.values_of(patient), added, removed, table)


def hold(case):
    """Every value at every threshold: the same reaction, low, high, beads and basis."""
    patient, beads, added, removed, donors, eplets = case
    asked = patient, beads, added, removed, eplets
    reading, serum = domain_reading(*asked), oracle_serum(*asked)
    for text in donors:
        found = reading.react(parse_typed_value(text, reference=REFERENCE).value)
        for threshold in mine.thresholds_around(mfi for _, mfi in beads):
            expected = oracle.react(parse_value(text), serum, threshold)
            shown = (found.at(threshold).value, found.low, found.high, sorted(b.allele for b in found.beads))
            assert shown == (expected.state, expected.low, expected.high, list(expected.beads)), (text, threshold)
            assert basis_text(found, threshold) == expected.basis, (text, threshold)


def basis_text(found, threshold):
    basis = found.basis_at(threshold).name
    return None if basis == "NULL" else basis.lower()


def case(patient, beads, added, removed, *donors):
    """A case for `hold`, the patient's texts by locus from one line: "A1 A3 B7 B8"."""
    typed = {locus: [text for text in patient.split() if text[0] == locus] or ["", ""] for locus in "ABC"}
    panel = [(allele, float(mfi)) for allele, mfi in (bead.split("=") for bead in beads.split())]
    return {x: tuple(texts) for x, texts in typed.items()}, panel, added.split(), removed.split(), donors, NO_EPLETS


RARE = [
    # an addition that covers some of an allele's possible antigens, or an allele that a member may be
    case("A1 A3 B7 B8", "A*24:02=10 A*24:03=10", "A2403", "", "A*24:07", "A24", "A9", "A*24"),
    case("A1 A3 B7 B8", "A*24:02=10 A*24:03=10", "A*24:07", "", "A*24:07", "A24", "A*24:02", "A*24:20", "A9"),
    case("A1 A3 B7 B8", "A*24:02=9000 A*24:03=10", "A*24:02", "", "A24", "A*24", "A2403", "A*24:07"),
    # a value whose possible antigens are all the patient's
    case("A1 A3 B7 B8 Cw9 Cw10", "C*03:03=9000", "", "", "C*03:05", "C*03", "Cw3", "Cw9"),
    case("A24 A2403 B7 B8", "A*24:07=9000 A*23:01=10", "", "", "A*24:07", "A*24:20", "A24", "A9"),
    # a removal that covers all, or only some, of a bead's possible antigens
    case("A1 A3 B7 B8", "A*24:07=9000 A*24:02=10 A*24:03=10", "", "A24", "A24", "A*24:07", "A*24:20"),
    case("A1 A3 B7 B8", "A*24:07=9000 A*24:02=10 A*24:03=10", "", "A2403", "A24", "A*24:07", "A*24"),
    case("A1 A3 B7 B8", "A*24:07=9000 A*24:02=10", "", "A*24:07", "A24", "A*24:07", "A*24"),
    case("A1 A3 B44 B8", "B*27:05=9000 B*27:08=9000 B*51:02=9000", "", "Bw4", "B27", "B2708", "B51", "B5102"),
    # the patient's own allele, without a bead, and a positive member that it could be
    case("A*24:20 A3 B7 B8", "A*24:02=9000 A*24:03=9000", "", "", "A24", "A2403", "A*24:02", "A*24:20", "A*24"),
    # a list is never certain, a null allele never the patient's
    case("A*24:02/A*24:09N A3 B7 B8", "A*24:02=9000", "", "", "A24", "A*24:02", "A*24:09N", "A*24:02/A*24:03"),
]


def rare(test):
    for one in RARE:
        test = example(one)(test)
    return test


@rare
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cases())
def test_domain_reads_as_the_oracle(case):
    hold(case)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@settings(max_examples=3_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cases())
def test_domain_reads_as_the_oracle_at_length(case):
    hold(case)
