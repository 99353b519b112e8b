"""Every action and kind of subject that reaches the audit trail has words."""

import pytest

from domain.campaign_life import CampaignStatus
from models.request import RequestStatus
from models.reservation import ReservationStatus
from services.wording.actions import MESSAGES
from tests.action_words import written_words

# Actions named after a status, which no reading of the source tells.
BY_STATUS = {
    "reservation_row.status.value": ReservationStatus,
    "request_outcome.value": RequestStatus,
    "campaign_reached.value": CampaignStatus,
}
# What each status that is reached by a step of its own is named after.
REACHED = [
    *(("reservation", status) for status in ReservationStatus),
    ("request", RequestStatus.FULFILLED),
    ("request", RequestStatus.CANCELLED),
    *(("campaign", status) for status in (CampaignStatus.RUNNING, CampaignStatus.PAUSED, CampaignStatus.CLOSED)),
]


@pytest.mark.parametrize(("keyword", "area"), [("action", "action"), ("subject_type", "subject")])
def test_what_is_written_into_the_trail_can_be_said(keyword, area):
    words, _ = written_words(keyword)
    assert {word: place for word, place in words.items() if f"{area}.{word}" not in MESSAGES} == {}


def test_no_action_or_subject_escapes_the_reading():
    assert written_words("action")[1].keys() == BY_STATUS.keys()
    assert written_words("subject_type")[1] == {}


@pytest.mark.parametrize(("kind", "status"), REACHED)
def test_an_action_named_after_a_status_can_be_said(kind, status):
    assert f"action.{kind}_{status.value}" in MESSAGES


def test_nothing_is_said_of_an_action_that_nobody_does():
    words, _ = written_words("action")
    by_status = {f"{kind.partition('_')[0]}_{status.value}" for kind, all_of in BY_STATUS.items() for status in all_of}
    said = {code.removeprefix("action.") for code in MESSAGES if code.startswith("action.")}
    assert said - words.keys() - by_status == set()


def test_the_reading_of_the_source_finds_actions_of_every_kind_of_call():
    words, _ = written_words("action")
    direct, handed_on, from_an_edge, from_another_module = (
        "name_searched",
        "directive_set",
        "audit_verified",
        "donor_edited",
    )
    either_of_two = {"donor_consent_recorded", "donor_consent_withdrawn"}
    assert {direct, handed_on, from_an_edge, from_another_module, *either_of_two} <= words.keys()
