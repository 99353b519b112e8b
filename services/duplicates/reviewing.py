"""What a person sees who decides of a pair: the queue, two records side by side, and what a merge would do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from domain.errors import NotFound, RefusedByRule
from models.donor import Donor, DonorIdentity
from models.duplicate import DuplicatePair, PairState
from services.donor_records import audit_donor, open_donor
from services.duplicates.choices import Offer, offers_of
from services.duplicates.moving import rows_to_move
from services.duplicates.pairs import AWAITING, refuse_if_one
from services.duplicates.refusals import refuse_merge
from services.reference import active_reference


@dataclass(frozen=True, slots=True)
class PairLine:
    """A pair in the queue, by the numbers of its donors alone."""

    id: int
    first: str
    second: str
    state: PairState
    weight: float
    probability: float
    conflicts: Sequence[str]


@dataclass(frozen=True, slots=True)
class Queue:
    """The pairs that wait, how many of each state there are, and those judged the same that nobody has merged."""

    waiting: Sequence[PairLine]
    to_merge: Sequence[PairLine]
    counts: Mapping[PairState, int]

    @property
    def left(self) -> int:
        """How many pairs wait for somebody."""
        return sum(self.counts.get(state, 0) for state in AWAITING)

    @property
    def decided(self) -> int:
        """How many pairs were judged."""
        return sum(self.counts.values()) - self.left


@dataclass(frozen=True, slots=True)
class Step:
    """One bar of the waterfall: what a field adds, in bits, and where the sum stands after it."""

    field: str
    level: str
    weight: float
    total: float


@dataclass(frozen=True, slots=True)
class Review:
    """Two records side by side, with who they are: `offers` are seen from `survivor`."""

    pair: DuplicatePair
    survivor: Donor
    merged: Donor
    offers: Sequence[Offer] = field(repr=False)
    steps: Sequence[Step]
    refused: RefusedByRule | None  # why the two cannot be merged
    rows: Mapping[str, tuple[int, int]]  # by table: how many would follow, and how many both have
    next_id: int | None
    left: int

    @property
    def is_one(self) -> bool:
        """Whether the two records were merged, so that there is nothing left to judge."""
        return self.survivor.merged_into_id is not None or self.merged.merged_into_id is not None


def open_queue(session: Session, *, limit: int, offset: int = 0) -> Queue:
    """The pairs that wait, the likeliest first, those put off last; nobody is named."""
    grouped = select(col(DuplicatePair.state), sa.func.count()).group_by(col(DuplicatePair.state))
    counts = {PairState(state): count for state, count in session.exec(grouped)}
    waiting = _lines(session, col(DuplicatePair.state).in_(AWAITING), limit=limit, offset=offset)
    to_merge = _lines(session, col(DuplicatePair.state) == PairState.SAME, limit=limit, only_unmerged=True)
    return Queue(waiting, to_merge, counts)


def count_waiting(session: Session) -> int:
    """How many pairs wait for somebody."""
    query = select(sa.func.count()).select_from(DuplicatePair).where(col(DuplicatePair.state).in_(AWAITING))
    return session.exec(query).one()


def open_review(session: Session, *, pair_id: int, survivor: str | None, actor: str, now: datetime) -> Review:
    """Two records side by side; `survivor` is the number of the one to keep, else the one on record for longer.

    That somebody looked at who they are is kept in the trail of each: that needs a write session.

    Raises:
        NotFound: no such pair, or one of another donor.
    """
    pair, kept, gone = _pair_of(session, pair_id, survivor)
    refused = _refusal(session, pair, kept, gone)
    people = [(one, session.get(DonorIdentity, one.id)) for one in (kept, gone)]
    for one, identity in people:
        if identity is not None:
            audit_donor(session, one, "donor_identity_shown", actor=actor, now=now, details={"pair": pair_id})
    return Review(
        pair=pair,
        survivor=kept,
        merged=gone,
        offers=offers_of(people[0], people[1], active_reference(session)),
        steps=waterfall_of(pair),
        refused=refused,
        rows={} if refused else rows_to_move(session, merged_id=gone.id or 0, survivor_id=kept.id or 0),
        next_id=next_waiting(session, after=pair),
        left=count_waiting(session),
    )


def pair_numbers(session: Session, pair_id: int, *, survivor: str | None, version: int | None) -> tuple[str, str]:
    """The number of the record to keep, and of the one that goes.

    Raises NotFound, RefusedByRule where somebody judged the pair since it was opened.
    """
    pair, kept, gone = _pair_of(session, pair_id, survivor)
    if pair.version_id != version:
        raise RefusedByRule("pair_changed_meanwhile")
    return kept.donor_number, gone.donor_number


def next_waiting(session: Session, *, after: DuplicatePair) -> int | None:
    """The pair to look at after this one in the order of the queue, from its end back to its beginning."""
    columns = sa.select(col(DuplicatePair.id), col(DuplicatePair.weight), col(DuplicatePair.state))
    places = {one.id: _place(one) for one in session.execute(columns.where(col(DuplicatePair.state).in_(AWAITING)))}
    places.pop(after.id, None)
    behind = [key for key, place in places.items() if place > _place(after)]
    found: int | None = min(behind or places, key=places.__getitem__, default=None)
    return found


def _place(pair: Any) -> tuple[bool, float, int]:
    """Where a pair stands in the queue, as `_ordered` puts it."""
    return pair.state == PairState.LATER, -pair.weight, pair.id


def waterfall_of(pair: DuplicatePair) -> list[Step]:
    """The prior, then what each field adds, the most telling first, with the sum after each; bits."""
    parts = sorted(pair.waterfall, key=lambda part: -abs(part["weight"]))
    total = pair.weight - sum(part["weight"] for part in parts)
    steps = [Step("prior", "prior", total, total)]
    for part in parts:
        total += part["weight"]
        steps.append(Step(part["field"], part["level"], part["weight"], total))
    return steps


def _pair_of(session: Session, pair_id: int, survivor: str | None) -> tuple[DuplicatePair, Donor, Donor]:
    pair = session.get(DuplicatePair, pair_id)
    if pair is None:
        raise NotFound("unknown_pair")
    donors = [session.get_one(Donor, donor_id) for donor_id in (pair.first_id, pair.second_id)]
    first, second = sorted(donors, key=lambda one: (one.created_at, one.id))
    if survivor is None or survivor == first.donor_number:
        return pair, first, second
    if survivor == second.donor_number:
        return pair, second, first
    raise NotFound("unknown_pair")


def _refusal(session: Session, pair: DuplicatePair, kept: Donor, gone: Donor) -> RefusedByRule | None:
    try:
        for one in (kept, gone):
            open_donor(session, one.donor_number)
        refuse_if_one(session, pair)
        refuse_merge(session, kept, gone)
    except RefusedByRule as refused:
        return refused
    return None


def _ordered(query: Any) -> Any:
    put_off = col(DuplicatePair.state) == PairState.LATER
    return query.order_by(put_off, col(DuplicatePair.weight).desc(), col(DuplicatePair.id))


def _lines(
    session: Session, condition: sa.ColumnElement[bool], *, limit: int, offset: int = 0, only_unmerged: bool = False
) -> list[PairLine]:
    first, second = aliased(Donor), aliased(Donor)
    query = (
        select(DuplicatePair, first.donor_number, second.donor_number)
        .join(first, col(first.id) == col(DuplicatePair.first_id))
        .join(second, col(second.id) == col(DuplicatePair.second_id))
        .where(condition)
    )
    if only_unmerged:
        query = query.where(col(first.merged_into_id).is_(None), col(second.merged_into_id).is_(None))
    rows = session.exec(_ordered(query).limit(limit).offset(offset)).all()
    return [
        PairLine(row.id or 0, one, other, row.state, row.weight, row.probability, row.conflicts)
        for row, one, other in rows
    ]
