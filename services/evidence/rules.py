"""The table of what crossmatches and transfusions say of a donor (core/evidence_rules.csv)."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from types import MappingProxyType

from domain.crossmatch import CrossmatchKind, CrossmatchResult
from domain.eligibility import rules_in_force
from domain.evidence import EvidenceRule, EvidenceRules, Says
from domain.transfusion import Verdict
from services.reference import read_table

TRANSFUSION = "transfusion"
Row = Mapping[str, str]


@cache
def evidence_tables() -> tuple[EvidenceRules, ...]:
    """Every table, the earliest first."""
    tables: dict[tuple[str, date], list[Row]] = {}
    for row in read_table("evidence_rules"):
        tables.setdefault((row["name"], date.fromisoformat(row["effective_from"])), []).append(row)
    found = (_rules(name, day, rows) for (name, day), rows in tables.items())
    return tuple(sorted(found, key=lambda one: one.effective_from))


def evidence_rules(on: date) -> EvidenceRules:
    """The table in force on a day; UnusableInput before the first."""
    return rules_in_force(evidence_tables(), on)


def _rules(name: str, day: date, rows: Sequence[Row]) -> EvidenceRules:
    crossmatches = {
        (CrossmatchKind(row["kind"]), CrossmatchResult(row["result"])): _rule(row)
        for row in rows
        if row["kind"] != TRANSFUSION
    }
    transfusions = {
        (Verdict(row["result"]), Verdict(row["result_24h"])): _rule(row) for row in rows if row["kind"] == TRANSFUSION
    }
    return EvidenceRules(name, day, MappingProxyType(crossmatches), MappingProxyType(transfusions))


def _rule(row: Row) -> EvidenceRule:
    return EvidenceRule(Says(row["says"]), int(row["counts_days"]), row["serum_known"] == "yes")
