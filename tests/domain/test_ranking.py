"""The order in which donors are offered (MATCHING §10)."""

from dataclasses import replace
from datetime import date
from itertools import permutations
from random import Random

import pytest

from domain.errors import UnusableInput
from domain.evidence import Stance
from domain.grading import GRADE_ORDER
from domain.ranking import ABO_ORDER, Candidate, policy_named, sort_key
from domain.verdict import Verdict
from services.reference import ranking_policies

POLICIES = ranking_policies()
DAY = date(2026, 11, 22)
# For each key, values from the best to the worst.
BEST_TO_WORST = {
    "verdict": [Verdict.COMPATIBLE, Verdict.POSSIBLE, Verdict.UNKNOWN],
    "evidence": [Stance.SUPPORTS, Stance.NONE, Stance.AGAINST],
    "strong_possible": [False, True],
    "has_date": [DAY, None],
    "grade": [0, 1, len(GRADE_ORDER) - 1],
    "sum_mfi": [0, 500, 500.5, 12_000],
    "risk": [0.0, 0.03, 0.99, None],
    "max_mfi": [0, 10, 10.5, 9_000],
    "verified_eplet_load": [0, 3, 30, None],
    "abo": ["identical", "minor", "major", "bidirectional", None],
    "first_eligible_on": [DAY, date(2026, 11, 23), date(2031, 1, 1), None],
    "same_region": [True, False],
    "donor_number": ["D1", "D10", "D2", "d1"],
}
FIELDS = {"has_date": "first_eligible_on", "grade": "grade_rank", "evidence": "stance"}
MIDDLE = Candidate(
    donor_number="D2", verdict=Verdict.POSSIBLE, strong_possible=False, first_eligible_on=date(2026, 12, 1), grade_rank=5,
    sum_mfi=1000, max_mfi=1000, verified_eplet_load=5, abo="minor", same_region=True, risk=0.5,
)  # fmt: skip


def field(key):
    return FIELDS.get(key, key)


def with_value(candidate, key, value):
    if key == "has_date":
        value = candidate.first_eligible_on if value else None
    return replace(candidate, **{field(key): value})


def ranked(candidates, policy):
    return sorted(candidates, key=lambda one: sort_key(one, POLICIES[policy]))


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("key", BEST_TO_WORST)
def test_each_key_goes_from_best_to_worst(policy, key):
    if key not in POLICIES[policy].keys:
        assert key in ("risk", "evidence") or (key == "max_mfi" and policy != "antibody-first")
        return
    in_order = [with_value(MIDDLE, key, value) for value in BEST_TO_WORST[key]]
    shuffled = Random(1).sample(in_order, len(in_order))
    assert ranked(shuffled, policy) == in_order


@pytest.mark.parametrize("policy", POLICIES)
def test_a_key_outweighs_all_the_keys_after_it(policy):
    keys = POLICIES[policy].keys
    for place, key in enumerate(keys):
        better, worse = with_value(MIDDLE, key, BEST_TO_WORST[key][0]), with_value(MIDDLE, key, BEST_TO_WORST[key][-1])
        for later in keys[place + 1 :]:
            if field(later) != field(key):
                better = with_value(better, later, BEST_TO_WORST[later][-1])
                worse = with_value(worse, later, BEST_TO_WORST[later][0])
        if key != "has_date":  # the worst date of `later` would be none at all, which is this key's own say
            better = replace(better, first_eligible_on=better.first_eligible_on or date(2031, 1, 1))
        assert ranked([worse, better], policy) == [better, worse], key


def test_identity_first_does_not_look_at_the_highest_mfi():
    same = [replace(MIDDLE, max_mfi=mfi) for mfi in (0, 9_000)]
    keys = {sort_key(one, POLICIES["identity-first"]) for one in same}
    assert len(keys) == 1


def test_the_policies_differ_where_grade_and_sum_disagree():
    close = replace(MIDDLE, donor_number="close", grade_rank=0, sum_mfi=3000)
    quiet = replace(MIDDLE, donor_number="quiet", grade_rank=10, sum_mfi=0)
    assert ranked([quiet, close], "identity-first") == [close, quiet]
    assert ranked([quiet, close], "antibody-first") == [quiet, close]


@pytest.mark.parametrize("policy", POLICIES)
def test_donors_without_a_date_or_a_group_come_last_in_their_verdict(policy):
    dated = replace(MIDDLE, donor_number="dated", grade_rank=12, sum_mfi=9e4, abo=None, risk=None)
    never = replace(MIDDLE, donor_number="never", grade_rank=0, sum_mfi=0, first_eligible_on=None)
    unknown = replace(MIDDLE, donor_number="unknown", verdict=Verdict.UNKNOWN, grade_rank=0, sum_mfi=0)
    group_unknown = replace(dated, donor_number="a", abo=None)
    worst_group = replace(dated, donor_number="b", abo="bidirectional")
    assert ranked([unknown, never, dated], policy) == [dated, never, unknown]
    assert ranked([group_unknown, worst_group], policy) == [worst_group, group_unknown]


@pytest.mark.parametrize("policy", POLICIES)
def test_the_key_is_unique_so_the_order_is_one(policy):
    twins = [replace(MIDDLE, donor_number=number) for number in ("D1", "D10", "D2", "D20")]
    assert len({sort_key(one, POLICIES[policy]) for one in twins}) == 4
    for shuffled in permutations(twins):
        assert ranked(shuffled, policy) == twins


def test_abo_goes_from_identical_to_unknown():
    assert ABO_ORDER == ("identical", "minor", "major", "bidirectional", None)


def test_a_policy_is_asked_by_name():
    assert policy_named("antibody-first", POLICIES) is POLICIES["antibody-first"]
    with pytest.raises(UnusableInput, match="unknown_policy") as refused:
        policy_named("cheapest", POLICIES)
    assert refused.value.params == {"policy": "cheapest", "known": "antibody-first, evidence-first, identity-first, risk-first"}
