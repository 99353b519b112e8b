"""Load the rule tables shipped with the project (seed_data/reference/core) as objects of the domain."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from types import MappingProxyType

from domain.abo import AboGroup, RhdRule
from domain.eligibility import EligibilityRules, rules_in_force
from domain.hpa import HpaSystem
from domain.mfi_bands import MfiBand, MfiBands
from services.reference import read_table

INTERVAL = "interval_after_"
UNKNOWN_TYPE = "unknown"


@cache
def eligibility_tables() -> tuple[EligibilityRules, ...]:
    """Every eligibility rule table, the earliest first (MATCHING §9)."""
    tables = (
        _eligibility_rules(name, effective_from, values)
        for (name, effective_from), values in _dated_tables("eligibility_rules").items()
    )
    return tuple(sorted(tables, key=lambda table: table.effective_from))


def eligibility_rules(on: date) -> EligibilityRules:
    """The eligibility table in force on a day; UnusableInput before the first one."""
    return rules_in_force(eligibility_tables(), on)


@cache
def rhd_tables() -> tuple[RhdRule, ...]:
    """Every RhD rule table, the earliest first (MATCHING §8)."""
    tables = (
        RhdRule(name, effective_from, protected_below_age_years=int(values["protected_below_age_years"]))
        for (name, effective_from), values in _dated_tables("rhd_rules").items()
    )
    return tuple(sorted(tables, key=lambda table: table.effective_from))


def rhd_rule(on: date) -> RhdRule:
    """The RhD rule in force on a day; UnusableInput before the first one."""
    return rules_in_force(rhd_tables(), on)


@cache
def mfi_bands() -> MfiBands:
    """The graded words for an MFI; shown beside it, deciding nothing."""
    rows = read_table("mfi_bands")
    bands = [MfiBand(row["band"], float(row["above_mfi"] or row["from_mfi"]), bool(row["above_mfi"])) for row in rows]
    return MfiBands(f"{rows[0]['name']}-{rows[0]['version']}", tuple(sorted(bands, key=lambda band: band.limit_mfi)))


@cache
def low_expression_antigens() -> frozenset[str]:
    """The antigens whose weak expression on a donor's platelets has been studied."""
    return frozenset(row["antigen"] for row in read_table("low_expression"))


@cache
def abo_groups() -> Mapping[str, AboGroup]:
    """The antigens and isoagglutinins of each ABO group (MATCHING §8)."""
    return MappingProxyType(
        {
            row["group"]: AboGroup(frozenset(row["antigens"].split()), frozenset(row["isoagglutinins"].split()))
            for row in read_table("abo_antigens")
        }
    )


@cache
def hpa_systems() -> Mapping[str, HpaSystem]:
    """The known HPA systems by name, in the order of the table."""
    return MappingProxyType(
        {
            row["system"]: HpaSystem(row["system"], row["antigen_a"], row["antigen_b"], row["gene"])
            for row in read_table("hpa_systems")
        }
    )


def _dated_tables(file: str) -> dict[tuple[str, date], dict[str, str]]:
    """The values by rule of each named and dated table of a file."""
    tables: dict[tuple[str, date], dict[str, str]] = {}
    for row in read_table(file):
        key = (row["name"], date.fromisoformat(row["effective_from"]))
        tables.setdefault(key, {})[row["rule"]] = row["value"]
    return tables


def _eligibility_rules(name: str, effective_from: date, values: Mapping[str, str]) -> EligibilityRules:
    return EligibilityRules(
        name=name,
        effective_from=effective_from,
        min_age_years=int(values["min_age_years"]),
        max_age_years=int(values["max_age_years"]),
        min_weight_kg=float(values["min_weight_kg"]),
        min_platelets=float(values["min_platelets"]),
        interval_days=MappingProxyType(dict(_intervals(values.items()))),
        unknown_type_interval_days=int(values[INTERVAL + UNKNOWN_TYPE]),
        max_donations_12m=int(values["max_donations_12m"]),
        max_platelet_donations_12m=int(values["max_platelet_donations_12m"]),
        trali_min_pregnancies=int(values["trali_min_pregnancies"]),
    )


def _intervals(values: Iterable[tuple[str, str]]) -> Iterable[tuple[str, int]]:
    """The days after each known type of donation."""
    for rule, value in values:
        kind = rule.removeprefix(INTERVAL)
        if kind not in (rule, UNKNOWN_TYPE):
            yield kind, int(value)
