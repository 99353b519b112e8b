"""Which donations that a person fixed can stand, and why another cannot: one that cannot is told, not dropped."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from enum import StrEnum

from domain.allocation_terms import Given, Need, Offer, Pair, Supply


class FixFault(StrEnum):
    """Why a fixed donation cannot stand, in the order in which it is looked at."""

    NO_NEED = "no_need"  # its need is not divided
    NOT_IN_TIME = "not_in_time"  # the day does not serve the need
    NOT_FIT = "not_fit"  # the donor does not fit the need, or nobody may call them
    FORBIDDEN = "forbidden"  # the pair is forbidden too: two records of the donor, marked apart, were merged
    NOT_FREE = "not_free"  # the donor may not give that day, or is taken near it
    TOO_NEAR = "too_near"  # another fixed donation of the donor lies within the interval
    TOO_MANY = "too_many"  # the units are fixed already


def sort_fixed(
    needs: Iterable[Need],
    supplies: Iterable[Supply],
    offers: Iterable[Offer],
    wanted: Sequence[Given],
    *,
    interval_days: int,
    forbidden: Collection[Pair] = (),
) -> tuple[list[Given], list[tuple[Given, FixFault]]]:
    """The donations that stand together, at the costs offered, and the others with why not; who is first stands."""
    by_code = {one.code: one for one in needs}
    days = {one.donor: frozenset(one.days) for one in supplies}
    costs = {(one.need, one.donor): one.cost for one in offers}
    stand: list[Given] = []
    faults: list[tuple[Given, FixFault]] = []
    given: Counter[str] = Counter()
    gives: dict[str, list[int]] = defaultdict(list)
    for one in wanted:
        need, cost = by_code.get(one.need), costs.get((one.need, one.donor))
        if need is None:
            faults.append((one, FixFault.NO_NEED))
        elif not need.first <= one.day <= need.last:
            faults.append((one, FixFault.NOT_IN_TIME))
        elif cost is None:
            faults.append((one, FixFault.NOT_FIT))
        elif (one.need, one.donor) in forbidden:
            faults.append((one, FixFault.FORBIDDEN))
        elif one.day not in days.get(one.donor, frozenset()):
            faults.append((one, FixFault.NOT_FREE))
        elif any(abs(one.day - other) < interval_days for other in gives[one.donor]):
            faults.append((one, FixFault.TOO_NEAR))
        elif given[one.need] == need.units:
            faults.append((one, FixFault.TOO_MANY))
        else:
            stand.append(Given(one.need, one.donor, one.day, cost))
            given[one.need] += 1
            gives[one.donor].append(one.day)
    return stand, faults
