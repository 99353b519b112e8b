"""Duplicates in a registry in which the truth is known: recall, precision, seconds; and the estimation of the weights.

`python -m benchmarks.duplicates` measures; with `--estimate` it prints the table of weights found by EM.
"""

import csv
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random

from benchmarks.measures import command
from benchmarks.processes import environment
from benchmarks.rows import Row
from domain.duplicate_estimation import estimate, shares
from domain.reference import LOCI
from domain.suggestions import Person, levels_of
from services.duplicates.comparing import candidate_pairs, compare_all
from services.duplicates.weights import duplicate_weights, review_limit
from services.reference import core_reference
from services.synthetic.doubled import Doubled, doubled_registry

ON = date(2026, 11, 22)
DONORS, PAIRS = 56_000, 2_000
SEED, ESTIMATION_SEED = 20_261_128, 7  # the weights are not measured on the people they were estimated on
LEVELS = {
    "last_name": ("same", "part", "initials", "close", "swapped", "different"),
    "first_name": ("same", "part", "initials", "close", "different"),
    "birth_date": ("same", "same_placeholder", "swapped", "close", "year", "different"),
    "postcode": ("same", "department", "different"),
    **dict.fromkeys(("sex", "phone", "email", "abo", "rhd", "hla"), ("same", "different")),
}

PERSON_COLUMNS = ("last_name", "first_name", "birth_date", "sex", "postcode", "phone", "email", "abo", "rhd")
HLA_COLUMNS = tuple(f"hla_{locus.lower()}_{place}" for locus in LOCI for place in (1, 2))


@dataclass(frozen=True, slots=True)
class Measured:
    """What a pass found: seconds, pairs shown, and how many of the true ones, of how many."""

    seconds: float
    shown: int
    right: int
    true: int

    @property
    def recall(self) -> float:
        """Share of the true pairs that are shown."""
        return self.right / self.true

    @property
    def precision(self) -> float:
        """Share of the pairs shown that are true."""
        return self.right / self.shown


def measure(doubled: Doubled) -> Measured:
    """One full pass over a registry whose truth is known."""
    start = time.perf_counter()
    found = {
        (one.first_id, one.second_id)
        for one in compare_all(
            doubled.people, candidate_pairs(doubled.people).pairs, weights=duplicate_weights(), limit=review_limit()
        )
    }
    return Measured(time.perf_counter() - start, len(found), len(found & doubled.twins), len(doubled.twins))


def duplicate_rows() -> list[Row]:
    """Recall, precision and seconds of one pass, for the table of `make bench`."""
    doubled = doubled_registry(donors=DONORS, pairs=PAIRS, seed=SEED, on=ON, reference=core_reference())
    measured = measure(doubled)
    what = f"duplicates, {DONORS:,} donors, {PAIRS:,} pairs"
    return [
        Row(f"{what}: recall", measured.recall, "", 0.95, at_least=True),
        Row(f"{what}: precision", measured.precision, "", 0.95, at_least=True),
        Row(f"{what}: comparing, without reading and keeping", measured.seconds, "s"),
        Row(f"{what}: flask duplicates find on SQLite, shell to answer", whole_pass(doubled.people), "s", 60),
    ]


def whole_pass(people: Mapping[int, Person]) -> float:
    """Seconds of `flask duplicates find`: reading, decrypting, comparing and keeping, on a file of its own."""
    with tempfile.TemporaryDirectory() as folder:
        own, path = environment(folder), Path(folder) / "people.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, fieldnames=["donor_number", *PERSON_COLUMNS, *HLA_COLUMNS])
            writer.writeheader()
            writer.writerows(_cells(number, person) for number, person in people.items())
        command(["db", "upgrade"], own)
        command(["donors", "import", str(path)], own)
        start = time.perf_counter()
        command(["duplicates", "find"], own)
        return time.perf_counter() - start


def _cells(number: int, person: Person) -> dict[str, str]:
    cells = {"donor_number": f"D{number}", "last_name": " ".join(person.last_name)}
    cells |= {"first_name": " ".join(person.first_name)}
    cells |= {name: getattr(person, name) for name in PERSON_COLUMNS if name not in cells}
    for antigen in person.antigens:
        locus, name = antigen.split(":", 1)
        first, second = (f"hla_{locus.lower()}_{place}" for place in (1, 2))
        cells[second if first in cells else first] = name
    return cells


def estimated_rows(doubled: Doubled) -> list[dict[str, str]]:
    """The table of weights: u from pairs taken by chance, m by EM from the pairs that share a key; no truth is read."""
    rng = Random(ESTIMATION_SEED)
    ids = list(doubled.people)
    people = doubled.people
    levels = [(field, level) for field, named in LEVELS.items() for level in named]
    chance = (rng.sample(ids, 2) for _ in range(400_000))
    u = shares((levels_of(people[one], people[other]) for one, other in chance), levels)
    met = [levels_of(people[one], people[other]) for one, other in candidate_pairs(people).pairs]
    born = [one for one in met if one["birth_date"] in {"same", "same_placeholder"}]
    named = [one for one in met if one["last_name"] == one["first_name"] == "same"]
    # What the pairs were chosen by cannot be estimated from them: each choice tells of the other fields.
    by_birth = _estimated(born, u, without={"birth_date"})
    by_names = _estimated(named, u, without={"last_name", "first_name"})
    m = {key: _mean([chances[key] for chances in (by_birth, by_names) if key in chances]) for key in u}
    source = "ours, estimated by EM on invented data (benchmarks/duplicates.py); to be estimated again on real records"
    return [
        {
            "field": field,
            "level": level,
            "m": f"{m[field, level]:.6f}",
            "u": f"{u[field, level]:.6f}",
            "version": "2",
            "source": source,
        }
        for field, level in levels
    ]


def _estimated(
    pairs: Sequence[Mapping[str, str]], u: Mapping[tuple[str, str], float], *, without: set[str]
) -> dict[tuple[str, str], float]:
    start = {key: chance for key, chance in u.items() if key[0] not in without}
    kept = ({field: level for field, level in pair.items() if field not in without} for pair in pairs)
    return {key: m for key, (m, _) in estimate(kept, start=start).chances.items()}


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def main(words: Sequence[str]) -> None:
    """Measure, or estimate."""
    seed = ESTIMATION_SEED if "--estimate" in words else SEED
    doubled = doubled_registry(donors=DONORS, pairs=PAIRS, seed=seed, on=ON, reference=core_reference())
    if "--estimate" in words:
        rows = estimated_rows(doubled)
        writer = csv.DictWriter(sys.stdout, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return
    measured = measure(doubled)
    print(f"{DONORS} donors, {PAIRS} pairs: {measured.seconds:.1f} s, recall {measured.recall:.4f}, "
          f"precision {measured.precision:.4f} ({measured.shown} pairs shown)")  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1:])
