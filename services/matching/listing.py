"""A list of ranked donors under filters, in any order: counted whole, then cut into pages and bands."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
from sqlmodel import Session

from domain.grading import GRADE_ORDER
from domain.verdict import LISTED_VERDICTS
from services.matching.bands import band_of
from services.matching.columns import column_of
from services.matching.filters import Filters, filter_masks
from services.matching.index import Array
from services.matching.shortlist import Ranking, Shortlist

NO_GRADE = len(GRADE_ORDER)
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """Consecutive donors of a list, the place of each in the whole unfiltered list, and the band it belongs to."""

    donors: Shortlist
    ranks: list[int]
    bands: list[int]


class Listing:
    """The donors of one ranking who pass the filters, in the order asked (a column, `-` before it turns it round).

    `now` is the moment by which a hold is over, where the order is that of the reservations.
    """

    def __init__(self, session: Session, ranking: Ranking, filters: Filters, sort: str, *, now: datetime) -> None:
        self.session, self.now = session, now
        self.ranking = ranking
        self.sort = sort
        # A rank counts those whom a filter hides; without filters nobody is put in order beyond the page.
        self._by_rank = not filters.asked and sort == "rank"
        everyone = ranking.everyone if self._by_rank else ranking.in_order(ranking.everyone)
        places = np.flatnonzero(np.isin(everyone.verdicts, filters.verdicts))
        donors = everyone.take(places)
        masks = filter_masks(session, ranking, donors, filters)
        self.whole = len(places)
        self.hidden = {name: len(mask) - int(np.count_nonzero(mask)) for name, mask in masks.items()}
        if masks:
            kept = np.logical_and.reduce(list(masks.values()))
            places, donors = places[kept], donors.take(kept)
        self._places, self._donors = places, donors

    @property
    def total(self) -> int:
        """How many donors are in the list."""
        return len(self._places)

    def totals(self) -> dict[str, int]:
        """How many of them have each verdict."""
        counts = np.bincount(self._donors.verdicts, minlength=len(LISTED_VERDICTS))
        return {verdict.value: int(n) for verdict, n in zip(LISTED_VERDICTS, counts, strict=True)}

    def part(self, first: int, size: int | None) -> Part:
        """At most `size` donors from place `first` on (counted from 0); None is all of them."""
        last = self.total if size is None else min(self.total, first + size)
        if self._by_rank:
            donors = self.ranking.shortlist(max(0, last - first), first)
            ranks = list(range(first + 1, last + 1))
        else:
            chosen = self._order[first:last]
            donors, ranks = self._donors.take(chosen), (self._places[chosen] + 1).tolist()
        return Part(donors, ranks, self._bands(donors).tolist())

    @cached_property
    def _order(self) -> Array:
        """The donors by the column asked, those without a value last, equals by rank."""
        name = self.sort.removeprefix("-")
        turned = self.sort.startswith("-")
        order: Array
        if name == "rank":
            order = np.arange(self.total)[:: -1 if turned else 1]
        else:
            keys, missing = column_of(self.session, self.ranking, self._donors, name, now=self.now)
            order = np.lexsort([-keys if turned else keys, missing])
        return order

    @property
    def banded_by(self) -> tuple[str, ...]:
        """What the donors of one band have in common; nothing where the order does not keep bands together."""
        column = self.sort.removeprefix("-")
        if column == "grade":
            return ("grade",)
        if column not in ("rank", "verdict"):  # the verdict is the first key of the rank
            return ()
        policy = self.ranking.policy
        band = policy.band_keys
        return (*band, "grade") if policy.keys[len(band)] == "grade" else band

    def _bands(self, donors: Shortlist) -> Array:
        """The band of each donor as one number."""
        code = np.zeros(len(donors.rows), dtype=np.int64)
        if "verdict" in self.banded_by:
            code += self.ranking.bands_of(donors)
        code *= NO_GRADE + 1
        return code + (self.ranking.grade_rank[donors.phenotypes] if "grade" in self.banded_by else NO_GRADE)

    def bands(self) -> dict[int, Json]:
        """The bands of the whole list: what their donors have in common, and how many they are."""
        if not self.banded_by:
            return {}
        codes, counts = np.unique(self._bands(self._donors), return_counts=True)
        return {
            code: self._described(code, donors) for code, donors in zip(codes.tolist(), counts.tolist(), strict=True)
        }

    def _described(self, code: int, donors: int) -> Json:
        rest, grade = divmod(code, NO_GRADE + 1)
        described: Json = {"grade": None if grade == NO_GRADE else GRADE_ORDER[grade], "donors": donors}
        if "verdict" in self.banded_by:
            band = band_of(self.ranking.policy.band_keys, rest)
            described |= {
                "verdict": LISTED_VERDICTS[band["verdict"]].value,
                "strong_possible": bool(band["strong_possible"]),
                "has_date": not band["has_date"],
                "evidence": band.get("evidence"),
            }
        return described
