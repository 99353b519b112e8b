"""The references and rule tables of this program, to look at: names, dates, values, provenance."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from sqlmodel import Session

from services.allele_codes.store import list_allele_code_tables
from services.eplets.store import list_eplet_tables
from services.frequencies.store import list_frequency_tables
from services.ipd.answer import references_json
from services.reference import core_reference, creg_version, read_table

RULE_FILES = ("eligibility_rules", "rhd_rules")


@dataclass(frozen=True, slots=True)
class RuleTable:
    """One named table of rules from a day on; `in_force` on the day asked."""

    kind: str
    name: str
    effective_from: date
    in_force: bool
    rows: Sequence[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Policy:
    """One ranking policy: its ordered keys and where they come from."""

    name: str
    version: str
    keys: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class ReferencePage:
    """All that the page of references shows; `references` are the core and the releases kept, one of them active."""

    core: str
    sizes: dict[str, int]
    cregs: tuple[str, ...]
    references: Sequence[dict[str, Any]]
    tables: Sequence[RuleTable]
    policies: Sequence[Policy]
    parameters: Sequence[dict[str, str]]
    eplet_tables: Sequence[dict[str, Any]]
    allele_code_tables: Sequence[dict[str, Any]]
    frequency_tables: Sequence[dict[str, Any]]


def reference_page(session: Session, *, on: date) -> ReferencePage:
    """The references shipped with the program and the releases loaded since."""
    core = core_reference()
    return ReferencePage(
        core=core.name,
        sizes={"antigens": len(core.kinds), "groups": len(core.groups), "alleles": len(core.alleles)},
        cregs=tuple(creg_version(family) for family in sorted(core.cregs)),
        references=references_json(session),
        tables=[table for kind in RULE_FILES for table in _rule_tables(kind, on)],
        policies=_policies(),
        parameters=read_table("parameters"),
        eplet_tables=list_eplet_tables(session),
        allele_code_tables=list_allele_code_tables(session),
        frequency_tables=list_frequency_tables(session),
    )


def _rule_tables(kind: str, on: date) -> list[RuleTable]:
    """The tables of one file, the latest first; the one in force is the latest that has begun."""
    rows = sorted(read_table(kind), key=lambda row: (row["effective_from"], row["name"]), reverse=True)
    tables: list[RuleTable] = []
    for (begins, name), group in groupby(rows, key=lambda row: (row["effective_from"], row["name"])):
        begun = date.fromisoformat(begins)
        in_force = begun <= on and not any(table.in_force for table in tables)
        tables.append(RuleTable(kind, name, begun, in_force, sorted(group, key=lambda row: row["rule"])))
    return tables


def _policies() -> list[Policy]:
    rows = sorted(read_table("ranking"), key=lambda row: (row["policy"], int(row["position"])))
    policies = []
    for name, group in groupby(rows, key=lambda row: row["policy"]):
        steps = list(group)
        sources = dict.fromkeys(step["source"] for step in steps)
        policies.append(Policy(name, steps[0]["version"], tuple(step["key"] for step in steps), " · ".join(sources)))
    return policies
