"""Undoes a merge: both records are put back as they were, but for what was said of the person since."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from domain.errors import NotFound, RefusedByRule
from models.donor import Deferral, Donor
from models.duplicate import DonorMerge
from services.donor_records import audit_donor, clean_reason, derive_donor, open_donor
from services.donors import mark_registry_changed
from services.duplicates.journal import play_back
from services.rare_donors.asking import ask_for_refresh

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Merged:
    """A merge on record, and the numbers of its two donors."""

    row: DonorMerge
    survivor: str
    merged: str

    def days_left(self, today: date) -> int:
        """For how many days more it can be undone; none once it was, or once what it takes is gone."""
        if self.row.undone_at is not None or self.row.kept_until is None:
            return 0
        return max(0, (self.row.kept_until.date() - today).days)


def list_merges(session: Session) -> Sequence[Merged]:
    """The merges, latest first."""
    return _merges(session)


def get_merge(session: Session, merge_id: int) -> Merged:
    """One merge. Raises NotFound."""
    found = _merges(session, DonorMerge.id == merge_id)
    if not found:
        raise NotFound("unknown_merge")
    return found[0]


def undo_merge(session: Session, *, merge_id: int, version: int, reason: str, actor: str, now: datetime) -> DonorMerge:
    """Make two records of one again.

    What was recorded of the survivor since stays with it, and a no said since holds for both: a withdrawal of consent
    and a deferral, for nobody knows of which of the two it was.

    Raises:
        NotFound: no such merge.
        InvalidFields: no reason.
        RefusedByRule: undone already, too late, changed since it was opened, another merge came after it, or the
            survivor may not be changed.
    """
    merge = get_merge(session, merge_id)
    row = merge.row
    kept = clean_reason(reason)
    survivor = _refuse_undo(session, merge, version=version, now=now)
    withdrawn = survivor.consent_withdrawn_at
    since = withdrawn if withdrawn and withdrawn.isoformat() != row.journal["withdrawn"] else None
    try:
        whole = play_back(session, row.journal)
    except IntegrityError as error:  # something that a row referred to is gone
        raise RefusedByRule("merge_undo_blocked", donor=merge.survivor) from error
    donors = [session.get_one(Donor, donor_id) for donor_id in (row.survivor_id, row.merged_id)]
    _carry_refusals(session, donors[0], donors[1], withdrawn=since, merged_at=row.merged_at)
    for donor in donors:
        if not whole.get(donor.id or 0, False):
            donor.row_hash = None  # the next file is compared value by value
        derive_donor(session, donor, now=now)
    mark_registry_changed(session, now=now)
    row.undone_at, row.undone_by, row.undo_reason = now, actor, kept
    row.journal, row.kept_until = {}, None
    session.add(row)
    session.flush()
    details = {"merge": row.id, "survivor": merge.survivor, "merged": merge.merged}
    for donor in donors:
        audit_donor(session, donor, "donor_merge_undone", actor=actor, now=now, details=details)
    ask_for_refresh(session, actor=actor, now=now)
    return row


def _merges(session: Session, *conditions: bool | sa.ColumnElement[bool]) -> list[Merged]:
    survivor, merged = aliased(Donor), aliased(Donor)
    query = (
        select(DonorMerge, survivor.donor_number, merged.donor_number)
        .join(survivor, col(survivor.id) == col(DonorMerge.survivor_id))
        .join(merged, col(merged.id) == col(DonorMerge.merged_id))
        .where(*conditions)
        .order_by(col(DonorMerge.id).desc())
        .limit(MOST_SHOWN)
    )
    return [Merged(row, one, other) for row, one, other in session.exec(query)]


def _refuse_undo(session: Session, merge: Merged, *, version: int, now: datetime) -> Donor:
    row = merge.row
    if row.undone_at is not None:
        raise RefusedByRule("merge_undone_already", donor=merge.merged)
    if row.version_id != version:
        raise RefusedByRule("changed_meanwhile", donor=merge.survivor)
    if row.kept_until is None or row.kept_until < now:
        raise RefusedByRule("merge_undo_too_late", donor=merge.merged)
    both = (DonorMerge.survivor_id == row.survivor_id) | (DonorMerge.merged_id == row.survivor_id)
    if later := [one for one in _merges(session, both, col(DonorMerge.id) > row.id) if one.row.undone_at is None]:
        raise RefusedByRule("merge_undo_later_first", donor=later[0].merged, into=later[0].survivor)
    return open_donor(session, merge.survivor)


def _carry_refusals(
    session: Session, survivor: Donor, merged: Donor, *, withdrawn: datetime | None, merged_at: datetime
) -> None:
    """What the person refused since the merge, and what they must not do, holds for both records."""
    if withdrawn is not None:
        for donor in (survivor, merged):
            donor.consent_contact, donor.consent_withdrawn_at = False, withdrawn
            session.add(donor)
    since = select(Deferral).where(Deferral.donor_id == survivor.id, col(Deferral.recorded_at) > merged_at)
    for one in session.exec(since.where(col(Deferral.lifted_at).is_(None))).all():
        session.add(Deferral(**one.model_dump(exclude={"id", "donor_id"}), donor_id=merged.id or 0))
    session.flush()
