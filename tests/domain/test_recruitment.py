"""Planning a campaign: closed forms, exact intervals, and a simulation that agrees."""

import random
from math import ceil, log

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, binom

from domain.errors import UnusableInput
from domain.recruitment import Belief, Proportion, check_chance, parse_proportion, parse_share, trials_needed

DECK = Proportion(27, 334)


@pytest.mark.parametrize(("prevalence", "tests", "contacts"), [(0.025, 119, 1481), (0.04, 74, 925), (0.07, 42, 528)])
def test_the_numbers_of_the_deck_come_out(prevalence, tests, contacts):
    assert trials_needed(prevalence, 0.95) == tests
    assert trials_needed(prevalence * DECK.rate, 0.95) == contacts


@given(st.floats(0.001, 0.999), st.floats(0.01, 0.999))
def test_one_find_needs_the_closed_form_and_one_trial_less_is_too_few(share, chance):
    needed = trials_needed(share, chance)
    assert ceil(log(1 - chance) / log(1 - share) - 1e-8) <= needed <= max(1, ceil(log(1 - chance) / log(1 - share) + 1e-8))
    assert 1 - (1 - share) ** needed >= chance - 1e-9
    assert needed == 1 or 1 - (1 - share) ** (needed - 1) < chance + 1e-9


@given(st.floats(0.001, 0.999), st.floats(0.01, 0.999), st.integers(2, 20))
def test_several_finds_need_the_fewest_trials_whose_tail_reaches_the_chance(share, chance, finds):
    needed = trials_needed(share, chance, finds)
    assert binom.sf(finds - 1, needed, share) >= chance - 1e-9
    assert needed == finds or binom.sf(finds - 1, needed - 1, share) < chance
    assert needed > trials_needed(share, chance, finds - 1)


@pytest.mark.parametrize(("share", "chance", "trials"), [(0.5, 0.75, 2), (0.1, 0.19, 2), (0.1, 0.271, 3), (1, 0.99, 1)])
def test_a_chance_that_is_met_exactly_takes_no_trial_more(share, chance, trials):
    assert trials_needed(share, chance) == trials


def test_a_simulation_finds_as_often_as_planned():
    drawn = random.Random(20261128)
    for finds in (1, 2):
        trials = trials_needed(0.04, 0.95, finds)
        hits = sum(sum(drawn.random() < 0.04 for _ in range(trials)) >= finds for _ in range(4000))
        assert 0.935 < hits / 4000 < 0.975


@given(st.integers(1, 2000), st.data())
def test_the_interval_is_the_exact_one(of, data):
    found = data.draw(st.integers(0, of))
    low, high = Proportion(found, of).interval(0.95)
    assert low == pytest.approx(beta.ppf(0.025, found, of - found + 1) if found else 0, abs=1e-7)
    assert high == pytest.approx(beta.ppf(0.975, found + 1, of - found) if found < of else 1, abs=1e-7)


def test_the_intervals_of_the_deck():
    assert [round(end, 3) for end in DECK.interval(0.95)] == [0.054, 0.115]
    assert [round(end, 4) for end in Proportion(1, 27).interval(0.95)] == [0.0009, 0.1897]
    assert [round(end, 4) for end in Proportion(1, 334).interval(0.95)] == [0.0001, 0.0166]


def test_what_was_observed_tells_how_many_more():
    belief = Belief.after(Proportion(1, 27), 0.5)
    assert belief.chance(100) == pytest.approx(0.90, abs=0.005)
    more = belief.find_tests(0.95)
    assert more is not None
    assert belief.chance(more) >= 0.95 > belief.chance(more - 1)
    assert Belief.after(Proportion(0, 1000), 0.5).find_tests(0.95) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [("28/27", "more_found_than_tried"), ("0/0", "proportion_of_none"), ("-1/3", "proportion_unreadable"),
     ("1/2/3", "proportion_unreadable"), ("", "proportion_unreadable"), ("٣/٤", "proportion_unreadable")],
)  # fmt: skip
def test_what_is_no_proportion_is_refused(text, code):
    with pytest.raises(UnusableInput) as refused:
        parse_proportion(text)
    assert refused.value.code == code


@pytest.mark.parametrize(("text", "share"), [("0.04", 0.04), ("0,04", 0.04), ("4%", 0.04), ("4 %", 0.04), ("1", 1.0), (".5", 0.5)])
def test_a_share_is_read_in_both_languages(text, share):
    assert parse_share(text) == pytest.approx(share)


@pytest.mark.parametrize(
    ("text", "code"),
    [("0", "share_out_of_range"), ("120%", "share_out_of_range"), ("1.2", "share_out_of_range"),
     ("-1", "share_unreadable"), ("nan", "share_unreadable"), ("1e-3", "share_unreadable")],
)  # fmt: skip
def test_what_is_no_share_is_refused(text, code):
    with pytest.raises(UnusableInput) as refused:
        parse_share(text)
    assert refused.value.code == code


@pytest.mark.parametrize("chance", [0.0, 1.0, 1.5, -0.1, float("nan")])
def test_no_plan_makes_a_find_certain(chance):
    with pytest.raises(UnusableInput):
        check_chance(chance)


def test_what_is_too_rare_is_said():
    with pytest.raises(UnusableInput) as refused:
        trials_needed(1e-12, 0.95)
    assert refused.value.code == "too_rare_to_plan"
