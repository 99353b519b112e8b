"""The ranked donors narrowed to those who can give on the day asked, in the same order."""

from dataclasses import fields

from services.matching.index import EPOCH, Array
from services.matching.shortlist import Ranking, Shortlist


def available_shortlist(ranking: Ranking, ranked: int) -> Shortlist:
    """Those of the first `ranked` donors whose first eligible day is the day asked; every one is looked at."""
    whole = ranking.shortlist(ranked)
    return _picked(whole, whole.first_eligible_day == (ranking.scope.on - EPOCH).days)


def part_of(shortlist: Shortlist, first: int, size: int) -> Shortlist:
    """At most `size` donors of a shortlist, from place `first` on (counted from 0)."""
    return _picked(shortlist, slice(first, first + size))


def _picked(shortlist: Shortlist, which: Array | slice) -> Shortlist:
    return Shortlist(*(getattr(shortlist, field.name)[which] for field in fields(shortlist)))
