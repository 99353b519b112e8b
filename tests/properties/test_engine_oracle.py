"""The one-pass engine against the oracle's loop over donors, on random registries, sera, directives and thresholds."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from domain.grading import GRADE_ORDER
from services.matching import openings, shortlist
from services.matching.engine import sweep
from services.matching.eplets import UNKNOWN_LOAD
from services.matching.index import EPOCH, NEVER_DAY
from services.matching.openings import gains, settleable
from services.matching.shortlist import Ranking, Scope
from services.reference import ranking_policies
from tests.oracle import counts, ranking
from tests.oracle.values import parse_value
from tests.oracle.verdict import VERDICTS
from tests.properties import strategies as mine
from tests.properties.registries import ON
from tests.properties.situations import Situation, read_both, situations

POLICIES = ("identity-first", "antibody-first")


# --- counts ---


def plain_counts(counter):
    return {name: counter[name] for name in (*VERDICTS, "available")}


def hold_counts(situation):
    both = read_both(situation)
    thresholds = mine.thresholds_around(bead.mfi for bead in both.case.serum.beads)
    swept = sweep(both.matching, thresholds, ON)
    checked = both.some_thresholds(12)
    for threshold in checked:
        expected = counts.count(both.donors, both.case, both.reacts, threshold, ON)
        level = thresholds.index(threshold)
        assert swept.national(level) == plain_counts(expected.pop("national")), threshold
        assert swept.by_region(level, "unassigned") == {k: plain_counts(c) for k, c in expected.items()}, threshold
    assert_same_levels(both, thresholds, swept, checked)


def assert_same_levels(both, thresholds, swept, checked):
    """A sweep of a few thresholds gives what the full sweep gives at them."""
    few = sweep(both.matching, checked, ON)
    for level, threshold in enumerate(checked):
        assert few.national(level) == swept.national(thresholds.index(threshold))


# --- gains, and what a typing could settle ---


def hold_openings(situation):
    both = read_both(situation)
    for threshold in both.some_thresholds(4):
        assert gains_found(both, threshold) == gains_expected(both, threshold), threshold
        found = {}
        for one in settleable(both.matching, threshold):
            key = one.locus, parse_value(one.typed).key
            found[key] = found.get(key, 0) + one.donors
        assert found == dict(counts.typing_could_settle(both.donors, both.case, both.reacts, threshold)), threshold


def gains_found(both, threshold):
    names = [region or "unassigned" for region in both.matching.index.meta.regions]
    found = {}
    for gain in gains(both.matching, threshold):
        pairs = zip(names, gain.from_blocked.tolist(), gain.from_possible.tolist(), strict=True)
        found[gain.specificity] = gain.max_mfi, {name: pair for name, *pair in pairs if any(pair)}
    return found


def gains_expected(both, threshold):
    heights = counts.openers(both.case.serum, both.case.scope, threshold)
    found = {}
    for antigen, regions in counts.gains(both.donors, both.case, threshold).items():
        shown = {name: [c["from_blocked"], c["from_possible"]] for name, c in regions.items() if name != "national"}
        found[antigen] = heights[antigen], shown
    return found


# --- ranking ---


def hold_ranking(situation, limit, offset):
    both = read_both(situation)
    for threshold in both.some_thresholds(3) + both.strong_threshold():
        for policy in POLICIES:
            expected = ranking.rank(both.donors, both.case, both.reacts, threshold, ON, policy)
            for region in (None, "Bretagne"):
                listed = [d for d in expected if region in (None, d.region)]
                assert_same_list(both, threshold, policy, region, listed, limit, offset)


def assert_same_list(both, threshold, policy, region, expected, limit, offset):
    index = both.matching.index
    if region is not None and region not in index.meta.regions:
        assert expected == []
        return
    scope = Scope(
        on=ON,
        patient_abo=both.case.abo or None,
        patient_region=both.case.region or None,
        region=None if region is None else index.meta.regions.index(region),
    )
    ranked = Ranking(both.matching, ranking_policies()[policy], threshold, scope)
    for asked, start in ((None, 0), (limit, offset)):
        page = ranked.shortlist(asked, start)
        wanted = expected[start : None if asked is None else start + asked]
        assert [described(both, ranked, page, at) for at in range(len(page.rows))] == [
            (d.number, d.verdict, d.strong_possible, d.first_on, d.grade.name, d.sum_mfi, d.max_mfi, d.eplet_loads)
            for d in wanted
        ], (threshold, policy, region, asked, start)
    assert_certainty(both, ranked, page, wanted)


def described(both, ranked, page, at):
    row, phenotype, first = page.rows[at], page.phenotypes[at], int(page.first_eligible_day[at])
    return (
        both.numbers[both.matching.index.donor_id[row]],
        ranking.VERDICT_ORDER[page.verdicts[at]],
        bool(page.strong_possible[at]),
        None if first == NEVER_DAY else EPOCH + timedelta(days=first),
        GRADE_ORDER[ranked.grade_rank[phenotype]],
        round(float(ranked.sum_mfi[phenotype]), 6),
        float(ranked.max_mfi[phenotype]),
        eplet_loads(both, phenotype),
    )


def eplet_loads(both, phenotype):
    """The engine's loads of one phenotype, all and verified; None where they are not known."""
    if both.matching.eplets is None:
        return None
    asked, masks = np.array([phenotype]), both.matching.eplets
    loads = int(masks.load(asked)[0]), int(masks.verified_load(asked)[0])
    return None if UNKNOWN_LOAD in loads else loads


def assert_certainty(both, ranked, page, wanted):
    tables = both.matching.grades
    for phenotype, donor in zip(page.phenotypes, wanted, strict=True):
        a, b = (tables.codes[locus][both.matching.pairs(locus)[phenotype]] for locus in "AB")
        assert bool(tables.certain[a, b]) == donor.grade.certain, donor.number


# --- the tests ---


RELAXED = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}
PAGES = (st.integers(1, 40), st.sampled_from([0, 0, 1, 17]))


@pytest.fixture(scope="module", autouse=True)
def small_steps():
    """Few phenotypes and few specificities at a time, so that small registries and panels take several steps."""
    usual = shortlist.FIRST_PHENOTYPES, openings.WORD_BITS
    shortlist.FIRST_PHENOTYPES, openings.WORD_BITS = 3, 4
    yield
    shortlist.FIRST_PHENOTYPES, openings.WORD_BITS = usual


# Sums that floating point cannot hold put phenotypes of one exact sum in the order of their rounding errors.
TENTHS = Situation(
    patient={"A": ("A10", "A10"), "B": ("B7", "B7"), "C": ("Cw7", "Cw7")},
    beads=[
        ("A*24:02", 0), ("A*24:03", 1100.3), ("A*34:02", 500.1), ("A*66:01", 0), ("B*07:02", 0), ("B*07:05", 12000),
        ("B*42:01", 0), ("B*54:01", 1100.3), ("B*55:01", 700.7), ("C*07:01", 0),
    ],
    added=(), removed=(), loci=("A", "B", "C"), hpa=(), anti_cd36=False, abo_rule="none", abo="", region="",
    names=["A10", "A9", "B7", "C7"], seed=2740, donors=261, phenotypes=300,
)  # fmt: skip


@settings(max_examples=40, **RELAXED)
@given(situations())
def test_counts_are_those_of_a_loop_over_donors(situation):
    hold_counts(situation)


# Leaving out an antigen that is possibly the patient's own is not offered, though it would open donors.
POSSIBLY_SELF = replace(
    TENTHS, patient={"A": ("A1", "A1"), "B": ("B*40", "B8"), "C": ("", "")}, names=["A1", "B40", "C7"], loci=("A", "B"),
    beads=[("A*03:01", 0), ("A*11:01", 3000), ("A*36:01", 0), ("B*40:01", 300), ("B*40:02", 12000), ("B*40:04", 9000)],
)  # fmt: skip


@example(POSSIBLY_SELF)
@settings(max_examples=35, **RELAXED)
@given(situations(most_donors=150))
def test_gains_and_settling_typings_are_those_of_a_loop_over_donors(situation):
    hold_openings(situation)


@example(TENTHS, 40, 0)
@settings(max_examples=35, **RELAXED)
@given(situations(most_donors=200), *PAGES)
def test_the_list_is_that_of_sorting_every_donor(situation, limit, offset):
    hold_ranking(situation, limit, offset)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@settings(max_examples=400, **RELAXED)
@given(situations(most_donors=800))
def test_counts_at_length(situation):
    hold_counts(situation)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@settings(max_examples=250, **RELAXED)
@given(situations(most_donors=300))
def test_gains_and_settling_typings_at_length(situation):
    hold_openings(situation)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@settings(max_examples=250, **RELAXED)
@given(situations(most_donors=600), *PAGES)
def test_the_list_at_length(situation, limit, offset):
    hold_ranking(situation, limit, offset)
