"""Findings of weak expression: read, written, and found beside a value."""

from datetime import date

import pytest

from domain.errors import UnusableInput
from domain.low_expression import LowExpression, find_low_expression, low_expression_text, parse_low_expression
from services.rule_tables import low_expression_antigens

KNOWN = low_expression_antigens()


def test_the_antigens_studied_are_those_of_the_table():
    assert frozenset({"B8", "B35", "B44", "B45"}) == KNOWN


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("B8 2025-03-01; B44", "B44; B8 2025-03-01"),
        (" b44 ;; b8  2025-03-01 ", "B44; B8 2025-03-01"),
        ("", ""),
    ],
)
def test_a_finding_is_kept_in_one_form(text, kept):
    assert low_expression_text(parse_low_expression(text, KNOWN)) == kept
    assert low_expression_text(parse_low_expression(kept, KNOWN)) == kept


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("B7", "low_expression_unknown"),
        ("B8; B8 2025-03-01", "low_expression_unreadable"),
        ("B8 2025-02-30", "low_expression_unreadable"),
        ("B8 01/03/2025", "low_expression_unreadable"),
        ("weak", "low_expression_unreadable"),
        ("B8, B44", "low_expression_unreadable"),
    ],
)
def test_anything_else_is_refused(text, code):
    with pytest.raises(UnusableInput) as refused:
        parse_low_expression(text, KNOWN)
    assert refused.value.code == code


def test_a_finding_is_about_the_values_that_may_be_its_antigen():
    findings = parse_low_expression("B44 2025-03-01", KNOWN)
    assert find_low_expression(findings, ["B44", "B45"]) == LowExpression("B44", date(2025, 3, 1))
    assert find_low_expression(findings, ["B45"]) is None
