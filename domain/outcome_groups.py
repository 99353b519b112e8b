"""What transfusions did, by group: counts, the median increment and the share above the limit, each with an interval.

Observational: groups of transfusions, never a comparison of treatments. Small groups are hidden (domain.small_groups).
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import comb
from statistics import median

from domain.recruitment import Proportion
from domain.small_groups import Crowd, Least, Some, hidden_groups
from domain.transfusion import NOISE, Window


@dataclass(frozen=True, slots=True)
class Measured:
    """A corrected increment (10⁹/L) that was judged, and whether it exceeds the limit of its window."""

    cci: float
    effective: bool


@dataclass(frozen=True, slots=True)
class Observed:
    """One transfusion: whose it is, its group under each heading, what was measured in each window that was judged."""

    patient: Hashable
    groups: Mapping[str, str]
    measured: Mapping[Window, Measured]


@dataclass(frozen=True, slots=True)
class Interval:
    """Both ends of an interval, the ends included."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Figures:
    """One window of a group: how many were judged, the median CCI (10⁹/L), and how many exceed the limit.

    `interval` is None where too few were judged for the level; `median` and `effective` where none was.
    """

    judged: int
    median: float | None
    interval: Interval | None
    effective: Proportion | None
    effective_interval: Interval | None


@dataclass(frozen=True, slots=True)
class Group:
    """Transfusions of one group, and of how many patients."""

    key: str
    transfusions: int
    patients: int
    windows: Mapping[Window, Figures]


@dataclass(frozen=True, slots=True)
class Heading:
    """The groups under one heading that may be shown, and the keys of those that may not, with their sum."""

    name: str
    groups: tuple[Group, ...]
    hidden: tuple[str, ...]
    hidden_transfusions: int


@dataclass(frozen=True, slots=True)
class Summary:
    """All transfusions, and the same by heading; `whole` is None where all together are too few to be shown."""

    whole: Group | None
    headings: tuple[Heading, ...]


# --- intervals ------------------------------------------------------------------------------------------------------


@cache
def median_rank(count: int, level: float) -> int | None:
    """The largest k such that the k-th lowest and the k-th highest of so many values hold the median at the level.

    Exact: binomial order statistics, whatever the distribution. None where even the two extremes do not.
    """
    outside, tail = (1 - Fraction(str(level))) * 2**count, 0
    rank = 0
    while rank < count // 2 and 2 * (tail + comb(count, rank)) <= outside:
        tail += comb(count, rank)
        rank += 1
    return rank or None


def median_interval(values: Sequence[float], level: float) -> Interval | None:
    """The exact interval of the median at a confidence level; None where there are too few values for it."""
    rank, ordered = median_rank(len(values), level), sorted(values)
    return None if rank is None else Interval(ordered[rank - 1], ordered[-rank])


# --- groups ---------------------------------------------------------------------------------------------------------


def summarise(observed: Sequence[Observed], headings: Iterable[str], *, least: Least, level: float) -> Summary:
    """Every heading with its groups in the order in which they first appear.

    Groups of the same transfusions are shown, or hidden, under all headings that have them.
    """
    parts = {name: _parted(observed, name) for name in headings}
    crowd = Crowd([(one.patient, frozenset(window.value for window in one.measured)) for one in observed], least)
    hidden = hidden_groups([tuple(groups.values()) for groups in parts.values()], crowd)
    if hidden is None:
        return Summary(None, tuple(Heading(name, (), tuple(groups), 0) for name, groups in parts.items()))
    return Summary(
        group_of("", observed, level),
        tuple(_heading(name, groups, hidden, observed, level) for name, groups in parts.items()),
    )


def group_of(key: str, members: Sequence[Observed], level: float) -> Group:
    """The figures of some transfusions taken together, however few."""
    return Group(
        key, len(members), len({one.patient for one in members}), {one: _figures(members, one, level) for one in Window}
    )


def _figures(members: Sequence[Observed], window: Window, level: float) -> Figures:
    found = [one.measured[window] for one in members if window in one.measured]
    if not found:
        return Figures(0, None, None, None, None)
    values = [one.cci for one in found]
    effective = Proportion(sum(one.effective for one in found), len(found))
    middle = round(median(values), NOISE)
    return Figures(len(found), middle, median_interval(values, level), effective, Interval(*effective.interval(level)))


def _parted(observed: Sequence[Observed], name: str) -> dict[str, Some]:
    found: dict[str, Some] = {}
    for at, one in enumerate(observed):
        found[one.groups[name]] = found.get(one.groups[name], 0) | 1 << at
    return found


def _heading(
    name: str, groups: Mapping[str, Some], hidden: frozenset[Some], observed: Sequence[Observed], level: float
) -> Heading:
    shown = {key: [one for one in observed if one.groups[name] == key] for key in groups if groups[key] not in hidden}
    return Heading(
        name,
        tuple(group_of(key, members, level) for key, members in shown.items()),
        tuple(key for key in groups if key not in shown),
        len(observed) - sum(map(len, shown.values())),
    )
