"""What waits around reservations: calls to make, donors lost for their day, promised donations nobody heard of."""

from collections.abc import Iterable
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from domain.campaign_life import CampaignStatus, Stage
from domain.reservation import Timing
from models.campaign import Campaign, Invitation
from models.donor import Donation, Donor
from models.reservation import Reservation, ReservationStatus
from services.home import due_calls, lost_reservations, today
from services.recalls.kinds import Item, Kind

LONGEST_AGO = timedelta(days=366)  # what is older is history: the list of reservations keeps it


def lost_donors(session: Session, timing: Timing) -> list[Item]:
    """Donors kept for today or later who may no longer be called or give."""
    lost = lost_reservations(session, today(timing.now, ZoneInfo(timing.timezone)))
    regions = _regions(session, {one.donor for one in lost})
    return [
        Item(
            Kind.LOST_DONOR, one.day, one.donor, "recall.lost_donor", {"on": one.day.isoformat(), "reason": one.why},
            f"/reservations/{one.code}", regions=regions[one.donor],
        )
        for one in lost
    ]  # fmt: skip


def calls_to_make(session: Session, timing: Timing) -> list[Item]:
    """The calls to donors who are reserved, as one item."""
    _, count = due_calls(session, today(timing.now, ZoneInfo(timing.timezone)))
    said = {"count": count}
    found = Item(
        Kind.RESERVED_CALLS, timing.today, "", "recall.reserved_calls", said, "/reservations/calls",
        regions=None, count=count,
    )  # fmt: skip
    return [found] if count else []


def missed_donations(session: Session, timing: Timing) -> list[Item]:
    """Donors who promised a day that is over, on which no donation is on record, and whom nobody released."""
    given = select(Donation.id).where(
        col(Donation.donor_id) == col(Reservation.donor_id), col(Donation.given_on) == col(Reservation.day)
    )
    query = (
        select(Reservation, Donor.donor_number, Donor.region)
        .join(Donor, col(Donor.id) == col(Reservation.donor_id))
        .where(
            Reservation.status == ReservationStatus.CONFIRMED,
            Reservation.day < timing.today,
            Reservation.day >= timing.today - LONGEST_AGO,
            ~given.correlate(Reservation).exists(),
        )
    )
    return [
        Item(
            Kind.MISSED_DONATION, row.day, number, "recall.missed_donation", {"on": row.day.isoformat()},
            f"/reservations/{row.code}", regions=_of(region),
        )
        for row, number, region in session.exec(query).all()
    ]  # fmt: skip


def missed_appointments(session: Session, timing: Timing) -> list[Item]:
    """Invited donors whose appointment was on a day that is over, without a sample and without a word of it."""
    query = (
        select(Invitation, Donor.donor_number, Donor.region, Campaign.code)
        .join(Donor, col(Donor.id) == col(Invitation.donor_id))
        .join(Campaign, col(Campaign.id) == col(Invitation.campaign_id))
        .where(
            Campaign.status == CampaignStatus.RUNNING,
            col(Invitation.stage).in_((Stage.APPOINTED, Stage.TESTED)),
            col(Invitation.appointment_at) < timing.now,
        )
    )
    found = []
    for row, number, region, campaign in session.exec(query).all():
        on = timing.local(row.appointment_at).date() if row.appointment_at else timing.today
        if on < timing.today:
            which = "to_sample" if row.stage is Stage.APPOINTED else "second_samples"
            address, said = f"/campaigns/{campaign}/calls?list={which}", {"on": on.isoformat()}
            regions = _of(region)
            found.append(
                Item(Kind.MISSED_APPOINTMENT, on, number, "recall.missed_appointment", said, address, regions=regions)
            )
    return found


def _regions(session: Session, numbers: Iterable[str]) -> dict[str, frozenset[str]]:
    query = select(Donor.donor_number, Donor.region).where(col(Donor.donor_number).in_(set(numbers)))
    return {number: _of(region) for number, region in session.exec(query).all()}


def _of(region: str | None) -> frozenset[str]:
    return frozenset({region} if region else ())
