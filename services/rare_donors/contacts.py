"""When a donor was last in contact, out of everything that recorded it."""

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlmodel import Session, col, select

from domain.campaign_life import Step
from models.campaign import InvitationStep
from models.donor import Donation, Donor
from models.rare_donor import RareDonorCare
from models.reservation import DonorCall, Reservation

MOST_SHOWN = 50
# A result or a loss is written down without the donor.
SPOKEN = (Step.CONTACT, Step.AGREE, Step.POSTPONE, Step.REFUSE, Step.APPOINT, Step.SAMPLE, Step.OPT_OUT)


@dataclass(frozen=True, slots=True)
class Contact:
    """One day on which the donor was spoken to, written to or seen; `source` says by what, `what` the word of it."""

    on: date
    source: str  # campaign, call, donation, by_hand
    what: str = ""


def contacts_of(session: Session, donor_id: int) -> list[Contact]:
    """Every contact of a donor, the latest first, and no more than a page shows."""
    spoken = col(InvitationStep.step).in_(SPOKEN)
    steps = session.exec(select(InvitationStep).where(InvitationStep.donor_id == donor_id, spoken)).all()
    calls = session.exec(
        select(DonorCall)
        .join(Reservation, col(Reservation.id) == DonorCall.reservation_id)
        .where(Reservation.donor_id == donor_id)
    ).all()
    donations = session.exec(select(Donation).where(Donation.donor_id == donor_id)).all()
    care, told = session.get(RareDonorCare, donor_id), session.get_one(Donor, donor_id).last_donation_on
    if told in {one.given_on for one in donations}:
        told = None  # the same donation, recorded here as well
    found = [
        *(Contact(one.on_day, "campaign", str(one.step)) for one in steps),
        *(Contact(one.on_day, "call", str(one.outcome)) for one in calls),
        *(Contact(one.given_on, "donation", str(one.kind)) for one in donations),
        *([Contact(told, "donation")] if told else []),
        *([Contact(care.contacted_on, "by_hand")] if care and care.contacted_on else []),
    ]
    return sorted(found, key=lambda one: one.on, reverse=True)[:MOST_SHOWN]


def last_contacts(session: Session) -> dict[int, date]:
    """The last day of contact recorded here by donor; a donation that a file told of stands with the donor."""
    found: dict[int, date] = {}

    def keep(donor_id: int, on: date | None) -> None:
        if on is not None and found.get(donor_id, date.min) < on:
            found[donor_id] = on

    for query in (
        select(InvitationStep.donor_id, sa.func.max(InvitationStep.on_day))
        .where(col(InvitationStep.step).in_(SPOKEN))
        .group_by(col(InvitationStep.donor_id)),
        select(Donation.donor_id, sa.func.max(Donation.given_on)).group_by(col(Donation.donor_id)),
        select(RareDonorCare.donor_id, sa.func.max(RareDonorCare.contacted_on)).group_by(col(RareDonorCare.donor_id)),
        select(Reservation.donor_id, sa.func.max(DonorCall.on_day))
        .join(DonorCall, col(DonorCall.reservation_id) == Reservation.id)
        .group_by(col(Reservation.donor_id)),
    ):
        for donor_id, on in session.exec(query):
            keep(donor_id, on)
    return found
