"""Antigens that a donor's platelets were found to express weakly: a fact of the donor, shown and never decisive."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from domain.errors import UnusableInput

_FINDING = re.compile(r"(?P<antigen>[A-Z]+\d+)(?:\s+(?P<day>\d{4}-\d{2}-\d{2}))?")


@dataclass(frozen=True, slots=True)
class LowExpression:
    """One antigen found to be weakly expressed on a donor's platelets, and the day of the test where it is known."""

    antigen: str
    tested_on: date | None


def parse_low_expression(text: str, known: Collection[str]) -> tuple[LowExpression, ...]:
    """`B8 2025-03-01; B44` from text, in the order of the antigens; `known` are those it is studied for.

    Raises UnusableInput for another shape, another antigen, a day that is none, and an antigen given twice.
    """
    found: dict[str, LowExpression] = {}
    for piece in filter(None, (one.strip() for one in text.split(";"))):
        match = _FINDING.fullmatch(piece.upper())
        if match is None or match["antigen"] in found:
            raise UnusableInput("low_expression_unreadable", text=piece)
        antigen = match["antigen"]
        if antigen not in known:
            raise UnusableInput("low_expression_unknown", text=antigen, known=", ".join(sorted(known)))
        found[antigen] = LowExpression(antigen, _day(match["day"], piece))
    return tuple(found[antigen] for antigen in sorted(found))


def _day(text: str | None, piece: str) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError as error:
        raise UnusableInput("low_expression_unreadable", text=piece) from error


def low_expression_text(findings: Iterable[LowExpression]) -> str:
    """The findings as they are kept: what `parse_low_expression` reads."""
    return "; ".join(f"{one.antigen} {one.tested_on}" if one.tested_on else one.antigen for one in findings)


def find_low_expression(findings: Iterable[LowExpression], antigens: Collection[str]) -> LowExpression | None:
    """The finding about a value that is, or may be, one of these antigens."""
    return next((one for one in findings if one.antigen in antigens), None)
