"""Merges one donor's record into another's; what it changed is kept, so that it can be undone for thirty days."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, select

from domain.campaign_life import Step
from domain.errors import RefusedByRule
from models.donor import TYPING_COLUMNS, Donor, DonorIdentity, DonorTyping, identity_indexes
from models.duplicate import DonorMerge, DuplicatePair, PairState
from services.allocation.ending import end_overrides_of
from services.campaigns.opt_out import end_invitations
from services.campaigns.steps import When
from services.donor_consent import forget_columns
from services.donor_records import audit_donor, clean_reason, open_donor, settle_donor
from services.duplicates.choices import chosen_values, offers_of
from services.duplicates.journal import Content, content_about, difference
from services.duplicates.moving import move_rows
from services.duplicates.refusals import refuse_merge
from services.duplicates.samples import join_samples, priors_of
from services.imports.fields import IDENTITY_COLUMNS
from services.rare_donors.asking import ask_for_refresh
from services.reference import active_reference

UNDO_DAYS = 30
BY_MERGE = "merge"  # source of a typing that two records made together


@dataclass(frozen=True, slots=True)
class Merge:
    """What a person asks: which record stays, which goes, as they were when opened, and whose word holds by field."""

    survivor: str
    merged: str
    versions: tuple[int, int]
    takes: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""


def merge_donors(session: Session, wish: Merge, *, actor: str, timing: When) -> DonorMerge:
    """Make one record of two. The number of the record that goes stays on record and leads to the other.

    Raises:
        NotFound: no such donor.
        RefusedByRule: restricted or erased, changed since, the same record, other antigens, in each other's way, or
            judged to be two persons.
        InvalidFields: no reason, or a field of which a person must say who is right.
    """
    survivor = open_donor(session, wish.survivor, version=wish.versions[0])
    merged = open_donor(session, wish.merged, version=wish.versions[1])
    refuse_merge(session, survivor, merged)
    _refuse_judged(session, survivor, merged)
    reason, values = clean_reason(wish.reason), _values(session, survivor, merged, wish.takes)
    survivor_id, merged_id = survivor.id or 0, merged.id or 0
    before = content_about(session, (survivor_id, merged_id))
    priors = priors_of(session, survivor), priors_of(session, merged)
    _keep_typings(session, survivor, merged)
    moved = move_rows(session, merged_id=merged_id, survivor_id=survivor_id)
    _settle_pairs(session, survivor_id, merged_id, reason=reason, actor=actor, now=timing.now)
    values |= join_samples(session, survivor_id, priors)
    _join(session, survivor, merged, values, actor=actor, timing=timing)
    row = DonorMerge(
        survivor_id=survivor_id,
        merged_id=merged_id,
        merged_at=timing.now,
        merged_by=actor,
        reason=reason,
        moved=dict(moved),
        journal=_journal(session, before, survivor, merged),
        kept_until=timing.now + timedelta(days=UNDO_DAYS),
    )
    session.add(row)
    session.flush()
    numbers = {"survivor": survivor.donor_number, "merged": merged.donor_number}
    details = {"merge": row.id, **numbers, "moved": row.moved}
    for donor in (survivor, merged):
        audit_donor(session, donor, "donor_merged", actor=actor, now=timing.now, details=details)
    ask_for_refresh(session, actor=actor, now=timing.now)
    return row


def _refuse_judged(session: Session, survivor: Donor, merged: Donor) -> None:
    """What somebody judged holds until a person judges it anew."""
    ids = sorted((survivor.id or 0, merged.id or 0))
    query = select(DuplicatePair).where(DuplicatePair.first_id == ids[0], DuplicatePair.second_id == ids[1])
    pair = session.exec(query).first()
    if pair is not None and pair.state is PairState.DIFFERENT:
        raise RefusedByRule("pair_judged_different", donor=merged.donor_number, other=survivor.donor_number)


def _journal(session: Session, before: Content, survivor: Donor, merged: Donor) -> dict[str, Any]:
    """What changed, and the withdrawal that both records brought: an undo tells by it whether one came since."""
    after = content_about(session, (survivor.id or 0, merged.id or 0))
    withdrawn = survivor.consent_withdrawn_at
    return {**difference(before, after), "withdrawn": withdrawn.isoformat() if withdrawn else None}


def _values(session: Session, survivor: Donor, merged: Donor, takes: Mapping[str, str]) -> dict[str, Any]:
    pairs = [(one, session.get(DonorIdentity, one.id)) for one in (survivor, merged)]
    return chosen_values(offers_of(pairs[0], pairs[1], active_reference(session)), takes)


def _keep_typings(session: Session, survivor: Donor, merged: Donor) -> None:
    """What each record was typed as stays in the history of the one, also where it never changed before."""
    for donor in (survivor, merged):
        texts = {name: getattr(donor, name) for name in TYPING_COLUMNS}
        known = select(DonorTyping.id).where(DonorTyping.donor_id == donor.id).limit(1)
        if any(texts.values()) and session.exec(known).first() is None:
            session.add(DonorTyping(donor_id=donor.id or 0, recorded_at=donor.created_at, source="", **texts))
    session.flush()


def _settle_pairs(
    session: Session, survivor_id: int, merged_id: int, *, reason: str, actor: str, now: datetime
) -> None:
    """The pair is decided; what else was found of the record that goes is looked for anew."""
    gone = (DuplicatePair.first_id == merged_id) | (DuplicatePair.second_id == merged_id)
    for pair in session.exec(select(DuplicatePair).where(gone)).all():
        if survivor_id in (pair.first_id, pair.second_id):
            pair.state, pair.reason = PairState.SAME, reason
            pair.decided_at, pair.decided_by = now, actor
            session.add(pair)
        else:
            session.delete(pair)
    session.flush()


def _join(
    session: Session, survivor: Donor, merged: Donor, values: Mapping[str, Any], *, actor: str, timing: When
) -> None:
    """The survivor gets the values, the stricter consent and the identity; the other is left with its number alone."""
    typed = {name: values.get(name, "") for name in TYPING_COLUMNS}
    retyped = any(typed[name] != getattr(survivor, name) for name in TYPING_COLUMNS)
    withdrawn = [one.consent_withdrawn_at for one in (survivor, merged) if one.consent_withdrawn_at]
    survivor.consent_contact = survivor.consent_contact and merged.consent_contact
    survivor.consent_withdrawn_at = max(withdrawn, default=None)
    for name in set(values) - set(IDENTITY_COLUMNS):
        setattr(survivor, name, values[name])
    _put_identity(session, survivor.id or 0, {name: values.get(name) for name in IDENTITY_COLUMNS})
    if (gone := session.get(DonorIdentity, merged.id)) is not None:
        session.delete(gone)
    forget_columns(merged, now=timing.now)
    merged.merged_into_id = survivor.id
    if retyped:
        session.add(DonorTyping(donor_id=survivor.id or 0, recorded_at=timing.now, source=BY_MERGE, **typed))
    for donor in (survivor, merged):
        settle_donor(session, donor, now=timing.now)
    if withdrawn:
        end_invitations(session, donor_id=survivor.id or 0, step=Step.OPT_OUT, actor=actor, timing=timing)
        end_overrides_of(session, survivor.id or 0, because="consent_withdrawn", actor=actor, now=timing.now)


def _put_identity(session: Session, donor_id: int, values: Mapping[str, str | None]) -> None:
    identity = session.get(DonorIdentity, donor_id) or DonorIdentity(donor_id=donor_id)
    if not any(values.values()):
        return
    indexed = ("last_name", "first_name", "birth_date", "phone", "email")
    for name, value in {**values, **identity_indexes(**{name: values[name] for name in indexed})}.items():
        setattr(identity, name, value)
    session.add(identity)
    session.flush()
