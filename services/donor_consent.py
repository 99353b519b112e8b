"""A donor's consent and rights: agreeing, withdrawing, being kept for traceability alone, being forgotten."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

import sqlalchemy as sa
from sqlmodel import Session, col, select

from domain.campaign_life import Step
from domain.errors import FieldFault, InvalidFields, RefusedByRule
from models.allocation import AllocationMark, AllocationOverride
from models.crossmatch import Crossmatch
from models.donor import (
    TYPING_COLUMNS,
    Deferral,
    Donation,
    Donor,
    DonorIdentity,
    DonorStatus,
    DonorTyping,
)
from models.donor_test import DonorTest
from models.duplicate import DuplicatePair
from models.rare_donor import RareDonor, RareDonorCare
from models.reservation import OCCUPYING, DonorCall, Reservation, ReservationStatus
from models.standing_search import StandingChange
from models.transfusion import Transfusion
from services.allocation.ending import end_overrides_of
from services.campaigns.opt_out import end_invitations, forget_notes
from services.campaigns.steps import Moment
from services.donor_records import FIRST_DAY, audit_donor, clean_reason, open_donor, settle_donor
from services.duplicates.forgetting import forget_pairs_and_merges
from services.families.members import forget_donor
from services.forgotten_files import forget_rows_of
from services.uploads.folder import UploadFolder

# What of a donor's row says something about the person; the number stays, so that no file brings them back.
FORGOTTEN = (
    "sex", "region", "centre", "ancestry", "abo", "rhd", "cmv", "weight_kg", "height_cm", "platelet_count",
    "low_expression", "pregnancies", "hla_antibody_screen", "screened_on", "last_donation_on", "last_donation_type",
    "donations_12m", "source_updated_at", "consent_withdrawn_at", "restricted_at",
)  # fmt: skip
FORGOTTEN_ROWS = (
    DonorIdentity, DonorTyping, Deferral, DonorTest, RareDonor, RareDonorCare, StandingChange, AllocationMark,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ties:
    """What on record speaks against erasing a donor: gifts to trace, and days they are still expected."""

    donations: int
    collected: int
    donated_elsewhere: bool  # a file says they gave
    transfused: int  # transfusions of what they gave
    expected: int  # reservations held or confirmed

    @property
    def must_be_traced(self) -> bool:
        """Whether a recipient may have to be found from this donor, or this donor from a recipient."""
        return bool(self.donations or self.collected or self.donated_elsewhere or self.transfused)


def set_consent(
    session: Session,
    *,
    number: str,
    version: int,
    agreed: bool,
    on: date,
    reason: str,
    actor: str,
    now: datetime,
    today: date,
) -> Donor:
    """Record that a donor agreed to be called, or withdrew that; searches follow at once.

    `today` is the day where the registry is kept, which may be ahead of the day of `now`. A withdrawal recorded
    here is not undone by a file that still says yes, and ends the donor's invitations in every campaign and the
    overrides that ask for them; it is heard of a donor who is kept for traceability alone, too.
    """
    donor = open_donor(session, number, version=version, even_restricted=not agreed)
    kept = clean_reason(reason)
    if not FIRST_DAY <= on <= today:
        raise InvalidFields([FieldFault("on", "consent_day_unusable", {"on": on.isoformat()})])
    donor.consent_contact = agreed
    moment = now if on == today else datetime.combine(on, time(0), tzinfo=UTC)
    donor.consent_withdrawn_at = None if agreed else moment
    settle_donor(session, donor, now=now)
    if not agreed:
        _wait_no_more(session, donor, Step.OPT_OUT, actor=actor, now=now, today=today)
    action = "donor_consent_recorded" if agreed else "donor_consent_withdrawn"
    audit_donor(session, donor, action, actor=actor, now=now, details={"on": on, "reason": kept})
    return donor


def restrict_donor(
    session: Session, *, number: str, version: int, reason: str, actor: str, now: datetime, today: date
) -> Donor:
    """Keep a donor for traceability alone: no search, no contact, and no file changes them.

    `today` is the day where the registry is kept.

    Raises RefusedByRule while a reservation still expects the donor.
    """
    donor = open_donor(session, number, version=version)
    kept = clean_reason(reason)
    _refuse_while_expected(session, donor)
    donor.restricted_at, donor.restriction_reason = now, kept
    settle_donor(session, donor, now=now)
    _wait_no_more(session, donor, Step.LOSE, actor=actor, now=now, today=today, lost_reason="restricted")
    audit_donor(session, donor, "donor_restricted", actor=actor, now=now, details={"reason": kept})
    return donor


def lift_restriction(session: Session, *, number: str, version: int, reason: str, actor: str, now: datetime) -> Donor:
    """End a restriction; whether the donor is searched again depends on consent and status, as before."""
    donor = open_donor(session, number, version=version, even_restricted=True)
    kept = clean_reason(reason)
    if donor.restricted_at is None:
        raise RefusedByRule("donor_not_restricted", donor=number)
    donor.restricted_at, donor.restriction_reason = None, ""
    settle_donor(session, donor, now=now)
    audit_donor(session, donor, "donor_restriction_lifted", actor=actor, now=now, details={"reason": kept})
    return donor


def ties_of(session: Session, donor: Donor) -> Ties:
    """What speaks against erasing this donor."""
    donations = session.exec(select(sa.func.count()).where(Donation.donor_id == donor.id)).one()
    given = select(sa.func.count()).where(Transfusion.donor_id == donor.id, col(Transfusion.withdrawn_at).is_(None))
    by_status = dict(
        session.exec(
            select(Reservation.status, sa.func.count())
            .where(Reservation.donor_id == donor.id)
            .group_by(col(Reservation.status))
        ).all()
    )
    return Ties(
        donations=donations,
        collected=by_status.get(ReservationStatus.COLLECTED, 0),
        donated_elsewhere=bool(donor.last_donation_on or donor.last_donation_type or donor.donations_12m),
        transfused=session.exec(given).one(),
        expected=sum(by_status.get(status, 0) for status in OCCUPYING),
    )


def erase_donor(
    session: Session, folder: UploadFolder, *, number: str, version: int, repeated_number: str, reason: str, actor: str,
    now: datetime, today: date,
) -> Donor:  # fmt: skip
    """Forget a person for good: identity, contact, typing, health, deferrals, notes, rows of imports about them.

    The number stays with the day of the erasure, so that no file brings the person back; so does the audit
    trail, which never held who they are. `repeated_number` is the number typed once more: nobody erases by a slip.
    `today` is the day where the registry is kept.

    Raises:
        RefusedByRule: a donation or a collected reservation must stay traceable (restrict instead), or a
            reservation still expects the donor.
    """
    donor = open_donor(session, number, version=version, even_restricted=True)
    kept = clean_reason(reason)
    if repeated_number.strip() != number:
        raise InvalidFields([FieldFault("repeated_number", "number_not_repeated", {"donor": number})])
    if ties_of(session, donor).must_be_traced:
        raise RefusedByRule("erasure_against_traceability", donor=number)
    _refuse_while_expected(session, donor)
    donor_id = donor.id or 0
    _wait_no_more(session, donor, Step.LOSE, actor=actor, now=now, today=today, lost_reason="erased")
    _forget_details(session, donor_id)
    forget_donor(session, donor_id, actor=actor, now=now)
    numbers = [donor.donor_number, *forget_pairs_and_merges(session, donor_id)]
    forget_columns(donor, now=now)
    settle_donor(session, donor, now=now)
    rows = sum(forget_rows_of(session, folder, one, now=now) for one in numbers)
    details = {"reason": kept, "rows_of_imports": rows}
    audit_donor(session, donor, "donor_erased", actor=actor, now=now, details=details)
    return donor


def _forget_details(session: Session, donor_id: int) -> None:
    """The rows about the person; what is a patient's too stays, without what was noted."""
    for table in FORGOTTEN_ROWS:
        session.connection().execute(sa.delete(table).where(col(table.donor_id) == donor_id))
    for asked in session.exec(select(AllocationOverride).where(AllocationOverride.donor_id == donor_id)).all():
        asked.reason = ""
    for tested in session.exec(select(Crossmatch).where(Crossmatch.donor_id == donor_id)).all():
        tested.note = ""
    of_pair = sa.or_(col(DuplicatePair.first_id) == donor_id, col(DuplicatePair.second_id) == donor_id)
    session.connection().execute(sa.delete(DuplicatePair).where(of_pair))
    reservations = select(Reservation).where(Reservation.donor_id == donor_id)
    for reservation in session.exec(reservations).all():
        reservation.note = ""
        for call in session.exec(select(DonorCall).where(DonorCall.reservation_id == reservation.id)).all():
            call.note = ""
    forget_notes(session, donor_id)
    session.flush()
    session.expire_all()


def _wait_no_more(
    session: Session, donor: Donor, step: Step, *, actor: str, now: datetime, today: date, lost_reason: str = ""
) -> None:
    """No campaign and no override waits for a donor whom nobody may contact any more."""
    when, donor_id = Moment(now, today), donor.id or 0
    end_invitations(session, donor_id=donor_id, step=step, actor=actor, timing=when, lost_reason=lost_reason)
    end_overrides_of(session, donor_id, because=lost_reason or "consent_withdrawn", actor=actor, now=now)


def forget_columns(donor: Donor, *, now: datetime) -> None:
    """Leave a donor's row with its number alone."""
    for name in TYPING_COLUMNS:
        setattr(donor, name, "")
    for name in FORGOTTEN:
        setattr(donor, name, None)
    donor.consent_contact, donor.status, donor.restriction_reason = False, DonorStatus.INACTIVE, ""
    donor.erased_at = now


def _refuse_while_expected(session: Session, donor: Donor) -> None:
    if expected := ties_of(session, donor).expected:
        raise RefusedByRule("donor_still_expected", donor=donor.donor_number, count=expected)
