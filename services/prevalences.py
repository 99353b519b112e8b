"""How frequent a phenotype is among whom, from the core table: each figure with its source, none a constant of ours."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from domain.recruitment import Proportion
from services.reference import read_table


@dataclass(frozen=True, slots=True)
class Prevalence:
    """One published figure: counts where they are known, else a share alone.

    `phenotype` is CD36, or the HPA antigen that people lack; `ancestry` is the registry's own word for the declared
    ancestry that it stands for, empty where none does.
    """

    phenotype: str
    population: str
    ancestry: str
    counted: Proportion | None
    rate: float
    version: str
    verified: bool
    source: str


@cache
def prevalences() -> tuple[Prevalence, ...]:
    """Every row of the table."""
    return tuple(_row(row) for row in read_table("prevalence"))


def phenotype_of(target: Mapping[str, Any]) -> str | None:
    """The name under which the table keeps a target; None for one that it does not know (HLA)."""
    if target.get("kind") == "cd36_negative":
        return "CD36"
    return str(target["antigen"]) if target.get("kind") == "hpa_negative" else None


def prevalences_of(target: Mapping[str, Any]) -> list[Prevalence]:
    """The figures of a target, in the order of the table."""
    wanted = phenotype_of(target)
    return [one for one in prevalences() if one.phenotype == wanted]


def shares_by_ancestry(target: Mapping[str, Any]) -> dict[str, float]:
    """The share of the phenotype by declared ancestry, in the registry's words; nothing where nobody counted."""
    return {one.ancestry: one.rate for one in prevalences_of(target) if one.ancestry}


def _row(row: Mapping[str, str]) -> Prevalence:
    counted = Proportion(int(row["found"]), int(row["tested"])) if row["tested"] else None
    return Prevalence(
        phenotype=row["phenotype"],
        population=row["population"],
        ancestry=row["ancestry"],
        counted=counted,
        rate=counted.rate if counted else float(row["rate"]),
        version=row["version"],
        verified=row["verified"] == "yes",
        source=row["source"],
    )
