"""Forgets what pairs and merges keep of donors: when one is erased, and when the time to undo is over."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models.donor import Donor
from models.duplicate import DonorMerge, DuplicatePair


def forget_pairs_and_merges(session: Session, donor_id: int) -> Sequence[str]:
    """Drop the pairs of a donor who is to be erased, and what merges kept; the numbers of the records merged in."""
    earlier = session.exec(select(Donor).where(Donor.merged_into_id == donor_id)).all()
    ids = [donor_id, *(one.id or 0 for one in earlier)]
    pairs = sa.or_(col(DuplicatePair.first_id).in_(ids), col(DuplicatePair.second_id).in_(ids))
    session.connection().execute(sa.delete(DuplicatePair).where(pairs))
    merges = sa.or_(col(DonorMerge.survivor_id).in_(ids), col(DonorMerge.merged_id).in_(ids))
    _empty(session, merges, with_reasons=True)
    return [one.donor_number for one in earlier]


def forget_journals(session: Session, *, now: datetime) -> int:
    """Empty the journals that are too old to be played back; how many they were."""
    return _empty(session, col(DonorMerge.kept_until) < now, with_reasons=False)


def _empty(session: Session, condition: sa.ColumnElement[bool], *, with_reasons: bool) -> int:
    rows = session.exec(select(DonorMerge).where(condition)).all()
    for row in rows:
        row.journal, row.kept_until = {}, None
        if with_reasons:
            row.reason = row.undo_reason = ""
        session.add(row)
    session.flush()
    return len(rows)
