"""The lists of a campaign, on both databases: who stands in which, in what order, and who is named to whom."""

from datetime import timedelta

import pytest
from sqlmodel import select

from domain.campaign_life import CampaignStatus, Stage, Step
from domain.errors import UnusableInput
from models.campaign import Campaign, Channel, Invitation
from models.donor import Donor
from services.campaigns.call_list import count_lists, list_invited
from services.campaigns.contact_rules import contact_rules
from services.campaigns.due import due_campaigns
from services.campaigns.progress import campaign_progress
from services.campaigns.steps import take_step
from tests.recruiting import NOW, TIMING, later, put_campaign, put_invitation
from tests.reserving import someone
from tests.small_registry import IDENTITY, PERSONAL, put_small_registry

COO = someone("coordinator", login="coo")
RULES = contact_rules()


@pytest.fixture
def lists(app_on, database_url):
    """Engines with a campaign of donors in many places, and another campaign that has contacted some of them."""
    engines = app_on(database_url).extensions["phenotheque"].engines
    with engines.write_session() as session:
        put_small_registry(session)
        campaign, other = put_campaign(session, "first"), put_campaign(session, "second", deadline=TIMING.today)
        due, day = TIMING.today, timedelta(days=1)
        for place, (number, more) in enumerate(
            (
                ("PT0001", {"place": 9}),
                ("PT0002", {"stage": Stage.LATER, "next_on": due}),
                ("PT0003", {"stage": Stage.LATER, "next_on": due + day}),
                ("PT0004", {"stage": Stage.CONTACTED, "attempts": RULES.most_attempts, "next_on": due - day}),
                ("PT0005", {"stage": Stage.APPOINTED, "appointment_at": NOW + day}),
                ("PT0006", {"stage": Stage.APPOINTED, "appointment_at": NOW + 2 * day}),
                ("PT0007", {}),  # contacted by the other campaign a few days ago
                ("PT0008", {}),  # contacted by the other campaign long ago
                ("PT0014", {}),  # no consent
                ("PT0009", {"stage": Stage.TESTED}),
            )
        ):
            put_invitation(session, campaign, number, **{"place": place, **more})
        for number, days in (("PT0007", -2), ("PT0008", -RULES.days_between)):
            row = put_invitation(session, other, number)
            take_step(session, row, Step.CONTACT, channel=Channel.PHONE, actor="coo", timing=later(days=days))
    return engines


def listed(engines, which, *, by=COO, **more):
    with engines.write_session() as session:
        campaign = session.exec(select(Campaign).where(Campaign.name == "first")).one()
        return list_invited(session, campaign, which=which, by=by, timing=TIMING, **{"limit": 50, "offset": 0, **more})


def numbers(found):
    return [one.donor_number for one in found]


def test_those_to_call_are_due_contactable_and_in_their_order(lists):
    found = listed(lists, "to_call")
    assert numbers(found) == ["PT0002", "PT0008", "PT0001", "PT0004"]
    assert numbers(listed(lists, "to_call", limit=2, offset=1)) == ["PT0008", "PT0001"]
    exhausted = found[-1]
    assert (exhausted.waits, exhausted.obstacle.code) == (True, "attempts_exhausted")
    assert "give_up" in exhausted.outcomes
    assert "wrong_number" not in exhausted.outcomes
    with lists.read_session() as session:
        campaign = session.exec(select(Campaign).where(Campaign.name == "first")).one()
        counts = count_lists(session, campaign, TIMING)
        assert campaign_progress(session, campaign).count("selected") == 10
        due = due_campaigns(session, TIMING)
    assert (counts["to_call"], counts["reminders"], counts["to_sample"], counts["second_samples"]) == (4, 1, 2, 1)
    assert (counts["later"], counts["all"], counts["lost"]) == (2, 10, 0)
    assert [(one.name, one.to_call, one.reminders, one.second_samples) for one in due] == [
        ("second", 2, 0, 0),  # the nearer deadline
        ("first", 4, 1, 1),
    ]


def test_a_reminder_made_is_off_the_list(lists):
    assert numbers(listed(lists, "reminders")) == ["PT0005"]
    with lists.write_session() as session:
        query = select(Invitation).join(Donor, Donor.id == Invitation.donor_id).where(Donor.donor_number == "PT0005")
        row = session.exec(query).one()
        take_step(session, row, Step.CONTACT, channel=Channel.SMS, actor="coo", timing=TIMING)
    assert listed(lists, "reminders") == []


def test_a_campaign_that_does_not_run_calls_nobody(lists):
    with lists.write_session() as session:
        session.exec(select(Campaign).where(Campaign.name == "first")).one().status = CampaignStatus.PAUSED
    assert listed(lists, "to_call") == listed(lists, "reminders") == []
    assert len(listed(lists, "all")) == 10


def test_names_are_for_those_who_call(lists):
    assert listed(lists, "to_call")[0].contact.last_name == IDENTITY["last_name"]
    (away,) = [one for one in listed(lists, "all") if one.fault]
    assert (away.donor_number, away.contact, away.fault) == ("PT0014", None, "contact.no_consent")
    seen = listed(lists, "to_call", by=someone("searcher"))
    assert [one.contact for one in seen] == [None] * 4
    assert not any(text in str(seen) for text in PERSONAL)


def test_a_list_that_there_is_not_is_refused(lists):
    with pytest.raises(UnusableInput):
        listed(lists, "secret")
