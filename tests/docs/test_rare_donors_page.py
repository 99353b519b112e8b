"""The page on the rare-donor file says what the table in force says, and the numbers that go with it."""

from pathlib import Path

from services.reference import parameters, read_table
from tests.rule_cases import read_examples

PAGE = Path(__file__).parents[2] / "docs" / "rules" / "rare-donors.md"


def test_the_table_of_the_page_is_the_one_in_force():
    shown = [row for rule, row in read_examples(PAGE) if rule == "rare_table"]
    assert shown == [{name: row[name] for name in shown[0]} for row in read_table("rare_phenotypes")]


def test_the_figures_of_the_page_are_those_of_the_parameters():
    text = " ".join(PAGE.read_text(encoding="utf-8").split())
    known = parameters()
    for words in (
        f"Under {known['rare_least_typed']} typed donors",
        f"since at most {known['rare_again_days']} days",
        f"within {known['rare_age_notice_days']} days of the age limit",
    ):
        assert words in text
