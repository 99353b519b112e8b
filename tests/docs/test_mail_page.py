"""What docs/operations.md says of mail is what the program does."""

import re
from datetime import timedelta
from pathlib import Path

from domain.posting import MOST_LATER_SHARE, WAITS
from jobs.sending import BUDGET_SECONDS, REST_SECONDS
from models.outbox import OutboxState
from services.notifications.changes import ENDED_KEPT
from services.wording.catalogue import sentence

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
MAIL = PAGE.split("\n## Mail\n")[1].split("\n## ")[0]


def test_every_state_stands_in_the_table_by_its_word():
    words = re.findall(r"^\| ([a-z ]+) \|", MAIL, re.MULTILINE)
    assert sorted(words[1:]) == sorted(sentence(f"outbox_state.{state.value}", {}, "en") for state in OutboxState)


def test_the_waits_and_the_numbers_are_those_of_the_code():
    minutes, hours, day = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
    assert "rests 1, 5, 30 minutes, 2, 12 hours and three times a day, each up to a fifth longer" in MAIL.replace(
        "\n  ", " "
    )
    assert (minutes, 5 * minutes, 30 * minutes, 2 * hours, 12 * hours, day, day, day) == WAITS
    assert ("after nine attempts" in MAIL, len(WAITS) + 1, MOST_LATER_SHARE) == (True, 9, 1 / 5)
    assert ("for 5 seconds at a time" in MAIL, BUDGET_SECONDS) == (True, 5)
    assert ("left alone for a minute" in MAIL, REST_SECONDS) == (True, 60)
    assert ("forgotten after 90 days" in MAIL, ENDED_KEPT.days) == (True, 90)
