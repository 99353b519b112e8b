"""The page about explanations says what the code does: its examples run, its limits and flags are those in use."""

from pathlib import Path

import pytest

from domain.standing import ChangeKind, find_changes
from services.reference import parameters
from services.wording.catalogue import messages
from tests.domain.test_why_not import standing, words
from tests.rule_cases import read_examples

PAGE = Path(__file__).resolve().parents[2] / "docs" / "rules" / "explanations.md"
EXAMPLES = [row for rule, row in read_examples(PAGE) if rule == "why_not"]


@pytest.mark.parametrize("row", EXAMPLES, ids=lambda row: row["donor"])
def test_the_example_holds(row):
    found = standing(row)
    first = found.first_failing()
    assert found.verdict == row["verdict"]
    assert f"{first.kind} {first.subject} {first.typed or 'not typed'} {first.state}" == row["first"]
    assert {words(change) for change in find_changes(found)} == set(row["changes"].split("; "))


def test_the_page_shows_examples_and_the_limits_in_force():
    limits = {row["name"]: row["value"] for rule, row in read_examples(PAGE) if rule == "disagreement_limits"}
    assert EXAMPLES
    assert limits == {name: value for name, value in parameters().items() if name.startswith("disagreement_")}


def test_every_flag_and_every_kind_of_change_is_explained():
    text = PAGE.read_text(encoding="utf-8")
    flags = [line.split("`")[1] for line in text.splitlines() if line.startswith("| `")]
    assert len(flags) == 5
    assert {f"flag.{code}" for code in flags} <= messages().keys()
    for kind in ChangeKind:
        assert f"*{'together' if kind is ChangeKind.EDITS else kind.value}*" in text
