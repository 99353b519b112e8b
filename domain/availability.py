"""What donors may be expected to give against what is needed: units a week, gaps never made up by another week.

One donation is counted as one unit, as everywhere in this program: a reservation kept is one unit of a request.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

HORIZONS_DAYS = (0, 7, 14, 28)
WEEK_DAYS = 7
WEEKS = 4


@dataclass(frozen=True, slots=True)
class Giving:
    """Donations of platelets in the last 12 months over the donors told of; `spread` is variance over mean, 1 or more.

    `weeks` is how long these months are; `low` and `high` bound the donations, at the level of the core tables.
    """

    donations: int
    donors: int
    spread: float
    weeks: float
    low: float
    high: float

    def a_week(self, donors: int) -> "Expected | None":
        """The units that so many donors may be expected to give in a week; None where nothing tells."""
        if not self.donors:
            return None
        share = donors / (self.donors * self.weeks)
        return Expected(self.donations * share, self.low * share, self.high * share)


@dataclass(frozen=True, slots=True)
class Expected:
    """Units a week with their interval."""

    units: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Need:
    """Units still to find for open requests: in each of the coming weeks (the first with what is late), and later."""

    weeks: tuple[int, ...] = (0,) * WEEKS
    later: int = 0

    @property
    def this_week(self) -> int:
        """The units of the first week."""
        return self.weeks[0]

    @property
    def units(self) -> int:
        """All units still to find."""
        return sum(self.weeks) + self.later

    def gaps(self, expected: Expected | None) -> tuple[float, ...]:
        """What each week lacks; a week with more than it needs makes up for no other. Nothing known gives nothing."""
        given = expected.units if expected else 0.0
        return tuple(max(0.0, units - given) for units in self.weeks)

    def lacks_donors(self, givers: int) -> bool:
        """Whether this week needs more units than there are donors who can give in it: calling them all is too few."""
        return self.this_week > givers


def need_of(asked: Iterable[tuple[date, int]], on: date) -> Need:
    """The need on a day from the day each request is needed by and the units it still lacks."""
    weeks, later = [0] * WEEKS, 0
    for needed_on, units in asked:
        week = max(0, (needed_on - on).days) // WEEK_DAYS
        if week < WEEKS:
            weeks[week] += units
        else:
            later += units
    return Need(tuple(weeks), later)


def spread_of(donations: int, squares: int, donors: int) -> float:
    """Variance over mean of the donations of each donor, never under 1: those who give often widen the interval."""
    if donors < 2 or not donations:
        return 1.0
    mean = donations / donors
    variance = (squares - donors * mean * mean) / (donors - 1)
    return max(1.0, variance / mean)


def horizon_days(on: date) -> tuple[date, ...]:
    """The days of the forecast."""
    return tuple(on + timedelta(days=days) for days in HORIZONS_DAYS)
