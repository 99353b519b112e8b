"""The weeks of a forecast, and days as bits: bit 0 is day 0, the first day of donation."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

WEEK_DAYS = 7

Stock = Mapping[int, int]  # the days of a donor as bits → how many donors have just these days


@dataclass(frozen=True, slots=True)
class Span:
    """The weeks ahead, and in days: when a donation is ready, how long it keeps, the interval of a donor."""

    weeks: int
    ready_days: int
    shelf_days: int
    interval_days: int

    @property
    def days(self) -> int:
        """The days of donation."""
        return self.weeks * WEEK_DAYS

    def last_day(self, needed: int) -> int:
        """The last day of donation for a unit needed on a day; what is late is wanted within the first week."""
        last = needed - self.ready_days
        return WEEK_DAYS - 1 if last < 0 else last

    def window(self, last: int) -> int:
        """The days of donation, as bits, that serve a unit whose last one is given."""
        return days_between(max(0, last - (self.shelf_days - self.ready_days)), last + 1)


def days_between(first: int, end: int) -> int:
    """The days from `first` up to but not including `end`, as bits."""
    return ((1 << max(0, end - first)) - 1) << first


def days_of_week(week: int) -> int:
    """The days of donation of one week, as bits."""
    return days_between(week * WEEK_DAYS, (week + 1) * WEEK_DAYS)


def after_gift(days: int, window: int, interval_days: int) -> int:
    """The days that a donor has left who gives on their first day of the window."""
    day = days & window & -(days & window)
    return days & -(day << interval_days)


def givers(stock: Iterable[tuple[int, int]], days: int) -> int:
    """How many donors of these pairs (days, donors) have one of the days."""
    return sum(count for held, count in stock if held & days)
