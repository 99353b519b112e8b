"""The two tables of transitions: every pair is either led somewhere or refused, and nothing comes back from an end."""

from itertools import product

import pytest

from domain.campaign_life import (
    CAMPAIGN_TRANSITIONS,
    ENDED,
    TRANSITIONS,
    CampaignStatus,
    CampaignStep,
    Stage,
    Step,
    next_campaign_status,
    next_stage,
)
from domain.errors import RefusedByRule


@pytest.mark.parametrize(("stage", "step"), list(product(Stage, Step)))
def test_a_step_outside_the_table_is_refused(stage, step):
    if (stage, step) in TRANSITIONS:
        assert next_stage(stage, step) is TRANSITIONS[stage, step]
    else:
        with pytest.raises(RefusedByRule) as refused:
            next_stage(stage, step)
        assert refused.value.params == {"step": step, "reason": f"invitation_is.{stage}"}


@pytest.mark.parametrize(("status", "step"), list(product(CampaignStatus, CampaignStep)))
def test_a_campaign_step_outside_the_table_is_refused(status, step):
    if (status, step) in CAMPAIGN_TRANSITIONS:
        assert next_campaign_status(status, step) is CAMPAIGN_TRANSITIONS[status, step]
    else:
        with pytest.raises(RefusedByRule):
            next_campaign_status(status, step)


def reached_from(start, table):
    found, waiting = set(), [start]
    while waiting:
        one = waiting.pop()
        found.add(one)
        waiting += [end for (begin, _), end in table.items() if begin is one and end not in found]
    return found


def test_every_stage_can_be_reached_and_none_leaves_an_end():
    assert reached_from(Stage.SELECTED, TRANSITIONS) == set(Stage)
    assert reached_from(CampaignStatus.DRAFT, CAMPAIGN_TRANSITIONS) == set(CampaignStatus)
    assert {step for stage, step in TRANSITIONS if stage in ENDED} == {Step.REOPEN}  # by the laboratory alone
    assert not [pair for pair in CAMPAIGN_TRANSITIONS if pair[0] is CampaignStatus.CLOSED]


def test_nobody_is_confirmed_without_two_results():
    """The way to confirmed leads through sampled, then tested: no other edge enters either."""
    assert {begin for (begin, _), end in TRANSITIONS.items() if end is Stage.CONFIRMED} == {Stage.TESTED}
    assert {begin for (begin, _), end in TRANSITIONS.items() if end is Stage.TESTED and begin is not Stage.TESTED} == {
        Stage.SAMPLED
    }


def test_whoever_is_open_can_opt_out():
    assert all((stage, Step.OPT_OUT) in TRANSITIONS for stage in set(Stage) - ENDED)
