"""The days on which each donor of the registry may give, as bits, over the weeks of a forecast."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

import numpy as np
from sqlmodel import Session, col, select

from domain.reservation import status_at
from domain.supply_span import Span, Stock, days_between
from models.reservation import OCCUPYING, Reservation
from services.matching.index import EPOCH, Array, RegistryIndex


class GivingDays:
    """The donors of an index by the days they may give from `on`, none within the interval of a reserved day."""

    def __init__(self, index: RegistryIndex, on: date, span: Span, reserved: Mapping[int, Sequence[int]]) -> None:
        """`reserved`: by donor id, the days that are reserved, counted from `on`."""
        day = (on - EPOCH).days
        first = np.clip(index.donor_from_day.astype(np.int64) - day, 0, span.days)
        end = np.clip(index.donor_until_day.astype(np.int64) - day, 0, span.days)
        codes, self.pattern = np.unique(first * (span.days + 1) + end, return_inverse=True)
        self.kinds = [days_between(*divmod(int(code), span.days + 1)) for code in codes]
        self.reserved = np.zeros(len(first), dtype=bool)
        taken = np.array(sorted(reserved), dtype=np.int64)
        self.reserved[np.isin(index.donor_id, taken)] = True
        known = {kind: at for at, kind in enumerate(self.kinds)}
        for row, days in self._exceptions(index, day, span, reserved):
            if days not in known:
                known[days] = len(self.kinds)
                self.kinds.append(days)
            self.pattern[row] = known[days]

    def _exceptions(
        self, index: RegistryIndex, day: int, span: Span, reserved: Mapping[int, Sequence[int]]
    ) -> Iterator[tuple[int, int]]:
        """The rows of donors with deferrals to come or reservations, and their days."""
        refused: dict[int, int] = defaultdict(int)
        for row, start, end in index.arrays["gaps"]:
            refused[int(row)] |= _within(int(start) - day, int(end) - day)
        for row in np.flatnonzero(self.reserved):
            for one in reserved[int(index.donor_id[row])]:
                refused[int(row)] |= _within(one - span.interval_days + 1, one + span.interval_days)
        for row, days in refused.items():
            yield row, self.kinds[self.pattern[row]] & ~days

    def stock(self, rows: Array) -> Stock:
        """How many of these donors have which days."""
        counts = np.bincount(self.pattern[rows], minlength=len(self.kinds))
        return {self.kinds[at]: int(counts[at]) for at in np.flatnonzero(counts)}

    def reserved_among(self, rows: Array) -> int:
        """How many of these donors are reserved, for whomever."""
        return int(self.reserved[rows].sum())


def _within(first: int, end: int) -> int:
    return days_between(max(0, first), max(0, end))


def reserved_days(session: Session, on: date, span: Span, now: datetime) -> Mapping[int, Sequence[int]]:
    """By donor id, the reserved days that keep them from giving in the span; a hold that ran out keeps nobody."""
    found: dict[int, list[int]] = defaultdict(list)
    near = timedelta(days=span.interval_days)
    query = select(Reservation).where(
        col(Reservation.status).in_(OCCUPYING),
        col(Reservation.day) > on - near,
        col(Reservation.day) < on + timedelta(days=span.days) + near,
    )
    for row in session.exec(query):
        if status_at(row.status, row.expires_at, now) in OCCUPYING:
            found[row.donor_id].append((row.day - on).days)
    return found
