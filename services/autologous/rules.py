"""The limits of autologous collections (core/autologous_rules.csv), by the day they are in force."""

from dataclasses import dataclass, fields
from datetime import date
from functools import cache

from domain.autologous import AutologousRules
from domain.eligibility import rules_in_force
from services.reference import read_table

WHOLE = {one.name for one in fields(AutologousRules) if one.type is int}


@dataclass(frozen=True, slots=True)
class ShownRule:
    """One limit with where it comes from; `is_verified` is False where somebody of the site must confirm it."""

    name: str
    value: float
    unit: str
    is_verified: bool
    source: str


@cache
def autologous_tables() -> tuple[AutologousRules, ...]:
    """Every table of limits, the earliest first."""
    tables: dict[tuple[str, date], dict[str, float]] = {}
    for row in read_table("autologous_rules"):
        key = (row["name"], date.fromisoformat(row["effective_from"]))
        tables.setdefault(key, {})[row["rule"]] = float(row["value"])
    found = (_rules(name, day, values) for (name, day), values in tables.items())
    return tuple(sorted(found, key=lambda one: one.effective_from))


def autologous_rules(on: date) -> AutologousRules:
    """The limits in force on a day; UnusableInput before the first table."""
    return rules_in_force(autologous_tables(), on)


def shown_rules(rules: AutologousRules) -> list[ShownRule]:
    """The limits of a table as they are shown, each with its source."""
    return [
        ShownRule(row["rule"], float(row["value"]), row["unit"], row["verified"] == "yes", row["source"])
        for row in read_table("autologous_rules")
        if row["name"] == rules.name
    ]


def _rules(name: str, day: date, values: dict[str, float]) -> AutologousRules:
    numbers = {rule: int(value) if rule in WHOLE else value for rule, value in values.items()}
    return AutologousRules(name=name, effective_from=day, **numbers)  # type: ignore[arg-type]
