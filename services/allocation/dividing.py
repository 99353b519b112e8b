"""The division of the donors of now among the open requests, with all that it was made of (domain.allocation)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from sqlmodel import Session

from domain.allocation import Allocation, Given, Need, Offer, Pair, Supply, allocate
from domain.allocation_fixed import FixFault, sort_fixed
from domain.errors import Issue, UnusableInput
from models.allocation import AllocationRun, MarkKind
from models.donor import Donor
from models.request import Urgency
from services.allocation.candidates import Fit, Found, find_candidates
from services.allocation.terms import (
    MOST_DAYS,
    Json,
    Mark,
    Reserved,
    Span,
    days_reserved,
    interval_days,
    last_run,
    standing_marks,
    units_found,
)
from services.matching.donor_rows import load_numbers
from services.matching.index import RegistryIndex
from services.matching.snapshots import SnapshotStore, current_index
from services.reference import parameters
from services.requests import list_open_requests

MOST_REQUESTS = 1_000


@dataclass(frozen=True, slots=True)
class Inputs:
    """What is divided: units needed by request, the days (ordinals) of each donor, who fits what, and what stands."""

    needs: Mapping[str, Need]
    days: Mapping[str, tuple[int, ...]]
    offers: Sequence[Offer]
    fixed: Sequence[Given]
    kept: frozenset[Pair]
    forbidden: frozenset[Pair]
    interval_days: int

    def solve(self, *more: Given) -> Allocation:
        """The division, with more fixed donations. Raises ValueError where these cannot stand beside the others."""
        return allocate(
            list(self.needs.values()),
            [Supply(number, days) for number, days in self.days.items()],
            self.offers,
            interval_days=self.interval_days,
            fixed=[*self.fixed, *more],
            kept=self.kept,
            forbidden=self.forbidden,
        )


@dataclass(frozen=True, slots=True)
class Division:
    """What was asked, who fits, what people marked and reserved, and the answer; patients and donors by number.

    `patients` are those of every open request, `served` the requests that a day of the span serves. `rows` (of the
    index) and `missed` (for whom a donor is spared, at what cost) are of the donors who fit anybody who asks.
    """

    span: Span
    index: RegistryIndex
    asked: Sequence[Json]
    patients: Mapping[str, str]
    served: Mapping[str, Need]
    found: Found
    rows: Mapping[str, int]
    missed: Mapping[str, Mapping[str, int]]
    marks: Sequence[Mark]
    fix_faults: Sequence[tuple[Mark, FixFault]]
    reserved: Sequence[Reserved]
    run: AllocationRun | None
    inputs: Inputs
    answer: Allocation
    said: Sequence[Issue]


def divide(session: Session, store: SnapshotStore, *, span: Span) -> Division:
    """Divide the donors; nothing is reserved. Raises UnusableInput for a span that is none.

    A request counts with the units that have no reservation yet; it takes donations that are ready before it is
    needed and not too old by then (parameters `platelet_ready_days`, `platelet_shelf_days`).
    """
    if not 1 <= span.days <= MOST_DAYS:
        raise UnusableInput("allocation_days", most=MOST_DAYS)
    index, said = current_index(session, store)
    asked, _ = list_open_requests(session, limit=MOST_REQUESTS)
    patients = {one["code"]: one["patient"] for one in asked}
    in_turn = sorted(asked, key=lambda one: (one["needed_by"], one["patient"], one["code"]))
    served = {one["code"]: need for turn, one in enumerate(in_turn) if (need := _need(one, span, turn))}
    reserved, marks, run = units_found(session), standing_marks(session), last_run(session)
    found = find_candidates(
        session,
        index,
        on=span.first,
        wanting={patients[code] for code in served},
        reserved=_rows_reserved(index, patients, reserved),
    )
    needs = {code: need for code, need in served.items() if patients[code] in found.fits}
    named = _named(session, index, {patients[code] for code in needs}, found.fits)
    days, missed = _days(session, index, span, named), _missed(found.fits, named)
    offers = list(_offers(needs, patients, found.fits, named, missed))
    interval, forbidden = interval_days(span.first), _forbidden(marks)
    fixed, faults = _sorted_marks(_to_fix(marks, reserved), needs, days, offers, interval, forbidden)
    inputs = Inputs(needs, days, offers, fixed, pairs_of(run), forbidden, interval)
    rows = {number: row for row, number in named.items()}
    return Division(
        span, index, asked, patients, served, found, rows, missed, marks, faults, reserved, run, inputs,
        inputs.solve(), said,
    )  # fmt: skip


def _forbidden(marks: Iterable[Mark]) -> frozenset[Pair]:
    """The pairs (request, donor) that people forbade."""
    return frozenset((one.request, one.donor) for one in marks if one.kind is MarkKind.FORBIDDEN)


def pairs_of(run: AllocationRun | None) -> frozenset[Pair]:
    """The pairs (request, donor) that a run gave."""
    return frozenset((one["request"], one["donor_number"]) for one in run.answer["given"]) if run else frozenset()


def _need(asked: Json, span: Span, turn: int) -> Need | None:
    """A request as units to be given within the span; None where none is open or no day of the span serves it."""
    known = parameters()
    day = asked["needed_by"].astimezone(span.zone).date()
    first = max(span.first, day - timedelta(days=int(known["platelet_shelf_days"])))
    last = min(span.last, day - timedelta(days=int(known["platelet_ready_days"])))
    if first > last or not asked["remaining"]:
        return None
    urgent = asked["urgency"] == Urgency.BLEEDING.value
    return Need(asked["code"], asked["remaining"], first.toordinal(), last.toordinal(), urgent, turn)


def _rows_reserved(
    index: RegistryIndex, patients: Mapping[str, str], reserved: Sequence[Reserved]
) -> Mapping[str, set[int]]:
    """By patient, the index rows of the donors reserved for them."""
    by_id = rows_of(index, [one.donor for one in reserved])
    found: dict[str, set[int]] = defaultdict(set)
    for one in reserved:
        if one.donor.id in by_id and one.request in patients:
            found[patients[one.request]].add(by_id[one.donor.id])
    return found


def rows_of(index: RegistryIndex, donors: Sequence[Donor]) -> dict[int | None, int]:
    """The index row of each donor by id; one who is not searched has none."""
    ids = np.array([one.id for one in donors], dtype=np.int64)
    rows = np.flatnonzero(np.isin(index.donor_id, ids))
    return {int(index.donor_id[row]): int(row) for row in rows}


def _named(
    session: Session, index: RegistryIndex, wanting: Iterable[str], fits: Mapping[str, Fit]
) -> Mapping[int, str]:
    """The numbers of the donors who fit anybody who asks, by index row."""
    chosen = sorted({row for patient in wanting for row in fits[patient].rows})
    numbers = load_numbers(session, [int(index.donor_id[row]) for row in chosen])
    return {row: numbers[int(index.donor_id[row])] for row in chosen}


def _missed(fits: Mapping[str, Fit], named: Mapping[int, str]) -> Mapping[str, Mapping[str, int]]:
    """By donor, the patients who have few others, and how many places lower the donor stands for anybody else."""
    known = parameters()
    few, spared = int(known["allocation_few_donors"]), int(known["allocation_spare_places"])
    missed: dict[str, dict[str, int]] = defaultdict(dict)
    for patient, fit in fits.items():
        if len(fit.rows) <= few:
            for row in fit.rows:
                if row in named:
                    missed[named[row]][patient] = spared // len(fit.rows)
    return missed


def _offers(
    needs: Mapping[str, Need],
    patients: Mapping[str, str],
    fits: Mapping[str, Fit],
    named: Mapping[int, str],
    missed: Mapping[str, Mapping[str, int]],
) -> Iterable[Offer]:
    """Each donor at their place in the patient's list; one of few for another patient stands lower, to be spared."""
    for code in needs:
        patient = patients[code]
        for place, row in enumerate(fits[patient].rows):
            elsewhere = sum(cost for other, cost in missed.get(named[row], {}).items() if other != patient)
            yield Offer(code, named[row], place + elsewhere)


def _days(
    session: Session, index: RegistryIndex, span: Span, named: Mapping[int, str]
) -> Mapping[str, tuple[int, ...]]:
    """The days on which each donor may give and is far enough from every day they are reserved for."""
    days: dict[int, list[int]] = defaultdict(list)
    for day in days_of(span):
        eligible = index.eligible_rows(day)
        for row in named:
            if eligible[row]:
                days[row].append(day.toordinal())
    taken, interval = days_reserved(session, named.values(), span), interval_days(span.first)
    return {
        number: tuple(day for day in days[row] if all(abs(day - one) >= interval for one in taken[number]))
        for row, number in named.items()
    }


def days_of(span: Span) -> list[date]:
    """Every day of the span."""
    return [span.first + timedelta(days=n) for n in range(span.days)]


def _to_fix(marks: Sequence[Mark], reserved: Sequence[Reserved]) -> Mapping[Given, Mark]:
    """The fixed donations with their marks, the first made first, without those that are reserved by now."""
    done = {(one.request, one.donor.donor_number, one.row.day) for one in reserved}
    return {
        Given(one.request, one.donor, one.day.toordinal(), 0): one
        for one in marks
        if one.day and (one.request, one.donor, one.day) not in done
    }


def _sorted_marks(
    wanted: Mapping[Given, Mark],
    needs: Mapping[str, Need],
    days: Mapping[str, tuple[int, ...]],
    offers: Sequence[Offer],
    interval: int,
    forbidden: frozenset[Pair],
) -> tuple[list[Given], list[tuple[Mark, FixFault]]]:
    """The fixed donations that stand, and the marks of those that cannot, with why."""
    if not wanted:
        return [], []
    supplies = [Supply(number, free) for number, free in days.items()]
    stand, faults = sort_fixed(
        needs.values(), supplies, offers, list(wanted), interval_days=interval, forbidden=forbidden
    )
    return stand, [(wanted[one], fault) for one, fault in faults]
