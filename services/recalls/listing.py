"""The one list of what is to be done, and what of it a person may see."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from sqlmodel import Session

from domain.reservation import Timing
from services.rare_donors.listing import RareEntry
from services.recalls.kinds import Item, Kind, May, in_order, whose
from services.recalls.patients import autologous_due, lapsing_directives, old_sera
from services.recalls.recruiting import campaigns_due, items_of, rare_donors_due
from services.recalls.reserved import calls_to_make, lost_donors, missed_appointments, missed_donations

Source = Callable[[Session, Timing], list[Item]]
RARE = (Kind.CONFIRMATION, Kind.RARE_AGAIN, Kind.RARE_CONTACT)
SOURCES: Mapping[tuple[Kind, ...], Source] = {
    (Kind.LOST_DONOR,): lost_donors,
    (Kind.RESERVED_CALLS,): calls_to_make,
    (Kind.MISSED_DONATION,): missed_donations,
    (Kind.MISSED_APPOINTMENT,): missed_appointments,
    (Kind.REMINDERS, Kind.SECOND_SAMPLES, Kind.CAMPAIGN_CALLS): campaigns_due,
    (Kind.AUTOLOGOUS,): autologous_due,
    RARE: rare_donors_due,
    (Kind.DIRECTIVE,): lapsing_directives,
    (Kind.SERUM,): old_sera,
}


@dataclass(frozen=True, slots=True)
class Heap:
    """All the work of one kind: how much, and the day on which the first of it is or was due."""

    kind: Kind
    count: int
    due_on: date


def work_items(session: Session, may: May, timing: Timing, *, rare: Sequence[RareEntry] | None = None) -> list[Item]:
    """What is to be done by somebody with these permissions, the most pressing first.

    `rare` are the entries of the rare-donor file where the caller has read them already.
    """
    found: list[Item] = []
    for kinds, source in SOURCES.items():
        if any(whose(kind, may) for kind in kinds):
            known = kinds == RARE and rare is not None
            found += items_of(rare or (), timing.today) if known else source(session, timing)
    return sorted(mine(found, may), key=in_order)


def mine(items: Iterable[Item], may: May) -> list[Item]:
    """The items that somebody with these permissions may see."""
    return [one for one in items if whose(one.kind, may)]


def heaps_of(items: Iterable[Item]) -> list[Heap]:
    """The work by kind, in the order in which it is to be done. `items` are in order."""
    return [
        Heap(kind, sum(one.count for one in group), min(one.due_on for one in group))
        for kind, group in ((kind, list(found)) for kind, found in groupby(items, key=_kind))
    ]


def count_by_kind(items: Iterable[Item]) -> Counter[Kind]:
    """How much of each kind there is."""
    counts: Counter[Kind] = Counter()
    for one in items:
        counts[one.kind] += one.count
    return counts


def _kind(item: Item) -> Kind:
    return item.kind
