"""The division of donors held to a linear programme, and to what must hold of every division."""

import random
from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from domain.allocation import Allocation, Given, Need, Offer, Shortage, Supply, allocate
from domain.allocation_fixed import FixFault, sort_fixed

HORIZON, INTERVAL = 28, 28


@st.composite
def tasks(draw, most_needs=5, most_donors=7, horizon=HORIZON):
    donors = [f"D{n}" for n in range(draw(st.integers(0, most_donors)))]
    supplies = [Supply(one, tuple(sorted(draw(st.sets(st.integers(0, horizon - 1), max_size=6))))) for one in donors]
    needs, offers = [], []
    for n in range(draw(st.integers(1, most_needs))):
        first = draw(st.integers(0, horizon - 1))
        last = min(horizon - 1, first + draw(st.integers(0, 10)))
        units, turn = draw(st.integers(1, 3)), draw(st.integers(0, 3))
        needs.append(Need(f"N{n}", units, first, last, draw(st.booleans()), turn))
        fits = draw(st.sets(st.sampled_from(donors))) if donors else ()
        offers += [Offer(f"N{n}", donor, draw(st.integers(0, 5))) for donor in sorted(fits)]
    return needs, supplies, offers


def check_feasible(answer: Allocation, needs, supplies, offers, interval):
    by_code, days = {one.code: one for one in needs}, {one.donor: one.days for one in supplies}
    allowed = {(one.need, one.donor): one.cost for one in offers}
    for one in answer.given:
        need = by_code[one.need]
        assert one.day in days[one.donor]
        assert need.first <= one.day <= need.last
        assert allowed[one.need, one.donor] == one.cost
    for one, other in combinations(answer.given, 2):
        assert one.donor != other.donor or abs(one.day - other.day) >= interval
    met = Counter(one.need for one in answer.given)
    lacking = {one.need: one.units for one in answer.unmet}
    for need in needs:
        assert met[need.code] + lacking.get(need.code, 0) == need.units


def offers_of(offers, code):
    return [one for one in offers if one.need == code]


def worth(answer: Allocation, needs) -> tuple[int, int, int]:
    """Units, those for urgent needs, and the cost turned round: the greater, the better."""
    urgent = {one.code for one in needs if one.urgent}
    return len(answer.given), sum(one.need in urgent for one in answer.given), -answer.cost


def by_programme(needs, supplies, offers, interval) -> tuple[int, int, int]:
    """What is best in that order: a linear programme over (need, donor, day)."""
    days = {one.donor: one.days for one in supplies}
    by_code = {one.code: one for one in needs}
    places = [
        (one.need, one.donor, day, one.cost)
        for one in offers
        for day in days[one.donor]
        if by_code[one.need].first <= day <= by_code[one.need].last
    ]
    if not places:
        return 0, 0, 0
    rows, most = [], []
    for need in needs:
        rows.append([float(place[0] == need.code) for place in places])
        most.append(need.units)
    for donor in days:
        for start in {place[2] for place in places if place[1] == donor}:
            rows.append([float(place[1] == donor and start <= place[2] < start + interval) for place in places])
            most.append(1)
    cost = np.array([place[3] for place in places], dtype=float)
    urgent = np.array([by_code[place[0]].urgent for place in places], dtype=float)
    large = float(cost.sum() + 1)
    limits = LinearConstraint(np.array(rows), -np.inf, np.array(most, dtype=float))
    wanted = cost - large * urgent - large * (len(places) + 1)
    found = milp(wanted, constraints=limits, bounds=Bounds(0, 1), integrality=np.ones(len(places)))
    chosen = np.round(found.x)
    return int(chosen.sum()), int(urgent @ chosen), -int(cost @ chosen)


@settings(max_examples=40)
@given(tasks())
def test_as_many_units_and_as_good_as_a_linear_programme_finds(task):
    answer = allocate(*task, interval_days=INTERVAL)
    check_feasible(answer, *task, INTERVAL)
    assert worth(answer, task[0]) == by_programme(*task, INTERVAL)
    assert answer.loss == 0


@settings(max_examples=40)
@given(tasks(), st.integers(3, 14))
def test_over_several_windows_nobody_gives_too_soon_and_the_loss_is_told(task, interval):
    answer = allocate(*task, interval_days=interval)
    check_feasible(answer, *task, interval)
    best = by_programme(*task, interval)[0]
    assert 0 <= best - len(answer.given) <= answer.loss


@settings(max_examples=40)
@given(tasks(), st.randoms(use_true_random=False))
def test_the_order_of_what_is_given_changes_nothing(task, chance):
    needs, supplies, offers = ([*one] for one in task)
    for one in (needs, supplies, offers):
        chance.shuffle(one)
    assert allocate(needs, supplies, offers, interval_days=INTERVAL) == allocate(*task, interval_days=INTERVAL)


@settings(max_examples=40)
@given(tasks(), st.data())
def test_a_donor_more_never_costs_a_unit(task, data):
    needs, supplies, offers = task
    more = Supply("new", tuple(range(HORIZON)))
    fits = data.draw(st.sets(st.sampled_from([one.code for one in needs])))
    wider = (needs, [*supplies, more], [*offers, *(Offer(code, "new", 3) for code in sorted(fits))])
    assert len(allocate(*wider, interval_days=INTERVAL).given) >= len(allocate(*task, interval_days=INTERVAL).given)


@settings(max_examples=25)
@given(tasks(), st.data())
def test_an_offer_more_never_costs_a_unit(task, data):
    needs, supplies, offers = task
    pairs = {(one.need, one.donor) for one in offers}
    others = [Offer(n.code, s.donor, 0) for n in needs for s in supplies if (n.code, s.donor) not in pairs]
    more = data.draw(st.lists(st.sampled_from(others), unique=True)) if others else []
    wider = allocate(needs, supplies, [*offers, *more], interval_days=INTERVAL)
    assert len(wider.given) >= len(allocate(*task, interval_days=INTERVAL).given)


@settings(max_examples=40)
@given(tasks(), st.data())
def test_what_is_forbidden_is_not_given_never_brings_a_unit_and_is_the_reason_where_it_costs_one(task, data):
    needs, supplies, offers = task
    pairs = [(one.need, one.donor) for one in offers]
    forbidden = frozenset(data.draw(st.lists(st.sampled_from(pairs)))) if pairs else frozenset()
    left = [one for one in offers if (one.need, one.donor) not in forbidden]
    free = allocate(*task, interval_days=INTERVAL)
    answer = allocate(*task, interval_days=INTERVAL, forbidden=forbidden)
    check_feasible(answer, needs, supplies, left, INTERVAL)
    assert worth(answer, needs) <= worth(free, needs)
    assert worth(answer, needs) == worth(allocate(needs, supplies, left, interval_days=INTERVAL), needs)
    for one in answer.unmet:
        need = next(need for need in needs if need.code == one.need)
        lifted = frozenset(pair for pair in forbidden if pair[0] != need.code)
        beside = allocate(*task, interval_days=INTERVAL, forbidden=lifted)
        alone, alone_left = (allocate([need], supplies, some, interval_days=INTERVAL) for some in (offers, left))
        assert (one.why is Shortage.FORBIDDEN) == (
            len(beside.given) > len(answer.given)
            or (bool(alone_left.unmet) and len(alone.given) > len(alone_left.given))
        )


@settings(max_examples=20)
@given(tasks(), st.integers(3, 14), st.data())
def test_over_several_windows_what_is_forbidden_is_the_reason_only_where_it_costs_a_unit(task, interval, data):
    needs, supplies, offers = task
    pairs = [(one.need, one.donor) for one in offers]
    forbidden = frozenset(data.draw(st.lists(st.sampled_from(pairs)))) if pairs else frozenset()
    answer = allocate(*task, interval_days=interval, forbidden=forbidden)
    for one in (one for one in answer.unmet if one.why is Shortage.FORBIDDEN):
        lifted = [offer for offer in offers if offer.need == one.need or (offer.need, offer.donor) not in forbidden]
        alone = [need for need in needs if need.code == one.need]
        left = [offer for offer in offers if (offer.need, offer.donor) not in forbidden]
        beside = by_programme(needs, supplies, lifted, interval)[0] > len(answer.given)
        by_itself = by_programme(alone, supplies, offers_of(offers, one.need), interval) > by_programme(
            alone, supplies, offers_of(left, one.need), interval
        )
        assert beside or by_itself


@settings(max_examples=40)
@given(tasks(most_needs=3, most_donors=4), st.data())
def test_fixed_donations_that_are_sorted_out_as_standing_stand_and_each_other_could_not(task, data):
    needs, supplies, offers = task
    codes, donors = [*(one.code for one in needs), "other"], [*(one.donor for one in supplies), "nobody"]
    made = st.builds(Given, st.sampled_from(codes), st.sampled_from(donors), st.integers(0, HORIZON - 1), st.just(0))
    wanted = data.draw(st.lists(made, max_size=6, unique=True))
    stand, faults = sort_fixed(needs, supplies, offers, wanted, interval_days=INTERVAL)
    assert len(stand) + len(faults) == len(wanted)
    answer = allocate(*task, interval_days=INTERVAL, fixed=stand)
    check_feasible(answer, *task, INTERVAL)
    assert set(stand) <= set(answer.given)
    days = {one.donor: one.days for one in supplies}
    for one, fault in faults:
        need = next((need for need in needs if need.code == one.need), None)
        fits = any((offer.need, offer.donor) == (one.need, one.donor) for offer in offers)
        assert (fault is FixFault.NO_NEED) == (need is None)
        if need is None:
            continue
        assert (fault is FixFault.NOT_IN_TIME) == (not need.first <= one.day <= need.last)
        if fault in (FixFault.NOT_FIT, FixFault.NOT_FREE):
            assert not fits or one.day not in days[one.donor]
        if fault in (FixFault.TOO_NEAR, FixFault.TOO_MANY):
            with pytest.raises(ValueError, match=r"interval|more is fixed"):
                allocate(*task, interval_days=INTERVAL, fixed=[*stand, one])


@settings(max_examples=50)
@given(tasks())
def test_each_reason_is_true_when_solved_again(task):
    needs, supplies, offers = task
    answer = allocate(*task, interval_days=INTERVAL)
    for one in answer.unmet:
        need = next(need for need in needs if need.code == one.need)
        alone = allocate([need], supplies, offers, interval_days=INTERVAL)
        assert (one.why is Shortage.TAKEN) == (not alone.unmet)
        fits = {offer.donor for offer in offers if offer.need == one.need}
        assert (one.why is Shortage.NO_DONOR) == (not fits)
        if one.why is Shortage.NONE_IN_TIME:
            assert not alone.given
        if one.why is Shortage.TAKEN:
            in_time = {one.donor for one in supplies if any(need.first <= day <= need.last for day in one.days)}
            held = {given.need for given in answer.given if given.donor in fits & in_time}
            assert set(one.holders) == held - {one.need}
            assert one.holders
    for one in answer.lost:
        assert one.to in {given.need for given in answer.given if given.donor == one.donor}
        need = next(need for need in needs if need.code == one.need)
        days = [day for supply in supplies if supply.donor == one.donor for day in supply.days]
        in_time = [day for day in days if need.first <= day <= need.last]
        assert in_time  # nobody loses a donor who could not have given in time anyway
        for day in in_time:
            cost = next(offer.cost for offer in offers if (offer.need, offer.donor) == (one.need, one.donor))
            forced = allocate(*task, interval_days=INTERVAL, fixed=[Given(one.need, one.donor, day, cost)])
            assert worth(forced, needs) <= worth(answer, needs)


@settings(max_examples=40)
@given(tasks(horizon=60), st.integers(14, 28))
def test_over_several_windows_who_is_named_keeps_the_donor_from_giving_in_time(task, interval):
    needs, supplies, offers = task
    answer = allocate(*task, interval_days=interval)

    def takers(code, donor):
        """For each day on which a donor could give for a need, the needs whose donations of the donor lie too near."""
        need = next(need for need in needs if need.code == code)
        days = [day for supply in supplies if supply.donor == donor for day in supply.days]
        mine = [one for one in answer.given if one.donor == donor]
        in_time = [day for day in days if need.first <= day <= need.last]
        return [{one.need for one in mine if abs(one.day - day) < interval} for day in in_time]

    for one in answer.lost:
        ways = takers(one.need, one.donor)
        assert ways
        assert all(way and one.need not in way for way in ways)
        assert one.to in ways[0]
    for one in answer.unmet:
        ways = [way for offer in offers_of(offers, one.need) for way in takers(one.need, offer.donor)]
        assert one.why is not Shortage.TAKEN or set(one.holders) == set().union(*ways) - {one.need}


@settings(max_examples=40)
@given(tasks())
def test_what_is_fixed_stands_and_what_was_given_before_is_kept_among_equals(task):
    answer = allocate(*task, interval_days=INTERVAL)
    again = allocate(*task, interval_days=INTERVAL, kept=frozenset((one.need, one.donor) for one in answer.given))
    assert {(one.need, one.donor) for one in again.given} == {(one.need, one.donor) for one in answer.given}
    if answer.given:
        one = answer.given[0]
        fixed = allocate(*task, interval_days=INTERVAL, fixed=[one])
        assert one in fixed.given
        assert worth(fixed, task[0]) == worth(answer, task[0])


def test_the_urgent_are_served_first_where_not_all_can_be():
    needs = [Need("planned", 1, 0, 5), Need("urgent", 1, 0, 5, urgent=True)]
    offers = [Offer("planned", "D", 0), Offer("urgent", "D", 9)]
    answer = allocate(needs, [Supply("D", (2,))], offers, interval_days=INTERVAL)
    assert [one.need for one in answer.given] == ["urgent"]
    assert [(one.need, one.why, one.holders) for one in answer.unmet] == [("planned", Shortage.TAKEN, ("urgent",))]
    assert [(one.need, one.donor, one.to) for one in answer.lost] == [("planned", "D", "urgent")]


@pytest.mark.parametrize("turns", [(0, 1), (1, 0)])
def test_among_equals_whose_turn_it_is_has_the_unit_and_the_better_donor_unless_it_was_otherwise_before(turns):
    needs = [Need(code, 1, 0, 5, turn=turn) for code, turn in zip("AB", turns, strict=True)]
    before, after = "AB" if turns == (0, 1) else "BA"
    offers = [Offer(code, donor, cost) for code in "AB" for cost, donor in enumerate(("best", "next"))]

    def pairs(donors, **kept):
        answer = allocate(needs, [Supply(one, (1,)) for one in donors], offers, interval_days=INTERVAL, **kept)
        return {(one.need, one.donor) for one in answer.given}

    assert pairs(["best"]) == {(before, "best")}
    assert pairs(["best", "next"]) == {(before, "best"), (after, "next")}
    assert pairs(["best"], kept=frozenset({(after, "best")})) == {(after, "best")}


def test_fixing_what_cannot_be_is_refused():
    task = ([Need("N", 1, 0, 20)], [Supply("D", (1, 5))], [Offer("N", "D", 0)])
    with pytest.raises(ValueError, match="interval"):
        allocate(
            [Need("N", 2, 0, 20)],
            *task[1:],
            interval_days=INTERVAL,
            fixed=[Given("N", "D", 1, 0), Given("N", "D", 5, 0)],
        )
    with pytest.raises(ValueError, match="more is fixed"):
        allocate(*task, interval_days=2, fixed=[Given("N", "D", 1, 0), Given("N", "D", 5, 0)])


@pytest.mark.slow
def test_fifty_larger_cases_are_as_good_as_a_linear_programme():
    chance = random.Random(20261129)
    for _ in range(50):
        donors = [f"D{n:03}" for n in range(60)]
        supplies = [Supply(one, tuple(sorted(chance.sample(range(HORIZON), 5)))) for one in donors]
        firsts = [chance.randrange(HORIZON - 7) for _ in range(12)]
        needs = [
            Need(f"N{n:02}", chance.randint(1, 5), day, day + chance.randint(0, 6)) for n, day in enumerate(firsts)
        ]
        offers = [
            Offer(need.code, donor, chance.randrange(100)) for need in needs for donor in chance.sample(donors, 20)
        ]
        answer = allocate(needs, supplies, offers, interval_days=INTERVAL)
        assert worth(answer, needs) == by_programme(needs, supplies, offers, INTERVAL)
