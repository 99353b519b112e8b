"""The risk of an undecided value, case by case and against an enumeration, on tables of our own."""

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.profile import build_profile
from domain.reaction import Reaction
from domain.reactivity import SerumReading
from domain.typing_risk import FrequencyTable, TypingRisk, ValueRisk, donor_risk
from domain.typing_text import parse_typed_value
from services.reference import core_reference
from tests.rule_cases import number, read_cases
from tests.tables_of_frequencies import parse_beads, parse_frequencies

REFERENCE = core_reference()
ALLELES = ["A*02:01", "A*02:03", "A*02:05", "A*02:10", "A*24:02", "A*24:03", "A*24:09N", "A*68:01", "B*15:01", "B*15:03"]
TEXTS = ["A2", "A*02", "A*02:01", "A*02:01/A*02:03", "A9", "A*24", "A24", "A*68", "B*15", "B15", "A28"]
THRESHOLDS = [1, 400, 500, 501, 1000, 1001, 2000, 2001, 9000]


def value(text):
    return parse_typed_value(text, reference=REFERENCE).value


def reading(beads, patient=(), added=(), removed=()):
    return SerumReading(build_profile(beads, REFERENCE), [value(t) for t in patient], REFERENCE, added=added, removed=removed)


def table(frequencies, mix):
    return FrequencyTable("ours", frequencies, mix)


# --- the case table ---


@pytest.mark.parametrize("row", read_cases("typing_risk"), ids=lambda row: row["case"])
def test_the_cases(row):
    serum = reading(parse_beads(row["beads"]), row["patient"].split())
    populations, mix = parse_frequencies(row["frequencies"], row["mix"])
    risks = TypingRisk(serum, FrequencyTable("ours", populations, mix) if populations else None)
    found = [risks.of(serum.react(value(text)), int(row["threshold_mfi"])) for text in row["typed"].split()]
    risk = found[0].risk if len(found) == 1 else donor_risk(one.risk for one in found)
    assert risk == (None if not row["risk"] else pytest.approx(number(row["risk"]), abs=5e-7))
    assert found[0].unknown_share == pytest.approx(number(row["unknown_share"]) or 0.0, abs=5e-7)
    assert (found[0].reason or "") == row["reason"]


def test_the_case_table_is_large_enough_and_states_its_arithmetic():
    rows = read_cases("typing_risk")
    assert len(rows) >= 25
    assert all(row["arithmetic"] for row in rows)


# --- laws ---


def frequency_tables():
    shares = st.dictionaries(st.sampled_from(ALLELES), st.sampled_from([0.0, 0.125, 0.25, 0.01, 0.3]), max_size=8)
    return st.builds(
        table,
        st.fixed_dictionaries({"one": shares, "other": shares}),
        st.fixed_dictionaries({"one": st.sampled_from([0.0, 0.5, 1.0]), "other": st.sampled_from([0.25, 1.0])}),
    )


def panels():
    beads = st.sampled_from([name for name in ALLELES if not name.endswith("N")])
    heights = st.sampled_from([0, 400, 500, 1000, 2000, 9000])
    return st.dictionaries(beads, heights, max_size=8).map(lambda found: list(found.items()))


patients = st.lists(st.sampled_from(["A*02:01", "A*02", "A2", "A9", "A*24:02", "B*15", "A*68"]), max_size=2)


def enumerated(serum, frequencies, typed, threshold):
    """The risk read literally: one draw for each allele that the value may be, by population and frequency."""
    reacting = total = 0.0
    for population, alleles in frequencies.populations.items():
        for allele, frequency in alleles.items():
            if allele.endswith("N") or not may_be(typed, allele):
                continue
            weight = frequencies.mix[population] * frequency
            total += weight
            if serum.react(value(allele)).at(threshold) is not Reaction.NEGATIVE:
                reacting += weight
    return reacting / total if total else None


def may_be(typed, allele):
    if typed.alleles:
        return allele in typed.alleles
    antigens = REFERENCE.antigens_of_allele(allele)[0]
    same_field = "*" not in typed.canonical or allele.startswith(f"{typed.canonical}:")
    return allele[0] == typed.locus and same_field and bool(antigens & typed.antigens)


@given(panels(), patients, frequency_tables(), st.sampled_from(TEXTS), st.sampled_from(THRESHOLDS))
@settings(max_examples=300, deadline=None)
def test_the_risk_is_the_enumeration(beads, patient, frequencies, text, threshold):
    serum, typed = reading(beads, patient), value(text)
    reactivity = serum.react(typed)
    found = TypingRisk(serum, frequencies).of(reactivity, threshold)
    state = reactivity.at(threshold)
    if state is Reaction.NEGATIVE:
        assert found.risk == 0.0
    elif state is Reaction.POSITIVE:
        assert found.risk == 1.0
    elif state is Reaction.UNTESTED:
        assert found == ValueRisk(None, reason="risk_untested")
    elif threshold > reactivity.positive_upto_mfi and len(typed.alleles) != 1:
        expected = enumerated(serum, frequencies, typed, threshold)
        listed = {allele for alleles in frequencies.populations.values() for allele in alleles}
        absent = [one for one in typed.alleles if one not in frequencies.mixed] or [
            one for one, _ in beads if not typed.alleles and one not in listed and may_be(typed, one)
        ]
        if any(serum.react(value(one)).at(threshold) is not Reaction.NEGATIVE for one in absent):
            expected = None
        assert found.risk == (None if expected is None else pytest.approx(expected))
    assert found.risk is None or (0 <= found.unknown_share <= 1 and 0 <= found.risk <= 1)


@given(panels(), patients, frequency_tables(), st.sampled_from(TEXTS))
@settings(max_examples=300, deadline=None)
def test_raising_the_threshold_never_raises_the_risk(beads, patient, frequencies, text):
    serum = reading(beads, patient)
    risks, reactivity = TypingRisk(serum, frequencies), serum.react(value(text))
    known = [found.risk for mfi in THRESHOLDS if (found := risks.of(reactivity, mfi)).risk is not None]
    assert all(low >= high for low, high in itertools.pairwise(known)), known


@given(st.lists(st.one_of(st.none(), st.floats(0, 1)), max_size=6))
def test_the_risk_of_a_donor_is_that_of_any_value(risks):
    found = donor_risk(risks)
    if None in risks:
        assert found is None
        return
    # every combination of values that react or do not, each with its chance
    outcomes = itertools.product((True, False), repeat=len(risks))
    chances = (
        math.prod(risk if hit else 1 - risk for risk, hit in zip(risks, hits, strict=True))
        for hits in outcomes
        if any(hits)
    )
    assert found == pytest.approx(sum(chances), abs=1e-9)
    assert 0 <= found <= 1


def test_one_population_is_taken_by_its_exact_name_only():
    frequencies = table({"european": {"A*02:01": 0.3}, "african": {"A*02:05": 0.1}}, {"european": 0.9, "african": 0.1})
    assert frequencies.of_population(" European ").mixed == {"A*02:01": 0.3}
    assert frequencies.of_population("europe") is None
    assert frequencies.of_population("") is None
    assert frequencies.of_population(None) is None


# --- what a typing can settle ---


@pytest.mark.parametrize(
    ("text", "beads", "settles"),
    [
        ("A*02", [("A*02:01", 500), ("A*02:05", 3000)], True),
        ("A2", [("A*02:01", 500), ("A*02:05", 3000)], True),
        ("A*02:01/A*02:05", [("A*02:01", 500), ("A*02:05", 3000)], True),
        ("A*02:06", [("A*02:01", 500), ("A*02:05", 3000)], False),  # one allele without a bead: typed as far as it goes
        ("A*02:06/A*02:07", [("A*02:01", 500), ("A*02:05", 3000)], False),  # neither has a bead
        ("A*36", [("A*02:01", 500), ("A*02:05", 3000)], False),  # the panel does not test it
        ("A*02", [("A*02:01", 3000), ("A*02:05", 3000)], False),  # positive
        ("A*02", [("A*02:01", 500), ("A*02:05", 500)], False),  # negative already
    ],
)
def test_a_typing_settles_only_what_some_allele_could_turn_negative(text, beads, settles):
    serum = reading(beads)
    assert TypingRisk(serum, None).can_settle(serum.react(value(text)), 2000) is settles


def test_a_position_that_is_not_typed_can_be_negative_where_some_allele_of_the_locus_is():
    risks = TypingRisk(reading([("A*02:01", 500), ("B*07:02", 3000)]), None)
    assert risks.can_be_negative("A", 2000)
    assert not risks.can_be_negative("B", 2000)
    assert not risks.can_be_negative("C", 2000)
