"""Ranking with evidence: the engine's bands against sorting every donor by the domain's key (issue 7, item 4)."""

import random
from datetime import timedelta
from itertools import product

import pytest
from hypothesis import HealthCheck, Phase, assume, example, given, settings
from hypothesis import strategies as st

from domain.crossmatch import CrossmatchKind, CrossmatchResult
from domain.evidence import (
    Item,
    Moment,
    PairEvidence,
    PatientEvidence,
    Says,
    Stance,
    weigh_crossmatch,
    weigh_transfusion,
)
from domain.ranking import Candidate, sort_key
from domain.transfusion import Held
from domain.transfusion import Verdict as Did
from domain.verdict import Verdict
from services.evidence.rules import evidence_rules
from services.matching import shortlist
from services.matching.engine import sweep
from services.matching.shortlist import Ranking, Scope
from services.reference import ranking_policies
from tests.oracle import grade as grading
from tests.oracle import ranking
from tests.properties.registries import ON
from tests.properties.situations import read_both, situations

RULES = evidence_rules(ON)
MOMENT = Moment(ON, ON - timedelta(days=20))
DAYS = st.integers(-3, 400).map(lambda days: ON - timedelta(days=days))
QUICK = (Phase.explicit, Phase.reuse, Phase.generate)  # a registry takes minutes to shrink
RELAXED = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}


def crossmatch(result, tested_on=ON, serum_on=ON, kind=CrossmatchKind.PLATELET):
    said = weigh_crossmatch(kind, result, tested_on=tested_on, serum_on=serum_on, rules=RULES, moment=MOMENT)
    return Item("x", kind.value, tested_on, result.value, said)


def transfusion(early, late, valid, given_on):
    said = weigh_transfusion(early, late, valid, given_on=given_on, rules=RULES, moment=MOMENT)
    return Item("t", "transfusion", given_on, early.value, said, result_24h=late.value)


ITEMS = st.one_of(
    st.builds(crossmatch, st.sampled_from(CrossmatchResult), DAYS, st.none() | DAYS, st.sampled_from(CrossmatchKind)),
    st.builds(transfusion, st.sampled_from(Did), st.sampled_from(Did), st.sampled_from(Held), DAYS),
)


# --- the engine ---


def random_evidence(both, seed, share):
    """Random stances by donor id; of donors who are blocked or not in the index, too."""
    rng = random.Random(seed)
    chosen = [id_ for id_ in range(len(both.numbers)) if rng.random() < share]
    return {id_: rng.choice(list(Stance)) for id_ in (*chosen, 10**9)}


def candidate(donor, stance):
    return Candidate(
        donor_number=donor.number, verdict=Verdict(donor.verdict), strong_possible=donor.strong_possible,
        first_eligible_on=donor.first_on, grade_rank=grading.ORDER.index(donor.grade.name), sum_mfi=donor.sum_mfi,
        max_mfi=donor.max_mfi, verified_eplet_load=donor.eplet_loads and donor.eplet_loads[1], abo=donor.abo,
        same_region=donor.same_region, stance=stance,
    )  # fmt: skip


def ranking_with(both, stances, policy, threshold, region=None):
    index = both.matching.index
    scope = Scope(
        ON,
        both.case.abo or None,
        both.case.region or None,
        None if region is None else index.meta.regions.index(region),
    )
    return Ranking(both.matching, ranking_policies()[policy], threshold, scope, stances)


def numbers(both, page):
    return [both.numbers[both.matching.index.donor_id[row]] for row in page.rows]


def hold_order(situation, seed, share, limit, offset, thresholds, policies):
    both = read_both(situation)
    stances = random_evidence(both, seed, share)
    by_number = {both.numbers[id_]: stance for id_, stance in stances.items() if id_ < len(both.numbers)}
    for threshold, policy in product(thresholds(both), policies):
        listed = ranking.rank(both.donors, both.case, both.reacts, threshold, ON, "identity-first")
        keyed = [(candidate(one, by_number.get(one.number, Stance.NONE)), one.region) for one in listed]
        keyed.sort(key=lambda one: sort_key(one[0], ranking_policies()[policy]))
        for region in (None, *({"Bretagne"} & set(both.matching.index.meta.regions))):
            expected = [one.donor_number for one, home in keyed if region in (None, home)]
            ranked = ranking_with(both, stances, policy, threshold, region)
            assert numbers(both, ranked.shortlist(None)) == expected
            assert numbers(both, ranked.in_order(ranked.everyone)) == expected
            assert numbers(both, ranked.shortlist(limit, offset)) == expected[offset : offset + limit]


ASKED = (
    st.integers(0, 2**16), st.sampled_from([0.02, 0.3, 1.0]), st.integers(1, 40), st.sampled_from([0, 1, 17]),
)  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def small_steps():
    """Few phenotypes at a time, so that small registries take several steps."""
    usual, shortlist.FIRST_PHENOTYPES = shortlist.FIRST_PHENOTYPES, 3
    yield
    shortlist.FIRST_PHENOTYPES = usual


@settings(max_examples=12, **RELAXED)
@given(situations(most_donors=80), *ASKED)
def test_the_list_is_that_of_sorting_every_donor_by_the_key(situation, seed, share, limit, offset):
    hold_order(situation, seed, share, limit, offset, lambda both: both.some_thresholds(1), ["evidence-first"])


@pytest.mark.slow
@pytest.mark.timeout(3600)
@settings(max_examples=150, **RELAXED)
@given(situations(most_donors=300), *ASKED)
def test_the_list_at_length_by_every_policy(situation, seed, share, limit, offset):
    thresholds = lambda both: both.some_thresholds(2) + both.strong_threshold()  # noqa: E731
    hold_order(situation, seed, share, limit, offset, thresholds, sorted({*ranking_policies()} - {"risk-first"}))


# --- the laws ---


def place_of(both, pairs, donor_id, threshold):
    stances = {id_: pair.stance for id_, pair in pairs.items()}
    found = numbers(both, ranking_with(both, stances, "evidence-first", threshold).shortlist(None))
    return found.index(both.numbers[donor_id]) if both.numbers[donor_id] in found else None


NEW = st.tuples(DAYS, st.none() | DAYS, st.sampled_from(CrossmatchKind))


@settings(max_examples=20, phases=QUICK, **RELAXED)
@given(situations(most_donors=40), st.lists(st.lists(ITEMS, max_size=3), max_size=6), st.integers(0, 39), NEW)
def test_a_negative_crossmatch_never_lowers_a_donor_nor_does_a_positive_one_raise_them(situation, others, chosen, new):
    both = read_both(situation)
    assume(len(both.numbers) > 0)
    donor_id = chosen % len(both.numbers)
    pairs = {(donor_id + n) % len(both.numbers): PairEvidence(tuple(items)) for n, items in enumerate(others)}
    threshold = both.some_thresholds(1)[0]
    before = place_of(both, pairs, donor_id, threshold)
    after = {}
    for result in CrossmatchResult:
        items = (*pairs.get(donor_id, PairEvidence()).items, crossmatch(result, *new))
        after[result] = place_of(both, {**pairs, donor_id: PairEvidence(items)}, donor_id, threshold)
    if before is None:
        assert set(after.values()) == {None}  # evidence lists nobody who is blocked
        return
    assert after[CrossmatchResult.NEGATIVE] <= before <= after[CrossmatchResult.POSITIVE]
    assert after[CrossmatchResult.INDETERMINATE] == before


@settings(max_examples=6, **RELAXED)
@given(situations(most_donors=60), st.integers(0, 2**16))
def test_evidence_changes_no_count_and_nobodys_verdict(situation, seed):
    both = read_both(situation)
    threshold = both.some_thresholds(1)[0]
    counts = sweep(both.matching, [threshold], ON).national(0)
    with_it = ranking_with(both, random_evidence(both, seed, 0.5), "evidence-first", threshold).everyone
    without = ranking_with(both, {}, "evidence-first", threshold).everyone
    assert [with_it.rows.tolist(), with_it.verdicts.tolist()] == [without.rows.tolist(), without.verdicts.tolist()]
    assert sweep(both.matching, [threshold], ON).national(0) == counts


@given(st.lists(ITEMS, max_size=5), st.randoms())
def test_the_order_of_the_items_says_nothing(items, rng):
    shuffled = rng.sample(items, len(items))
    assert PairEvidence(tuple(shuffled)).stance is PairEvidence(tuple(items)).stance


@example([])
@given(st.lists(ITEMS, max_size=5))
def test_only_what_is_known_good_supports(items):
    """Support needs a negative crossmatch of the latest serum, or a valid effective transfusion."""
    pair = PairEvidence(tuple(items))
    if pair.stance is not Stance.SUPPORTS:
        return
    assert any(one.result == "negative" or "effective" in (one.result, one.result_24h) for one in items)
    assert not any(one.statement.says is Says.AGAINST for one in items)
    assert all(one.on <= ON for one in items if one.statement.says is Says.SUPPORTS)


def test_a_patients_stances_are_those_of_the_pairs():
    negative, positive = crossmatch(CrossmatchResult.NEGATIVE), crossmatch(CrossmatchResult.POSITIVE)
    pairs = {1: PairEvidence((negative,)), 2: PairEvidence((positive,)), 3: PairEvidence((negative, positive))}
    stances = {1: Stance.SUPPORTS, 2: Stance.AGAINST, 3: Stance.MIXED}
    assert PatientEvidence("R", None, pairs).stances() == stances
