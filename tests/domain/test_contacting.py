"""What can come of a contact at each stage, and what stands against one: in the order in which it is said."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.campaign_life import ENDED, TRANSITIONS, Stage, Step
from domain.contacting import Limits, Outcome, Standing, find_obstacle, outcomes_at, steps_of

DAY = date(2026, 11, 24)  # a Tuesday
AT = datetime(2026, 11, 24, 10, 30, tzinfo=ZoneInfo("Europe/Paris"))
LIMITS = Limits(4, 28, time(9), time(19), (1, 2, 3, 4, 5, 6), 3)
FREE = Standing(Stage.SELECTED, 0, None, 0, None, None)


def obstacle(standing, *, channel="phone", local=AT):
    found = find_obstacle(standing, LIMITS, channel=channel, local=local, today=local.date())
    return found.code if found else None


@pytest.mark.parametrize(
    ("standing", "code"),
    [
        (FREE, None),
        (replace(FREE, last_on=DAY), "contacted_today"),
        (replace(FREE, last_on=DAY - timedelta(days=1)), None),
        (replace(FREE, contacts_12m=4), "contact_cap_reached"),
        (replace(FREE, contacts_12m=3), None),
        (replace(FREE, attempts=3), "attempts_exhausted"),
        (replace(FREE, stage=Stage.AGREED, attempts=3), None),
        (replace(FREE, last_elsewhere_on=DAY - timedelta(days=27)), "contacted_recently"),
        (replace(FREE, last_elsewhere_on=DAY - timedelta(days=28)), None),
        (replace(FREE, stage=Stage.LATER, last_elsewhere_on=DAY - timedelta(days=1)), None),
        (replace(FREE, stage=Stage.LATER, next_on=DAY + timedelta(days=1)), "asked_for_later"),
        (replace(FREE, stage=Stage.LATER, next_on=DAY), None),
        (replace(FREE, stage=Stage.CONTACTED, next_on=DAY + timedelta(days=1)), None),  # our own plan to retry
    ],
)
def test_what_stands_against_a_contact(standing, code):
    assert obstacle(standing) == code
    assert obstacle(standing, channel="incoming") is None


@pytest.mark.parametrize(
    ("hour", "minute", "code"),
    [(8, 59, "quiet_hours"), (9, 0, None), (18, 59, None), (19, 0, "quiet_hours"), (23, 0, "quiet_hours")],
)
def test_calls_are_made_within_calling_hours(hour, minute, code):
    local = AT.replace(hour=hour, minute=minute)
    assert obstacle(FREE, local=local) == obstacle(FREE, channel="sms", local=local) == code
    assert obstacle(FREE, channel="letter", local=local) is None


def test_nobody_is_called_on_a_day_without_calls():
    assert obstacle(FREE, local=AT + timedelta(days=5)) == "quiet_day"


@pytest.mark.parametrize("stage", list(Stage))
def test_only_outcomes_that_the_table_holds_are_offered(stage):
    for incoming in (False, True):
        for exhausted in (False, True):
            for outcome in outcomes_at(stage, exhausted=exhausted, incoming=incoming):
                at = stage
                for step in steps_of(stage, outcome, incoming=incoming):
                    at = TRANSITIONS[at, step]
                assert outcome is not Outcome.GIVE_UP or exhausted
    assert (outcomes_at(stage, exhausted=False) == ()) is (stage in ENDED)


def test_who_refused_may_call_back_and_agree_and_is_not_called():
    assert outcomes_at(Stage.REFUSED, exhausted=False) == (Outcome.OPT_OUT,)
    assert outcomes_at(Stage.REFUSED, exhausted=False, incoming=True) == (Outcome.AGREED, Outcome.OPT_OUT)


def test_a_donors_own_call_is_no_contact_of_ours_where_they_can_answer():
    assert steps_of(Stage.CONTACTED, Outcome.AGREED, incoming=True) == (Step.AGREE,)
    assert steps_of(Stage.SELECTED, Outcome.AGREED, incoming=True) == (Step.CONTACT, Step.AGREE)
    assert steps_of(Stage.CONTACTED, Outcome.AGREED, incoming=False) == (Step.CONTACT, Step.AGREE)
