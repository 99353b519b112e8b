"""Estimates the m and u of a Fellegi–Sunter table from compared pairs whose truth nobody knows (EM)."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from domain.errors import UnusableInput

Levels = Mapping[str, str]
FIRST_SHARE = 0.01  # few of the pairs that share a key are one person; EM moves it
SMALLEST = 1e-6
LEAST_M = 0.001  # a fault that was never seen still happens: ours, so that no one field outweighs all others


@dataclass(frozen=True, slots=True)
class Estimate:
    """The m and u of every level of every field, and the share of the pairs that are of one person."""

    chances: Mapping[tuple[str, str], tuple[float, float]]
    share: float


def estimate(pairs: Iterable[Levels], *, start: Mapping[tuple[str, str], float], rounds: int = 50) -> Estimate:
    """The m of every level by EM; `start` are the u, found from pairs taken by chance and kept.

    A field unknown in a pair (`missing`) says nothing of it. Raises UnusableInput where there is no pair.
    """
    counted = Counter(tuple(sorted(levels.items())) for levels in pairs)
    if not counted:
        raise UnusableInput("nothing_to_estimate")
    m = _first_guess(start)
    share = FIRST_SHARE
    for _ in range(rounds):
        sums: dict[tuple[str, str], float] = defaultdict(float)
        fields: dict[str, float] = defaultdict(float)
        matched = 0.0
        for pattern, count in counted.items():
            known = [level for level in pattern if level[1] != "missing"]
            bits = sum(math.log(m[level] / start[level]) for level in known) + math.log(share / (1 - share))
            chance = count / (1 + math.exp(-max(-700.0, min(700.0, bits))))
            matched += chance
            for level in known:
                sums[level] += chance
                fields[level[0]] += chance
        share = min(1 - SMALLEST, max(SMALLEST, matched / counted.total()))
        m = {level: max(SMALLEST, sums[level] / fields[level[0]]) if fields[level[0]] else m[level] for level in m}
    return Estimate({level: (max(LEAST_M, m[level]), start[level]) for level in m}, share)


def shares(pairs: Iterable[Levels], levels: Iterable[tuple[str, str]]) -> dict[tuple[str, str], float]:
    """How often each level is seen among those pairs that know the field."""
    seen = Counter(item for pair in pairs for item in pair.items() if item[1] != "missing")
    known: Counter[str] = Counter()
    for (field, _), count in seen.items():
        known[field] += count
    return {level: max(SMALLEST, seen[level] / known[level[0]]) if known[level[0]] else SMALLEST for level in levels}


def _first_guess(start: Mapping[tuple[str, str], float]) -> dict[tuple[str, str], float]:
    fields = Counter(field for field, _ in start)
    return {(f, level): 0.9 if level == "same" else 0.1 / max(1, fields[f] - 1) for f, level in start}
