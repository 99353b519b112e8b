"""The examples of the page on typing risk, run."""

from pathlib import Path

import pytest

from domain.profile import build_profile
from domain.reactivity import SerumReading
from domain.typing_risk import FrequencyTable, TypingRisk
from domain.typing_text import parse_typed_value
from services.frequencies.contents import ROUNDING
from services.reference import core_reference
from tests.rule_cases import number, read_examples
from tests.tables_of_frequencies import parse_beads, parse_frequencies

PAGE = Path(__file__).resolve().parents[2] / "docs" / "rules" / "typing-risk.md"


def test_the_risks_of_the_page_hold():
    rows = [row for rule, row in read_examples(PAGE) if rule == "typing_risk"]
    assert len(rows) == 4
    for row in rows:
        serum = SerumReading(build_profile(parse_beads(row["beads"]), core_reference()), (), core_reference())
        populations, mix = parse_frequencies(row["frequencies"], row["mix"])
        risks = TypingRisk(serum, FrequencyTable("page", populations, mix) if populations else None)
        value = parse_typed_value(row["typed"], reference=core_reference()).value
        found = risks.of(serum.react(value), float(row["threshold_mfi"])).risk
        assert found == (None if not row["risk"] else pytest.approx(number(row["risk"]))), row


def test_the_sum_that_is_refused_is_that_of_the_code():
    assert f"more than {1 + ROUNDING}" in PAGE.read_text(encoding="utf-8")
