"""How often each A–B haplotype occurs in a synthetic registry: a frequency file where there is one, else our own."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from domain.reference import Reference
from domain.typing_text import Kind, parse_typed_value
from services.synthetic.population import Population
from services.synthetic.typings import serological_name

REPOSITORY = Path(__file__).resolve().parent.parent.parent
FREQUENCY_FILE = REPOSITORY.parent / "shared" / "data" / "haplotypes" / "nmdp_a_b_dr_frequencies.csv"
# Columns of that file, with the ancestry each stands for in our tables.
FILE_ANCESTRIES = {
    "caucasian": "european",
    "african_american": "african",
    "hispanic": "hispanic",
    "asian_pacific": "asian",
}
# Of a registry with few donors of other ancestries than the first: shares that make a hundred.
MIXTURE = {"european": 80, "african": 10, "hispanic": 6, "asian": 4}

Array = NDArray[np.float64]
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class HaplotypeFrequencies:
    """A–B haplotypes as serological antigens, with a weight in each ancestry (rows of `weights`).

    `source` is `file` or `demo`; `file_name` names the file.
    """

    source: str
    file_name: str
    ancestries: tuple[str, ...]
    haplotypes: tuple[Pair, ...]
    weights: Array


def haplotype_frequencies(
    population: Population, reference: Reference, file: Path = FREQUENCY_FILE
) -> HaplotypeFrequencies:
    """The frequencies of the file where it is present, else those of the demo; `source` says which."""
    if file.is_file():
        return _table("file", file.name, _weights_of_file(file, reference))
    return _table("demo", "", _weights_of_demo(population, reference))


def _table(source: str, file_name: str, weights: Mapping[str, Mapping[Pair, float]]) -> HaplotypeFrequencies:
    haplotypes = tuple(sorted({pair for row in weights.values() for pair in row}))
    rows = [[weights[ancestry].get(pair, 0.0) for pair in haplotypes] for ancestry in MIXTURE]
    return HaplotypeFrequencies(source, file_name, tuple(MIXTURE), haplotypes, np.array(rows, dtype=np.float64))


def _weights_of_file(file: Path, reference: Reference) -> dict[str, dict[Pair, float]]:
    weights: dict[str, dict[Pair, float]] = {ancestry: {} for ancestry in FILE_ANCESTRIES.values()}
    with file.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            pair = (f"A{row['hla_a']}", f"B{row['hla_b']}")
            for column, ancestry in FILE_ANCESTRIES.items():
                weights[ancestry][pair] = weights[ancestry].get(pair, 0.0) + float(row[column])
    _check_antigens({name for row in weights.values() for pair in row for name in pair}, reference)
    return weights


def _check_antigens(names: Iterable[str], reference: Reference) -> None:
    """Raises ValueError where a number of the file is no antigen."""
    for name in sorted(names):
        if parse_typed_value(name, reference=reference).kind is not Kind.ANTIGEN:
            raise ValueError(f"{name} in the frequency file is not an antigen")


def _weights_of_demo(population: Population, reference: Reference) -> dict[str, dict[Pair, float]]:
    weights: dict[str, dict[Pair, float]] = {}
    for ancestry, table in population.haplotypes.items():
        row = weights.setdefault(ancestry, {})
        before = 0.0
        for haplotype, total in zip(table.values, table.running_totals, strict=True):
            pair = (serological_name(haplotype.a, reference), serological_name(haplotype.b, reference))
            if all(pair):  # a null allele leaves nothing to see
                row[pair] = row.get(pair, 0.0) + total - before
            before = total
    return weights
