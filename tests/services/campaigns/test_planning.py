"""The plan of a campaign opens again on what it was kept with."""

import pytest

from domain.errors import InvalidFields
from services.campaigns.planning import proposal, read_assumptions
from tests.recruiting import PLAN, put_campaign


def test_a_kept_plan_proposes_its_own_assumptions_again(engines):
    with engines.write_session() as session:
        kept = PLAN | {"chance": 0.9, "cost": {"contact": 2.5, "test": 60.0, "total": 6752.5}}
        campaign = put_campaign(session, plan=kept)
        proposed = proposal(session, campaign)
        assumed = read_assumptions(session, campaign, {})
    assert (proposed["figure"], proposed["prevalence"], proposed["prevalence_source"]) == ("", "4 %", "test")
    assert (assumed.prevalence, assumed.prevalence_source, assumed.chance) == (0.04, "test", 0.9)
    assert (assumed.uptake.found, assumed.uptake.of, assumed.uptake_source) == (27, 334, "test")
    assert (assumed.cost_of_contact, assumed.cost_of_test) == (2.5, 60.0)


def test_a_published_figure_that_was_kept_is_chosen_again_and_another_may_be_typed(engines):
    with engines.write_session() as session:
        campaign = put_campaign(session, plan=None)
        first = read_assumptions(session, campaign, {"figure": "thailand"})
        share = {"rate": first.prevalence, "low": None, "high": None, "source": first.prevalence_source}
        campaign.plan = PLAN | {"prevalence": share}
        again = read_assumptions(session, campaign, {})
        other = read_assumptions(session, campaign, {"figure": "taiwan", "prevalence": ""})
    assert again.prevalence_counted == first.prevalence_counted is not None
    assert again.prevalence == first.prevalence != other.prevalence


def test_a_target_without_a_published_figure_asks_for_one(engines):
    with engines.write_session() as session:
        campaign = put_campaign(session, plan=None, target={"kind": "hla_profile", "antigens": ["A2", "B7"]})
        with pytest.raises(InvalidFields) as refused:
            read_assumptions(session, campaign, {})
        typed = read_assumptions(session, campaign, {"prevalence": "0.1", "prevalence_source": "our typings"})
    assert [(one.field, one.code) for one in refused.value.faults] == [("prevalence", "campaign_prevalence_needed")]
    assert typed.prevalence == 0.1
