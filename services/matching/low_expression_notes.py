"""What is known of weakly expressed antigens, beside a donor's values: it changes no verdict, count or rank."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from domain.low_expression import LowExpression, find_low_expression, parse_low_expression
from services.rule_tables import low_expression_antigens

Json = dict[str, Any]
LOW_EXPRESSOR = "low_expressor"


def noted_values(text: str | None, values: Sequence[Json]) -> list[Json]:
    """Copies of the values, each with the finding about it: the values themselves are shared by donors typed alike."""
    return [{**value, "low_expression": _note(_findings(text or ""), value)} for value in values]


def raised_by(text: str | None, values: Sequence[Json]) -> list[str]:
    """The flag of a donor one of whose values is, or may be, an antigen found to be weakly expressed."""
    findings = _findings(text or "")
    return [LOW_EXPRESSOR] if any(find_low_expression(findings, value["antigens"]) for value in values) else []


@lru_cache(maxsize=10_000)
def _findings(text: str) -> tuple[LowExpression, ...]:
    return parse_low_expression(text, low_expression_antigens())


def _note(findings: Sequence[LowExpression], value: Json) -> Json | None:
    """The finding, and whether the value certainly is the antigen; None where there is none."""
    found = find_low_expression(findings, value["antigens"])
    if found is None:
        return None
    return {"antigen": found.antigen, "tested_on": found.tested_on, "certain": value["antigens"] == [found.antigen]}
