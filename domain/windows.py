"""Sets of days as one window with gaps, and the calendar sums the rules use."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import MAXYEAR, date

_FIRST_DAY = date.min.toordinal()
_END_OF_TIME = date.max.toordinal() + 1


@dataclass(frozen=True, slots=True)
class Window:
    """All eligible days: from `from_on` up to but not including `until_on`, minus the gaps (half-open too).

    `from_on` None means never; `until_on` None means no known limit. The first and the last day of the
    window are eligible and gaps never touch each other, so equal sets of days give equal windows.
    """

    from_on: date | None
    until_on: date | None
    gaps: tuple[tuple[date, date], ...] = ()

    def first_on(self, on: date) -> date | None:
        """The first eligible day that is `on` or later, None when there is none."""
        if self.from_on is None:
            return None
        day = max(on, self.from_on)
        for gap_from, gap_until in self.gaps:
            if gap_from <= day < gap_until:
                day = gap_until
        return day if self.until_on is None or day < self.until_on else None


NEVER = Window(None, None)


def days_left(refused: Iterable[tuple[date | None, date | None]]) -> Window:
    """The days that none of the half-open refused spans covers; None is no bound on that side."""
    left: list[tuple[int, int]] = []
    free_from = _FIRST_DAY
    for start, end in sorted(_ordinals(span) for span in refused):
        if start > free_from:
            left.append((free_from, start))
        free_from = max(free_from, end)
    if free_from < _END_OF_TIME:
        left.append((free_from, _END_OF_TIME))
    if not left:
        return NEVER
    gaps = tuple(
        (date.fromordinal(before[1]), date.fromordinal(after[0]))
        for before, after in itertools.pairwise(left)
    )
    last = left[-1][1]
    until_on = date.fromordinal(last) if last < _END_OF_TIME else None
    return Window(date.fromordinal(left[0][0]), until_on, gaps)


def anniversary(day: date, years: int) -> date | None:
    """The same day `years` later (1 March for a missing 29 February); None past the end of the calendar."""
    year = day.year + years
    if year > MAXYEAR:
        return None
    try:
        return day.replace(year=year)
    except ValueError:  # only 29 February can be missing
        return date(year, 3, 1)


def days_after(day: date, days: int) -> date | None:
    """`day` plus `days`; None past the end of the calendar (9999-12-31 means "for ever" in some files)."""
    ordinal = day.toordinal() + days
    return date.fromordinal(ordinal) if ordinal < _END_OF_TIME else None


def _ordinals(span: tuple[date | None, date | None]) -> tuple[int, int]:
    from_on, until_on = span
    start = _FIRST_DAY if from_on is None else from_on.toordinal()
    return start, _END_OF_TIME if until_on is None else until_on.toordinal()
