"""Laws of the counts that need no second reading: what may never grow, and what must add up."""

from dataclasses import replace
from itertools import pairwise

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from domain.phenotype import parse_locus
from domain.planned_donor import parse_planned_donor, planned_exclusions
from domain.typing_text import parse_typed_value
from services.matching.engine import sweep
from services.reference import core_reference
from tests.oracle.verdict import VERDICTS
from tests.properties import registries
from tests.properties import strategies as mine
from tests.properties.registries import ON
from tests.properties.situations import matching_of, situations

RELAXED = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}


def swept(situation, index, thresholds):
    """The counts by region and national at each threshold."""
    found = sweep(matching_of(situation, index), thresholds, ON)
    return [found.by_region(at, "unassigned") | {"": found.national(at)} for at in range(len(thresholds))]


def levels_of(situation):
    return mine.thresholds_around(mfi for _, mfi in situation.beads)


def index_of(situation):
    return registries.index_of(situation.rows())[0]


@settings(max_examples=40, **RELAXED)
@given(situations(most_donors=200))
def test_raising_the_threshold_never_lowers_compatible(situation):
    found = swept(situation, index_of(situation), levels_of(situation))
    for lower, higher in pairwise(found):
        for region, counts in lower.items():
            assert higher[region]["compatible"] >= counts["compatible"]
            assert higher[region]["available"] >= counts["available"]


@settings(max_examples=40, **RELAXED)
@given(situations(most_donors=200))
def test_regions_sum_to_the_nation_and_verdicts_to_the_active_donors(situation):
    rows = situation.rows()
    active = [row for row in rows if row["status"] == "active" and row["consent_contact"] == "yes"]
    index = registries.index_of(rows)[0]
    for regions in swept(situation, index, levels_of(situation)):
        national = regions.pop("")
        assert sum(national[verdict] for verdict in VERDICTS) == len(active)
        assert {name: sum(counts[name] for counts in regions.values()) for name in national} == national
        for region, counts in regions.items():
            here = [row for row in active if (row["region"] or "unassigned") == region]
            assert sum(counts[verdict] for verdict in VERDICTS) == len(here)
            assert counts["available"] <= counts["compatible"]


@settings(max_examples=40, **RELAXED)
@given(situations(most_donors=200), st.data())
def test_raising_an_mfi_never_adds_a_compatible_donor(situation, data):
    assume(situation.beads)
    at = data.draw(st.integers(0, len(situation.beads) - 1))
    allele, mfi = situation.beads[at]
    beads = list(situation.beads)
    beads[at] = (allele, mfi + data.draw(st.sampled_from([0.5, 1, 600, 30_000])))
    assert_no_more_compatible(situation, replace(situation, beads=beads))


@settings(max_examples=40, **RELAXED)
@given(situations(most_donors=200), st.data())
def test_adding_a_specificity_never_adds_a_compatible_donor(situation, data):
    names, patient = situation.names, mine.values_of(situation.patient)
    pool = sorted({*mine.antigens_in(names), *mine.alleles_in(names), "Bw4", "Bw6", *mine.CREGS, *mine.EPLETS} - set(situation.removed))
    pool = [name for name in pool if mine.may_be_added(name, patient)]
    assume(pool)
    more = (*situation.added, data.draw(st.sampled_from(pool)))
    assert_no_more_compatible(situation, replace(situation, added=more))


@settings(max_examples=40, **RELAXED)
@given(situations(most_donors=200), st.data())
def test_a_planned_donor_never_adds_a_compatible_donor(situation, data):
    planned = data.draw(mine.phenotypes(situation.names))
    reference = core_reference()
    own = {x: parse_locus(*texts, locus=x, reference=reference) for x, texts in situation.patient.items()}
    texts = [one for texts in planned.values() for one in texts if " " not in one]
    texts = [one for one in texts if parse_typed_value(one, reference=reference).value is not None]
    values, _ = parse_planned_donor(" ".join(texts), reference)
    excluded = planned_exclusions(values, own, reference)
    assume(excluded)
    index, levels = index_of(situation), levels_of(situation)
    before, after = matching_of(situation, index), matching_of(situation, index, more=excluded)
    found = [sweep(one, levels, ON) for one in (before, after)]
    for level in range(len(levels)):
        assert found[1].national(level)["compatible"] <= found[0].national(level)["compatible"]
    for one in excluded:  # what is certain leaves no other reading of the very value, unless it is the patient's own
        value = parse_typed_value(one.name, reference=reference).value
        if one.is_certain and one.allele:
            assert after.reading.react(value).at(levels[0]) in ("positive", "negative")
            assert (after.reading.react(value).at(levels[0]) == "negative") == (
                value.antigens <= after.reading.own_antigens or one.allele in after.reading.own_alleles
            )


@settings(max_examples=40, **RELAXED)
@given(situations(most_donors=200), st.data())
def test_taking_the_removals_back_never_adds_a_compatible_donor(situation, data):
    pool = [name for name in sorted(mine.antigens_in(situation.names)) if name not in situation.added]
    removed = situation.removed or tuple(data.draw(st.lists(st.sampled_from(pool), min_size=1, max_size=3, unique=True)))
    assert_no_more_compatible(replace(situation, removed=removed), replace(situation, removed=()))


@settings(max_examples=40, **RELAXED)
@given(situations(most_donors=200), st.sampled_from(["HPA-1a", "anti-CD36", "identical", "C"]))
def test_one_more_rule_never_adds_a_compatible_donor(situation, rule):
    stricter = {
        "HPA-1a": replace(situation, hpa=(*situation.hpa, "HPA-1a")),
        "anti-CD36": replace(situation, anti_cd36=True),
        "identical": replace(situation, abo_rule="identical"),
        "C": replace(situation, loci=("A", "B", "C")),
    }[rule]
    assert_no_more_compatible(situation, stricter)


def assert_no_more_compatible(situation, stricter):
    index, levels = index_of(situation), sorted({*levels_of(situation), *levels_of(stricter)})
    looser = swept(situation, index, levels)
    for before, after in zip(looser, swept(stricter, index, levels), strict=True):
        for region, counts in after.items():
            assert counts["compatible"] <= before[region]["compatible"]
            assert counts["available"] <= before[region]["available"]
