"""What the address of the antibody history asks for."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.antibody_history import parse_factor
from services.antibody_history.what_if import Asked

ALL, BY_HIGHEST = "all", "highest"
LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class View:
    """Which rows the heat map and the table show, and in which order; `query` says the same as an address."""

    every: bool
    by_highest: bool
    query: Mapping[str, str]


def parse_view(query: Mapping[str, str]) -> View:
    """By locus, those that ever reached the threshold, unless the address says otherwise."""
    every, by_highest = query.get("rows") == ALL, query.get("order") == BY_HIGHEST
    texts = {"rows": ALL if every else "", "order": BY_HIGHEST if by_highest else ""}
    return View(every, by_highest, {name: text for name, text in texts.items() if text})


def parse_what_if(query: Mapping[str, str]) -> Asked:
    """The what-if of the address; an empty field is not given. Raises UnusableInput."""
    factor, gone = query.get("factor", "").strip(), query.get("gone", "").strip()
    return Asked(parse_factor(factor) if factor else None, gone[:LONGEST_NAME] or None)


def what_if_query(asked: Asked) -> dict[str, str]:
    """The what-if as the query of an address."""
    texts = {"factor": str(asked.factor_percent or ""), "gone": asked.gone or ""}
    return {name: text for name, text in texts.items() if text}
