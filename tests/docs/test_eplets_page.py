"""The examples of the page on eplets, run."""

from pathlib import Path

from domain.epitopes import EpletTable, eplet_load, patient_eplets
from domain.typing_text import parse_typed_value
from services.reference import core_reference, parameters, representatives
from tests.rule_cases import read_examples

PAGE = Path(__file__).resolve().parents[2] / "docs" / "rules" / "eplets.md"
VERIFIED = frozenset({"62X", "44K"})


def rows(name):
    return [row for rule, row in read_examples(PAGE) if rule == name]


def values(text):
    return [parse_typed_value(one, reference=core_reference()).value for one in text.split()]


def test_the_loads_of_the_page_hold():
    alleles = {row["allele"]: frozenset(row["eplets"].split()) for row in rows("eplet_table")}
    table = EpletTable("page", alleles, VERIFIED, representatives())
    assert len(rows("eplet_load")) == 6
    for row in rows("eplet_load"):
        load = eplet_load(table, values(row["donor"]), patient_eplets(table, values(row["patient"])))
        found = ("", "", "") if load is None else (
            str(len(load.names)), str(len(load.verified)), "yes" if load.approximate else "no",
        )  # fmt: skip
        assert found == (row["load"], row["verified"], row["approximate"]), row


def test_the_share_of_a_near_miss_is_that_of_the_parameters():
    share = float(parameters()["eplet_near_miss_share"])
    assert f"from {share:.0%} up".replace("%", " %") in PAGE.read_text(encoding="utf-8")
