"""The page on availability reports says what the program does."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from domain.availability import Giving, need_of
from services.availability.snapshot import KEPT_DAYS
from tests.rule_cases import read_examples

PAGE = Path(__file__).parents[2] / "docs" / "rules" / "availability.md"
ON = date(2026, 11, 22)


def examples(name):
    found = [row for rule, row in read_examples(PAGE) if rule == name]
    assert found
    return found


def test_needs_of_the_page_fall_into_their_weeks():
    for row in examples("availability_need"):
        need = need_of([(ON + timedelta(days=int(row["needed_in_days"])), int(row["units"]))], ON)
        assert [*need.weeks, need.later] == [int(row[name]) for name in ("week_1", "week_2", "week_3", "week_4", "later")]


def test_gaps_of_the_page_are_need_less_expected():
    for row in examples("availability_gap"):
        number = int(row["donations"])
        giving = Giving(number, int(row["donors"]), 1.0, float(row["weeks"]), number, number)
        expected = giving.a_week(int(row["compatible"]))
        assert (expected is None) == (row["expected"] == "")
        if expected:
            assert expected.units == pytest.approx(float(row["expected"]))
        gap = need_of([(ON, int(row["need"]))], ON).gaps(expected)[0]
        assert gap == pytest.approx(float(row["gap"]))


def test_the_page_tells_how_long_rows_are_kept():
    assert f"dropped after {KEPT_DAYS} days" in " ".join(PAGE.read_text(encoding="utf-8").split())
