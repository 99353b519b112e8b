"""The table of rare phenotypes, and the numbers that go with it."""

from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from types import MappingProxyType

from domain.rare_phenotype import Kind, RareRule
from services.reference import parameters, read_table


@cache
def rare_rules() -> Mapping[str, RareRule]:
    """The rules by code, in the order of the table."""
    rows = sorted(read_table("rare_phenotypes"), key=lambda row: int(row["position"]))
    return MappingProxyType({row["phenotype"]: _rule(row) for row in rows})


def _rule(row: Mapping[str, str]) -> RareRule:
    return RareRule(
        code=row["phenotype"],
        kind=Kind(row["kind"]),
        terms=tuple(row["terms"].split()),
        max_share=Fraction(row["max_percent"]) / 100 if row["max_percent"] else None,
        listed_unless_known_common=row["listed_unless_known_common"] == "yes",
        spare=row["spare"] == "yes",
        recall_months=int(row["recall_months"]),
        confirm_within_days=int(row["confirm_within_days"]) if row["confirm_within_days"] else None,
    )


@cache
def table_version() -> str:
    """The name under which answers say which table decided."""
    return f"rare-{read_table('rare_phenotypes')[0]['version']}"


def least_typed() -> int:
    """How many donors must be typed for a phenotype before its share is judged."""
    return int(parameters()["rare_least_typed"])


def again_days() -> int:
    """How long a donor who may give again is announced, in days."""
    return int(parameters()["rare_again_days"])


def age_notice_days() -> int:
    """How long before the last eligible day the age limit is announced, in days."""
    return int(parameters()["rare_age_notice_days"])
