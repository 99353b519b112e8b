"""Compares the people of a registry with each other, only those that share a key."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from domain.suggestions import Person, Score, Weights, block_keys, score_pair

LARGEST_BLOCK = 60  # a key that more share tells nothing; their pairs are met under a finer one


@dataclass(frozen=True, slots=True)
class Found:
    """Two donors, the smaller id first, and how they compare."""

    first_id: int
    second_id: int
    score: Score


@dataclass(frozen=True, slots=True)
class Candidates:
    """The pairs that share a key, the smaller id first, and how many keys were left out since too many share them."""

    pairs: frozenset[tuple[int, int]]
    crowded: int


def candidate_pairs(people: Mapping[int, Person], *, only: Collection[int] | None = None) -> Candidates:
    """The pairs to compare; with `only`, those of which one is among them."""
    blocks: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for donor_id, person in people.items():
        for key in dict.fromkeys(block_keys(person)):
            blocks[key].append(donor_id)
    pairs: set[tuple[int, int]] = set()
    for block in blocks.values():
        if 1 < len(block) <= LARGEST_BLOCK:
            pairs.update(combinations(sorted(block), 2))
    crowded = sum(len(block) > LARGEST_BLOCK for block in blocks.values())
    chosen = None if only is None else frozenset(only)
    return Candidates(frozenset(pair for pair in pairs if chosen is None or chosen.intersection(pair)), crowded)


def compare_all(
    people: Mapping[int, Person], pairs: Collection[tuple[int, int]], *, weights: Weights, limit: float
) -> Iterator[Found]:
    """The pairs whose probability of being one person reaches the limit; names are weighed by how common they are."""
    names = {field: _shares(getattr(one, field) for one in people.values()) for field in ("last_name", "first_name")}
    typed = Counter(name for one in people.values() for name in one.antigens)
    antigens = _within_loci(typed)
    for first, second in sorted(pairs):
        score = score_pair(
            people[first], people[second], weights=weights, donors=len(people), names=names, antigens=antigens
        )
        if score.probability >= limit:
            yield Found(first, second, score)


def _shares(names: Iterator[tuple[str, ...]]) -> dict[str, float]:
    counted = Counter(" ".join(name) for name in names if name)
    total = counted.total()
    return {name: count / total for name, count in counted.items()}


def _within_loci(typed: Counter[str]) -> dict[str, float]:
    totals: Counter[str] = Counter()
    for name, count in typed.items():
        totals[name.split(":")[0]] += count
    return {name: count / totals[name.split(":")[0]] for name, count in typed.items()}
