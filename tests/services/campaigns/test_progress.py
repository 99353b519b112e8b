"""How far a campaign is: counts, exact intervals, the plan, what is to be expected and when to think of stopping."""

import pytest
from scipy.stats import beta, betabinom

from domain.campaign_life import Stage
from domain.errors import UnusableInput
from domain.recruitment import Proportion
from models.campaign import Campaign
from services.campaigns.outlook import campaign_outlook
from services.campaigns.progress import FUNNEL, Progress, campaign_progress, funnel_of
from tests.recruiting import NOW, PLAN, put_campaign, put_invitation
from tests.small_registry import put_small_registry

DECK = dict(zip(FUNNEL, (334, 334, 60, 40, 27, 27, 1, 0), strict=True))


def campaign(**more) -> Campaign:
    return Campaign(**{"code": "c", "name": "n", "plan": PLAN, "number_wanted": 1, **more})


def progress(counts=None, present=None, finds=1) -> Progress:
    stages = {stage.value: 0 for stage in Stage} | (present or {})
    return Progress(funnel_of(DECK | (counts or {}), PLAN["marks"], 0.95), stages, finds, 0.95)


def test_each_share_is_of_the_stage_before_with_the_exact_interval_of_scipy():
    marks = {mark.stage: mark for mark in progress().funnel}
    assert marks["selected"].of_previous is None
    assert marks["found"].of_previous == Proportion(1, 27)
    assert (marks["found"].low, marks["found"].high) == pytest.approx((beta.ppf(0.025, 1, 27), beta.ppf(0.975, 2, 26)))
    assert (marks["tested"].planned, marks["answered"].planned) == (74, None)
    assert marks["confirmed"].low == 0


def test_a_stage_after_one_that_nobody_reached_has_no_share():
    empty = funnel_of(dict.fromkeys(FUNNEL, 0), {}, 0.95)
    assert all(mark.of_previous is None and mark.low is None for mark in empty)


def test_the_outlook_is_the_beta_binomial_of_the_tests_so_far():
    found = campaign_outlook(campaign(number_wanted=2), progress(present={"contacted": 300, "agreed": 5}))
    assert (found.missing, found.remaining, found.expected_tests) == (1, 74 - 27, 5 + 24)
    assert found.chance_of_plan == pytest.approx(1 - betabinom.pmf(0, 47, 1.5, 26.5))
    assert found.chance_of_left == pytest.approx(1 - betabinom.pmf(0, 29, 1.5, 26.5))
    assert betabinom.sf(0, found.more_tests, 1.5, 26.5) >= 0.95 > betabinom.sf(0, found.more_tests - 1, 1.5, 26.5)
    assert (found.prevalence, found.tests_at_prevalence) == (0.04, 74)
    assert found.advice == ()


@pytest.mark.parametrize(("prevalence", "tests"), [(0.025, 119), (0.04, 74), (0.07, 42)])
def test_another_prevalence_gives_the_tests_of_the_deck(prevalence, tests):
    found = campaign_outlook(campaign(), progress({"found": 0}, finds=0), prevalence=prevalence)
    assert found.tests_at_prevalence == tests
    assert found.prevalence == prevalence


def test_a_campaign_without_plan_and_tests_says_only_what_is_known():
    found = campaign_outlook(campaign(plan=None), progress(dict.fromkeys(FUNNEL, 0), finds=0))
    assert (found.observed, found.remaining, found.chance_of_plan, found.expected_tests) == (None, None, None, None)
    assert (found.prevalence, found.tests_at_prevalence, found.chance) == (None, None, 0.95)


@pytest.mark.parametrize(
    ("counts", "present", "finds", "advice"),
    [
        ({"confirmed": 1}, {}, 1, ["campaign_advice.enough"]),
        ({}, {"tested": 1}, 1, ["campaign_advice.to_confirm"]),
        ({"found": 0}, {"contacted": 300}, 0, []),
        ({"found": 0}, {"contacted": 3}, 0, ["campaign_advice.unlikely"]),
        (
            dict.fromkeys(("answered", "agreed", "sampled", "tested"), 200) | {"found": 0}, {"contacted": 30}, 0,
            ["campaign_advice.unlikely", "campaign_advice.below_plan"],
        ),
    ],
)  # fmt: skip
def test_the_board_advises_from_the_numbers(counts, present, finds, advice):
    assert list(campaign_outlook(campaign(), progress(counts, present, finds)).advice) == advice


def test_a_chance_that_cannot_be_had_is_refused():
    with pytest.raises(UnusableInput):
        campaign_outlook(campaign(plan=PLAN | {"chance": 1}), progress())


def test_a_first_find_that_a_second_sample_undid_is_no_find(engines):
    reached = dict.fromkeys(("contacted_at", "answered_at", "agreed_at", "sampled_at", "tested_at", "found_at"), NOW)
    with engines.write_session() as session:
        put_small_registry(session)
        made = put_campaign(session)
        put_invitation(session, made, "PT0001", stage=Stage.NOT_FOUND, **reached)
        put_invitation(session, made, "PT0002", stage=Stage.TESTED, **reached)
        put_invitation(session, made, "PT0007")
        put_invitation(session, put_campaign(session, "another"), "PT0001")
    with engines.read_session() as session:
        found = campaign_progress(session, session.get(Campaign, made.id))
    assert [found.count(stage) for stage in FUNNEL] == [3, 2, 2, 2, 2, 2, 2, 0]
    assert (found.finds, found.present["selected"], found.present["tested"]) == (1, 1, 1)
    assert found.funnel[0].planned == 925
