"""The tables that transfusions are judged by (core/transfusion_*.csv, core/refractory_steps.csv)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from types import MappingProxyType

from domain.eligibility import rules_in_force
from domain.refractoriness import Lead, NextRule, State
from domain.transfusion import OutcomeRules, Surface, Window, WindowRule
from services.reference import read_table

PATIENT, DRUG, PRODUCT = "patient", "drug", "product"


@dataclass(frozen=True, slots=True)
class ShownRule:
    """One row of the table with where it comes from; `is_verified` is False where the site must confirm it."""

    name: str
    value: str
    unit: str
    is_verified: bool
    source: str


@cache
def outcome_tables() -> tuple[OutcomeRules, ...]:
    """Every table, the earliest first."""
    tables: dict[tuple[str, date], dict[str, str]] = {}
    for row in read_table("transfusion_rules"):
        key = (row["name"], date.fromisoformat(row["effective_from"]))
        tables.setdefault(key, {})[row["rule"]] = row["value"]
    found = (_rules(name, day, values) for (name, day), values in tables.items())
    return tuple(sorted(found, key=lambda one: one.effective_from))


def outcome_rules(on: date) -> OutcomeRules:
    """The table in force on a day; UnusableInput before the first."""
    return rules_in_force(outcome_tables(), on)


def shown_rules(rules: OutcomeRules) -> list[ShownRule]:
    """The rows of a table as they are shown, each with its source."""
    return [
        ShownRule(row["rule"], row["value"], row["unit"], row["verified"] == "yes", row["source"])
        for row in read_table("transfusion_rules")
        if row["name"] == rules.name
    ]


@cache
def causes(*kinds: str) -> tuple[str, ...]:
    """The non-immune causes of these kinds (all of them where none is named), in the order of the table."""
    return tuple(row["name"] for row in read_table("transfusion_causes") if not kinds or row["kind"] in kinds)


@cache
def next_rules() -> tuple[NextRule, ...]:
    """What to do next, by state and lead."""
    return tuple(
        NextRule(State(row["state"]), Lead(row["lead"]) if row["lead"] else None, row["step"], row["known"])
        for row in read_table("refractory_steps")
    )


def _rules(name: str, day: date, values: Mapping[str, str]) -> OutcomeRules:
    number = {rule: float(value) for rule, value in values.items() if rule != "surface"}
    return OutcomeRules(
        name=name,
        effective_from=day,
        surface=Surface(values["surface"]),
        blood_ml_per_kg=number["blood_ml_per_kg"],
        blood_l_per_m2=number["blood_l_per_m2"],
        splenic_factor=number["splenic_factor"] or None,
        windows=MappingProxyType({window: _window(window, number) for window in Window}),
        early_note_minutes=number["early_note_minutes"],
        max_pre_age_hours=number["max_pre_age_hours"],
        min_content_per_kg=number["min_content_per_kg"],
        max_age_hours=number["max_age_hours"],
        shelf_hours=number["shelf_hours"],
        shelf_reduced_hours=number["shelf_reduced_hours"],
        same_time_minutes=number["same_time_minutes"],
    )


def _window(window: Window, number: Mapping[str, float]) -> WindowRule:
    return WindowRule(
        *(
            number[f"{rule}_{window.value}"]
            for rule in ("from_minutes", "until_minutes", "min_pi", "min_cci", "min_ppr")
        )
    )
