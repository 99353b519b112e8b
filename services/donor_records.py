"""What is recorded of a donor: opening a record for an edit, settling it, deferrals and donations."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from domain.errors import FieldFault, InvalidFields, NotFound, RefusedByRule, UnusableInput
from models.donor import Deferral, Donation, DonationKind, Donor, DonorIdentity
from models.registry import STATE_ID, RegistryState
from services.audit import record_audit
from services.donor_donations import donations_of
from services.donors import DonorDeriver, deferrals_of, mark_registry_changed, record_gaps
from services.explanations import get_donor
from services.imports.values import DateOrder, Fault, parse_date
from services.reference import active_reference
from services.rule_tables import eligibility_rules

LONGEST_REASON = 500
FIRST_DAY = date(1900, 1, 1)


def open_donor(session: Session, number: str, *, version: int | None = None, even_restricted: bool = False) -> Donor:
    """The donor of that number, to be changed. Raises NotFound, and RefusedByRule for one nobody may change now.

    `version` is the one that the person had before them.
    """
    donor = get_donor(session, number)
    if donor.erased_at:
        raise RefusedByRule("donor_erased", donor=number)
    if donor.restricted_at and not even_restricted:
        raise RefusedByRule("donor_restricted", donor=number)
    if version is not None and donor.version_id != version:
        raise RefusedByRule("changed_meanwhile", donor=number)
    return donor


def clean_reason(text: str, *, field: str = "reason") -> str:
    """A reason in one line. Raises InvalidFields where there is none, or more than a reason."""
    reason = " ".join(text.split())
    if not reason:
        raise InvalidFields([FieldFault(field, "reason_needed")])
    if len(reason) > LONGEST_REASON or not reason.isprintable():
        raise InvalidFields([FieldFault(field, "reason_unusable", {"most": LONGEST_REASON})])
    return reason


def read_day(text: str, *, field: str, required: bool = True) -> date | None:
    """A day typed in a form, day first or in ISO form. Raises InvalidFields."""
    if not text.strip():
        if required:
            raise InvalidFields([FieldFault(field, "day_needed")])
        return None
    day = parse_date(text.strip(), DateOrder.DAY_FIRST)
    if isinstance(day, Fault):
        raise InvalidFields([FieldFault(field, day.code, {"text": text.strip(), **day.params})])
    return day


def settle_donor(session: Session, donor: Donor, *, now: datetime) -> None:
    """After a change: the derived columns, and the registry's version by which every index knows it is stale.

    Raises:
        RefusedByRule: the registry was derived under another nomenclature or other rules than those in force.
    """
    derive_donor(session, donor, now=now)
    donor.row_hash = None  # the next file is compared value by value
    donor.updated_at = now
    session.add(donor)
    session.flush()
    mark_registry_changed(session, now=now)


def derive_donor(session: Session, donor: Donor, *, now: datetime) -> None:
    """Rebuild the derived columns of one donor and the gaps in their window. Raises as settle_donor does."""
    deriver = DonorDeriver(active_reference(session), eligibility_rules(now.date()))
    _refuse_mixture(session, deriver)
    donor_id = donor.id or 0
    identity = session.get(DonorIdentity, donor_id)
    derived = deriver.derive(
        {name: getattr(donor, name) for name in Donor.model_fields},
        birth_date=identity.birth_date if identity else None,
        deferrals=deferrals_of(session, [donor_id]).get(donor_id, ()),
        donations=donations_of(session, [donor_id]).get(donor_id, ()),
    )
    for name, value in derived.columns().items():
        setattr(donor, name, value)
    record_gaps(session, {donor_id: derived.gaps})


def _refuse_mixture(session: Session, deriver: DonorDeriver) -> None:
    state = session.get(RegistryState, STATE_ID)
    recorded = (state.reference_name, state.rules_name) if state else ("", "")
    in_force = (deriver.reference.name, deriver.rules.name)
    if recorded != in_force:
        raise RefusedByRule(
            "donors_derived_otherwise",
            recorded=", ".join(name or "–" for name in recorded),
            in_force=", ".join(in_force),
        )


def audit_donor(
    session: Session, donor: Donor, action: str, *, actor: str, now: datetime, details: Mapping[str, Any]
) -> None:
    """One row of the trail about a donor; never give it a name, a contact or a health text."""
    record_audit(
        session,
        actor=actor,
        action=action,
        subject_type="donor",
        subject_key=donor.donor_number,
        details=details,
        now=now,
    )


def record_donation(
    session: Session,
    *,
    donor: Donor,
    given_on: date,
    kind: DonationKind,
    reservation_id: int | None = None,
    actor: str,
    now: datetime,
    today: date | None = None,
) -> Donation:
    """Keep that a donor gave; the rules count it at once, and it is never erased.

    `today` is the day where the registry is kept, which may be ahead of the day of `now`. A donor kept for
    traceability alone may have one recorded: it is what the record is kept for.

    Raises:
        UnusableInput: a day that has not come yet, or is too long ago to be true.
        RefusedByRule: the same donation is on record, or the donor's data were erased.
    """
    _refuse_donation(session, donor, given_on, kind, today or now.date())
    donation = Donation(
        donor_id=donor.id or 0,
        given_on=given_on,
        kind=DonationKind(kind),
        reservation_id=reservation_id,
        recorded_at=now,
        recorded_by=actor,
    )
    session.add(donation)
    session.flush()
    settle_donor(session, donor, now=now)
    details = {"given_on": given_on, "kind": str(kind), "for_reservation": reservation_id is not None}
    audit_donor(session, donor, "donation_recorded", actor=actor, now=now, details=details)
    return donation


def _refuse_donation(session: Session, donor: Donor, given_on: date, kind: DonationKind, today: date) -> None:
    if donor.erased_at:
        raise RefusedByRule("donor_erased", donor=donor.donor_number)
    if given_on > today:
        raise UnusableInput("donation_in_future", given_on=given_on.isoformat())
    if given_on < FIRST_DAY:
        raise UnusableInput("date_out_of_range", text=given_on.isoformat())
    same = select(Donation).where(Donation.donor_id == donor.id, Donation.given_on == given_on, Donation.kind == kind)
    if session.exec(same).first():
        raise RefusedByRule("donation_on_record", donor=donor.donor_number, given_on=given_on.isoformat())


def record_deferral(
    session: Session,
    *,
    number: str,
    version: int,
    from_on: date,
    until_on: date | None,
    reason: str,
    actor: str,
    now: datetime,
) -> Deferral:
    """Keep a donor from giving from one day to another, both included; without an end, until somebody lifts it.

    The reason is health data: it stays with the deferral, and is not in the audit trail.
    """
    donor = open_donor(session, number, version=version)
    kept = clean_reason(reason)
    if until_on is not None and until_on < from_on:
        days = {"from_on": from_on.isoformat(), "until_on": until_on.isoformat()}
        raise InvalidFields([FieldFault("until_on", "deferral_reversed", days)])
    row = Deferral(
        donor_id=donor.id or 0, from_on=from_on, until_on=until_on, reason=kept, recorded_at=now, recorded_by=actor
    )
    session.add(row)
    session.flush()
    settle_donor(session, donor, now=now)
    audit_donor(
        session, donor, "donor_deferred", actor=actor, now=now, details={"from_on": from_on, "until_on": until_on}
    )
    return row


def lift_deferral(
    session: Session, *, number: str, version: int, deferral_id: int, reason: str, actor: str, now: datetime
) -> Deferral:
    """End a deferral for good: it no longer counts, and stays on record. Raises NotFound, RefusedByRule."""
    donor = open_donor(session, number, version=version)
    kept = clean_reason(reason)
    query = select(Deferral).where(Deferral.donor_id == donor.id, col(Deferral.id) == deferral_id)
    row = session.exec(query).first() if deferral_id < 2**31 else None
    if row is None:
        raise NotFound("unknown_deferral", donor=number)
    if row.lifted_at:
        raise RefusedByRule("deferral_lifted_already", donor=number)
    row.lifted_at, row.lifted_by = now, actor
    session.add(row)
    session.flush()
    settle_donor(session, donor, now=now)
    details = {"from_on": row.from_on, "until_on": row.until_on, "reason": kept}
    audit_donor(session, donor, "donor_deferral_lifted", actor=actor, now=now, details=details)
    return row
