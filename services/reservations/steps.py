"""What becomes of a reservation: confirmed, released, collected."""

from sqlmodel import Session, select

from domain.errors import NotFound, RefusedByRule, UnusableInput
from domain.reservation import Step, Timing, check_collectable, next_status, status_at
from models.donor import Donation, DonationKind, Donor
from models.reservation import Reservation
from services.accounts.person import Person
from services.donor_records import record_donation
from services.reservations.occupancy import take_step

RELEASE_REASONS = ("not_needed", "other_donor", "donor_refused", "donor_unreachable", "mistake")


def change_reservation(
    session: Session, *, code: str, step: str, version: int, by: Person, timing: Timing, reason: str | None = None
) -> Reservation:
    """Take one step with a reservation, in a write session: confirm, release (with one of RELEASE_REASONS) or collect.

    Collecting records a donation of platelets on the day reserved, so that searches know it at once.

    Raises:
        NotFound: no such reservation.
        UnusableInput: a step or a reason that nobody knows.
        RefusedByRule: somebody changed it meanwhile (`version` is what the person saw), the hold ran out, the
            table of transitions has no such step, or the day has not come.
    """
    wanted = _step(step)
    row = get_row(session, code)
    if row.version_id != version:
        raise RefusedByRule("changed_meanwhile")
    # A hold that ran out counts as expired before anybody marks it: what it refuses changes nothing.
    next_status(status_at(row.status, row.expires_at, timing.now), wanted)
    details: dict[str, object] = {}
    if wanted is Step.RELEASE:
        details["reason"] = check_reason(reason)
    if wanted is Step.COLLECT:
        check_collectable(row.day, timing.today)
        _record_collection(session, row, actor=by.login, timing=timing)
    return take_step(session, row, wanted, actor=by.login, timing=timing, **details)


def get_row(session: Session, code: str) -> Reservation:
    """The reservation of that code. Raises NotFound."""
    row = session.exec(select(Reservation).where(Reservation.code == code)).first() if code.isprintable() else None
    if row is None:
        raise NotFound("unknown_reservation")
    return row


def check_reason(reason: str | None) -> str:
    """A reason to release, from the list. Raises UnusableInput."""
    if reason not in RELEASE_REASONS:
        raise UnusableInput("release_reason_needed")
    return reason


def _step(text: str) -> Step:
    if text not in (Step.CONFIRM, Step.RELEASE, Step.COLLECT):
        raise UnusableInput("reservation_step_unknown", step=text)
    return Step(text)


def _record_collection(session: Session, row: Reservation, *, actor: str, timing: Timing) -> None:
    """Keep that the donor gave; a donation that somebody already recorded for that day is tied to the reservation."""
    query = select(Donation).where(
        Donation.donor_id == row.donor_id,
        Donation.given_on == row.day,
        Donation.kind == DonationKind.PLATELETS,
    )
    known = session.exec(query).first()
    if known is not None:
        known.reservation_id = known.reservation_id or row.id
        session.add(known)
        return
    donor = session.get_one(Donor, row.donor_id)
    record_donation(
        session,
        donor=donor,
        given_on=row.day,
        kind=DonationKind.PLATELETS,
        reservation_id=row.id,
        actor=actor,
        now=timing.now,
    )
