"""The one-pass engine against the oracle's loop over donors, on random registries, sera, directives and thresholds."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.grading import GRADE_ORDER
from services.matching import shortlist
from services.matching.engine import sweep
from services.matching.index import EPOCH, NEVER_DAY
from services.matching.openings import gains, settleable
from services.matching.shortlist import Ranking, Scope
from services.reference import ranking_policies
from tests.oracle import counts, ranking
from tests.oracle.values import parse_value
from tests.oracle.verdict import VERDICTS
from tests.properties import strategies as mine
from tests.properties.registries import ON
from tests.properties.situations import read_both, situations

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
    for threshold in both.some_thresholds(3):
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
            (d.number, d.verdict, d.strong_possible, d.first_on, d.grade.name, d.sum_mfi, d.max_mfi) for d in wanted
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
    )


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
    """The shortlist takes few phenotypes at a time, so that small registries take several steps."""
    usual, shortlist.FIRST_PHENOTYPES = shortlist.FIRST_PHENOTYPES, 3
    yield
    shortlist.FIRST_PHENOTYPES = usual


@settings(max_examples=40, **RELAXED)
@given(situations())
def test_counts_are_those_of_a_loop_over_donors(situation):
    hold_counts(situation)


@settings(max_examples=30, **RELAXED)
@given(situations(most_donors=150))
def test_gains_and_settling_typings_are_those_of_a_loop_over_donors(situation):
    hold_openings(situation)


@settings(max_examples=30, **RELAXED)
@given(situations(most_donors=200), *PAGES)
def test_the_list_is_that_of_sorting_every_donor(situation, limit, offset):
    hold_ranking(situation, limit, offset)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@settings(max_examples=1500, **RELAXED)
@given(situations(most_donors=800))
def test_counts_at_length(situation):
    hold_counts(situation)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@settings(max_examples=800, **RELAXED)
@given(situations(most_donors=300))
def test_gains_and_settling_typings_at_length(situation):
    hold_openings(situation)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@settings(max_examples=800, **RELAXED)
@given(situations(most_donors=600), *PAGES)
def test_the_list_at_length(situation, limit, offset):
    hold_ranking(situation, limit, offset)
