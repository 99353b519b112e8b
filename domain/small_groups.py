"""Which groups to hide so that small ones cannot be read, nor worked out from the sums that are shown.

Each heading parts the same transfusions; its total is shown. A group is hidden where it is small itself (primary), or
where it would give a small one away by subtraction (complementary). Groups are compared by the transfusions they hold,
never by their names: two of the same transfusions are one, whatever the headings call them.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import permutations
from math import gcd

Some = int  # a set of transfusions: one bit for each, at its place among all
Member = tuple[Hashable, frozenset[str]]  # the patient, and the windows in which this transfusion was judged


@dataclass(frozen=True, slots=True)
class Least:
    """The fewest transfusions, and the fewest patients, of a group that is shown."""

    transfusions: int
    patients: int


class Crowd:
    """All transfusions of a report, and which of their sets are large enough to be shown."""

    def __init__(self, members: Sequence[Member], least: Least) -> None:
        self.whole: Some = (1 << len(members)) - 1
        self._least = least
        self._patients: dict[Hashable, Some] = {}
        self._windows: dict[str, Some] = {}
        for at, (patient, windows) in enumerate(members):
            self._patients[patient] = self._patients.get(patient, 0) | 1 << at
            for window in windows:
                self._windows[window] = self._windows.get(window, 0) | 1 << at

    def allows(self, some: Some) -> bool:
        """Whether a set may be shown: it is large enough, and so is what was judged of it in each window.

        A window in which nothing was judged has no result to protect.
        """
        judged = (some & window for window in self._windows.values())
        return self._enough(some) and all(self._enough(part) for part in judged if part)

    def _enough(self, some: Some) -> bool:
        if some.bit_count() < self._least.transfusions:
            return False
        return sum(1 for of_one in self._patients.values() if of_one & some) >= self._least.patients


Rows = Sequence[Sequence[Some]]  # each parts all transfusions; no set is empty


def hidden_groups(rows: Rows, crowd: Crowd) -> frozenset[Some] | None:
    """The groups to hide; None where even the whole is too small.

    Of those that are left: no row's hidden ones say by their sum what one of them is, no two sums that anybody can
    work out differ by a small set, and no small group is a sum of multiples of what is shown.
    """
    if not rows or not crowd.allows(crowd.whole):
        return None
    groups = list(dict.fromkeys(group for row in rows for group in row))
    small = [group for group in groups if not crowd.allows(group)]
    hidden = set(small)
    while True:
        shown = [group for group in groups if group not in hidden]
        more = _of_a_row(rows, hidden, crowd) or _of_two(rows, shown, crowd) or _of_many(groups, shown, small, crowd)
        if more is None:
            return frozenset(hidden)
        hidden.add(more)


def _smallest(groups: Iterable[Some]) -> Some | None:
    return min(groups, key=int.bit_count, default=None)


def _of_a_row(rows: Rows, hidden: set[Some], crowd: Crowd) -> Some | None:
    """The next group to hide where the hidden ones of one row say by their sum what one of them is."""
    for row in rows:
        left = [group for group in row if group in hidden]
        if left and not _vague(left, crowd) and (found := _smallest(one for one in row if one not in hidden)):
            return found
    return None


def _vague(left: Sequence[Some], crowd: Crowd) -> bool:
    """Whether the sum of the hidden groups of a row, which anybody can work out, says nothing of one of them."""
    # none is empty: as many transfusions as groups would be one each
    return len(left) > 1 and sum(left).bit_count() > len(left) and crowd.allows(sum(left))


def _of_two(rows: Rows, shown: Sequence[Some], crowd: Crowd) -> Some | None:
    """The next group to hide where one sum that anybody can work out is another less a small set."""
    known = {group: group for group in shown}  # with the group to hide so that it is known no more
    for row in rows:
        kept = [group for group in row if group in known]
        if kept:
            known.setdefault(crowd.whole - sum(kept), min(kept, key=int.bit_count))
    for one, other in permutations([*known, crowd.whole], 2):
        if one and one & other == one != other and not crowd.allows(other - one):
            return known[one]
    return None


def _of_many(groups: Sequence[Some], shown: Sequence[Some], small: Sequence[Some], crowd: Crowd) -> Some | None:
    """The next group to hide where a small one is a sum of multiples of the whole and what is shown."""
    if not small:
        return None
    span = _Span(groups, [crowd.whole, *sorted(shown, key=int.bit_count, reverse=True)])
    for group in small:
        if used := span.parts_of(group):
            return _smallest(used - {crowd.whole})
    return None


class _Span:
    """The sums of multiples of some sets, by exact elimination in whole numbers.

    A row is what a set shares with each of `among`, then the multiples of the known sets that made it. Sums of
    multiples of the sets of `among` (the whole is one) are the same where they share the same numbers with all of them.
    """

    def __init__(self, among: Sequence[Some], known: Sequence[Some]) -> None:
        self._among, self._known = among, known
        self._leads: list[tuple[int, list[int]]] = []  # the place of the first number that is not 0, and the row
        for at, one in enumerate(known):
            row = self._reduced(one, at)
            if (first := self._first(row)) is not None:
                self._leads.append((first, row))

    def parts_of(self, one: Some) -> set[Some]:
        """The known sets that together give this one; none where they do not."""
        row = self._reduced(one)
        if self._first(row) is not None:
            return set()
        return {known for known, times in zip(self._known, row[len(self._among) :], strict=True) if times}

    def _first(self, row: Sequence[int]) -> int | None:
        return next((at for at in range(len(self._among)) if row[at]), None)

    def _reduced(self, one: Some, at: int | None = None) -> list[int]:
        row = [(one & other).bit_count() for other in self._among]
        row += [int(place == at) for place in range(len(self._known))]
        for first, lead in self._leads:
            if mine := row[first]:
                row = [lead[first] * number - mine * its for number, its in zip(row, lead, strict=True)]
                common = gcd(*row)
                row = [number // common for number in row]
        return row
