"""What a mail server's refusal means, how long a message rests, and which hours are quiet."""

import csv
import uuid
from datetime import time, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.posting import MOST_LATER_SHARE, WAITS, Fate, QuietHours, Stage, fate_of, next_wait

TABLE = Path(__file__).resolve().parents[1] / "tables" / "smtp_replies.csv"
CASES = list(csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines()))
codes = st.integers(400, 599)
enhanced = st.one_of(st.just(""), st.from_regex(r"[45]\.[0-9]\.[0-9]", fullmatch=True))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['stage']}-{case['code']}-{case['enhanced']}")
def test_a_refusal_means_what_the_table_says(case):
    assert fate_of(Stage(case["stage"]), int(case["code"]), case["enhanced"]) == case["fate"]


def test_the_table_knows_every_stage_and_every_fate_of_a_server():
    assert {case["stage"] for case in CASES} == set(Stage)
    assert {case["fate"] for case in CASES} == set(Fate) - {Fate.OFF}


@settings(max_examples=40)
@given(st.sampled_from(Stage), codes, enhanced)
def test_an_address_is_refused_by_a_permanent_answer_about_the_recipient_alone(stage, code, more):
    if fate_of(stage, code, more) is Fate.ADDRESS:
        assert stage is Stage.RECIPIENT
        assert code >= 500


@settings(max_examples=40)
@given(st.sampled_from(Stage), codes.filter(lambda code: code < 500), enhanced)
def test_a_passing_refusal_ends_nothing(stage, code, more):
    assert fate_of(stage, code, more) in (Fate.LATER, Fate.SERVER)


@settings(max_examples=40)
@given(st.uuids(), st.integers(1, len(WAITS)))
def test_a_message_rests_its_wait_and_up_to_a_fifth_more_and_always_as_long(message, attempts):
    wait, rest = WAITS[attempts - 1], next_wait(attempts, str(message))
    assert wait <= rest <= wait * (1 + MOST_LATER_SHARE)
    assert rest == next_wait(attempts, str(message))


def test_after_the_last_wait_a_message_is_given_up_within_five_days():
    message = str(uuid.uuid4())
    assert [next_wait(n, message) for n in (0, len(WAITS) + 1)] == [None, None]
    assert timedelta(days=3) < sum(WAITS, timedelta()) * (1 + MOST_LATER_SHARE) < timedelta(days=5)


def test_messages_that_failed_together_are_not_tried_again_together():
    assert len({next_wait(3, str(uuid.uuid4())) for _ in range(50)}) > 20


@pytest.mark.parametrize(
    ("hours", "quiet"),
    [
        (QuietHours(20, 7), {20, 21, 22, 23, 0, 1, 2, 3, 4, 5, 6}),
        (QuietHours(12, 14), {12, 13}),
        (QuietHours(0, 6), {0, 1, 2, 3, 4, 5}),
        (QuietHours(7, 7), set()),
    ],
)
def test_quiet_hours_may_pass_midnight_and_may_be_none(hours, quiet):
    assert {hour for hour in range(24) if hours.hold(time(hour))} == quiet
    assert {hour for hour in range(24) if hours.hold(time(hour, 59, 59))} == quiet
