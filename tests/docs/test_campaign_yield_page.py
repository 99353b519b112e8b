"""The examples of the page on the yield of a campaign, run."""

from pathlib import Path

from domain.invitation import EXCLUSIONS
from domain.recruitment import parse_proportion
from services.campaigns.yields import Plan, plan_yield
from tests.rule_cases import read_examples

PAGE = Path(__file__).resolve().parents[2] / "docs" / "rules" / "campaign-yield.md"


def test_the_plans_of_the_page_hold():
    shown = [row for rule, row in read_examples(PAGE) if rule == "campaign_yield"]
    assert len(shown) == 6
    for row in shown:
        answer = plan_yield(
            Plan(
                prevalence=float(row["prevalence"]) if row["prevalence"] else None,
                uptake=parse_proportion(row["uptake"]) if row["uptake"] else None,
                found=parse_proportion(row["found"]) if row["found"] else None,
                chance=float(row["chance"]),
                finds=int(row["finds"]),
            )
        )
        more = answer["so_far"]["more_tests"] if answer["so_far"] else None
        found = [str(one) if one is not None else "" for one in (answer["tests"], answer["contacts"], more)]
        assert found == [row["tests"], row["contacts"], row["more_tests"]], row


def test_the_reasons_of_the_page_on_invitations_are_those_of_the_rule_in_its_order():
    page = PAGE.with_name("whom-to-invite.md")
    assert [row["code"] for rule, row in read_examples(page) if rule == "exclusions"] == list(EXCLUSIONS)
