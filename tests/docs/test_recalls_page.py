"""The page on work to do says what the code does: every kind, whose it is, and the delays in force."""

import re
from pathlib import Path

from models.account import Role
from services.accounts.permissions import permissions_of
from services.recalls.kinds import Kind, whose
from services.reference import parameters
from services.subscriptions.rhythm import MOST_DAYS_BACK
from tests.rule_cases import read_examples

PAGE = Path(__file__).parents[2] / "docs" / "rules" / "recalls.md"


def test_each_kind_is_of_the_roles_that_the_page_names():
    shown = {row["kind"]: row["roles"].split() for rule, row in read_examples(PAGE) if rule == "recall_kinds"}
    assert shown == {
        kind.value: [role.value for role in Role if whose(kind, permissions_of([role]).__contains__)] for kind in Kind
    }


def test_the_table_holds_every_kind_in_its_order():
    rows = re.findall(r"^\| (\w+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == ["Kind", *(kind.value for kind in Kind)]


def test_the_delays_are_those_in_force():
    text, known = " ".join(PAGE.read_text(encoding="utf-8").split()), parameters()
    for words in (
        f"older than {known['serum_notice_days']} days",
        f"| directive | {known['directive_lapse_notice_days']} days before",
        f"since at most {known['rare_again_days']} days",
        f"up to {MOST_DAYS_BACK} days back",
    ):
        assert words in text
