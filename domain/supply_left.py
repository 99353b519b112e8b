"""The donors left for a week when every unit of the weeks before that anybody could give is met.

One use of the donors shows how many can be left, a matching how many at most: where both agree, nobody leaves more.
"""

from collections.abc import Sequence

from domain.supply_span import WEEK_DAYS, Span, Stock, after_gift, days_between, days_of_week, givers


def left_by_sparing(stock: Stock, lasts: Sequence[int], span: Span, week: int) -> int | None:
    """The donors left for a week where each unit before is given by whom the week misses least, first of them all.

    Whoever is back in time or is not there anyway costs the week nothing. Whoever is not there anyway is kept for the
    units that others would be missed for, and of those who go first the first one gives. None where a unit is not met.
    """
    days, before = days_of_week(week), days_between(0, week * WEEK_DAYS)
    left = dict(stock)
    for window in _windows(stock, lasts, span, week):
        chosen, place = None, None
        for held in left:
            now = held & -(window & -window)  # days before the window serve no unit to come
            if not now & window:
                continue
            missed = bool(now & days) and not after_gift(now, window, span.interval_days) & days
            until = now & before
            found = (missed, not now & days, until.bit_length(), until.bit_count(), held)
            if place is None or found < place:
                chosen, place = held, found
        if chosen is None:
            return None
        left[chosen] -= 1
        if not left[chosen]:
            del left[chosen]
        rest = after_gift(chosen & -(window & -window), window, span.interval_days)
        left[rest] = left.get(rest, 0) + 1
    return givers(left.items(), days)


def left_at_most(stock: Stock, lasts: Sequence[int], span: Span, week: int) -> int:
    """The most donors that any use leaves for a week, or more than that.

    A unit so late that nobody who gives it is back when the week begins takes a donor of its own. It costs the week
    nothing only where that donor has no day in the week anyway, or is back within it.
    """
    days, begins = days_of_week(week), week * WEEK_DAYS
    late = [
        window
        for window in _windows(stock, lasts, span, week)
        if (window & -window) << span.interval_days > 1 << begins
    ]
    return givers(stock.items(), days) - len(late) + _matched(stock, late, span, days)


def _matched(stock: Stock, late: Sequence[int], span: Span, days: int) -> int:
    """The most of these units that donors can give whom the days do not miss, one each: by augmenting paths."""
    kinds = list(stock)
    free = [
        [at for at, held in enumerate(kinds) if held & window and _is_not_missed(held, window, span, days)]
        for window in late
    ]
    given: list[list[int]] = [[] for _ in kinds]

    def give(unit: int, tried: set[int]) -> bool:
        for at in free[unit]:
            if at in tried:
                continue
            tried.add(at)
            if len(given[at]) < stock[kinds[at]]:
                given[at].append(unit)
                return True
            for place, other in enumerate(given[at]):
                if give(other, tried):
                    given[at][place] = unit
                    return True
        return False

    return sum(give(unit, set()) for unit in range(len(late)))


def _is_not_missed(held: int, window: int, span: Span, days: int) -> bool:
    return not held & days or bool(after_gift(held, window, span.interval_days) & days)


def _windows(stock: Stock, lasts: Sequence[int], span: Span, week: int) -> list[int]:
    """The days that serve each unit before the week, of the units that anybody could give."""
    found = [span.window(last) for last in lasts if last < week * WEEK_DAYS]
    return [window for window in found if givers(stock.items(), window)]
