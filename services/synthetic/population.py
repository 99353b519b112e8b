"""The illustrative population of the demo: tables of seed_data/demo, read as weighted choices."""

import csv
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Generic, TypeVar

DEMO = Path(__file__).resolve().parent.parent.parent / "seed_data" / "demo"

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Weighted(Generic[Value]):
    """Values, each with its share of the whole as a running total."""

    values: tuple[Value, ...]
    running_totals: tuple[float, ...]

    def pick(self, rng: Random) -> Value:
        """One value at random, by weight."""
        at = bisect_right(self.running_totals, rng.random() * self.running_totals[-1])
        return self.values[min(at, len(self.values) - 1)]


def weighted(pairs: Iterable[tuple[Value, float]]) -> Weighted[Value]:
    """Weighted values from pairs (value, weight)."""
    listed = tuple(pairs)
    return Weighted(tuple(value for value, _ in listed), tuple(accumulate(weight for _, weight in listed)))


@dataclass(frozen=True, slots=True)
class Haplotype:
    """The alleles one parent gives, at two fields."""

    a: str
    b: str
    c: str


@dataclass(frozen=True, slots=True)
class Population:
    """Who could be in the demo's registry; the frequencies are round figures of our own, not measurements.

    `frequencies` maps attribute, value and ancestry to a weight or to a share between 0 and 1.
    """

    haplotypes: Mapping[str, Weighted[Haplotype]]
    frequencies: Mapping[str, Mapping[str, Mapping[str, float]]]
    people: Mapping[str, Weighted[str]]
    regions: Weighted[str]
    ancestries: Mapping[str, Weighted[str]]
    centres: Mapping[str, tuple[tuple[str, str], ...]]
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]

    def share(self, attribute: str, value: str, ancestry: str) -> float:
        """The share (0 to 1) of an attribute's value in one ancestry."""
        return self.frequencies[attribute][value][ancestry]

    def weights(self, attribute: str, ancestry: str) -> Weighted[str]:
        """The values of an attribute with their weights in one ancestry."""
        return weighted((value, row[ancestry]) for value, row in self.frequencies[attribute].items())


def read_demo_table(name: str) -> list[dict[str, str]]:
    """The rows of one table of seed_data/demo, as text."""
    with (DEMO / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def demo_population() -> Population:
    """The population of the demo's tables."""
    regions = read_demo_table("regions")
    frequencies = read_demo_table("frequencies")
    names = read_demo_table("names")
    ancestries = [name for name in frequencies[0] if name not in ("attribute", "value")]
    return Population(
        haplotypes=_haplotypes(ancestries),
        frequencies=_by_attribute(frequencies, ancestries),
        people=_people(),
        regions=weighted((row["region"], float(row["weight"])) for row in regions),
        ancestries={row["region"]: weighted((name, float(row[name])) for name in ancestries) for row in regions},
        centres=_centres(),
        first_names=tuple(row["name"] for row in names if row["kind"] == "first"),
        last_names=tuple(row["name"] for row in names if row["kind"] == "last"),
    )


def _haplotypes(ancestries: Iterable[str]) -> dict[str, Weighted[Haplotype]]:
    rows = read_demo_table("haplotypes")
    return {
        ancestry: weighted(
            (Haplotype(row["a"], row["b"], row["c"]), float(row["weight"]))
            for row in rows
            if row["ancestry"] == ancestry
        )
        for ancestry in ancestries
    }


def _by_attribute(rows: Iterable[Mapping[str, str]], ancestries: list[str]) -> dict[str, dict[str, dict[str, float]]]:
    found: dict[str, dict[str, dict[str, float]]] = {}
    for row in rows:
        found.setdefault(row["attribute"], {})[row["value"]] = {name: float(row[name]) for name in ancestries}
    return found


def _people() -> dict[str, Weighted[str]]:
    found: dict[str, list[tuple[str, float]]] = {}
    for row in read_demo_table("people"):
        found.setdefault(row["attribute"], []).append((row["value"], float(row["weight"])))
    return {attribute: weighted(pairs) for attribute, pairs in found.items()}


def _centres() -> dict[str, tuple[tuple[str, str], ...]]:
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for row in read_demo_table("centres"):
        found[row["region"]] = (*found.get(row["region"], ()), (row["centre"], row["postcode"]))
    return found
