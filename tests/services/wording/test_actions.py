"""Every action and kind of subject that reaches the audit trail has words."""

import pytest

from services.wording.actions import MESSAGES
from tests.action_words import written_words


@pytest.mark.parametrize(("keyword", "area"), [("action", "action"), ("subject_type", "subject")])
def test_what_is_written_into_the_trail_can_be_said(keyword, area):
    words, unread = written_words(keyword)
    assert {word: place for word, place in words.items() if f"{area}.{word}" not in MESSAGES} == {}
    assert unread == []


def test_the_reading_of_the_source_finds_actions_of_every_kind_of_call():
    words, _ = written_words("action")
    direct, handed_on, from_an_edge = "name_searched", "directive_set", "audit_verified"
    assert {direct, handed_on, from_an_edge} <= words.keys()
