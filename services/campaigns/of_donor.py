"""The campaigns that one donor was invited to, for the page of the donor."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, func, select

from domain.campaign_life import ENDED, CampaignStatus, Step
from domain.contacting import Obstacle
from domain.reservation import Timing
from models.campaign import Campaign, Channel, Invitation, InvitationStep
from models.donor import Donor
from services.campaigns.standing import obstacles_to
from services.reservations.listing import contact_fault


@dataclass(frozen=True, slots=True)
class DonorCampaign:
    """One invitation of a donor: how far it came, and why a call of ours must wait; never the patient it is for.

    `obstacle` is None where the donor may be called now, and where nobody is going to call: `is_open` tells.
    """

    code: str
    name: str
    status: str
    stage: str
    contacted_on: date | None
    next_on: date | None
    appointment_at: datetime | None
    second_sample: bool
    is_open: bool
    obstacle: Obstacle | None


def campaigns_of_donor(session: Session, donor_number: str, *, timing: Timing) -> Sequence[DonorCampaign]:
    """The invitations of a donor, the latest first."""
    query = (
        select(Invitation, Campaign, Donor)
        .join(Campaign, col(Campaign.id) == col(Invitation.campaign_id))
        .join(Donor, col(Donor.id) == col(Invitation.donor_id))
        .where(Donor.donor_number == donor_number)
        .order_by(col(Invitation.id).desc())
    )
    rows = session.exec(query).all()
    invitations = [invitation for invitation, _, _ in rows]
    last = _last_contacts(session, invitations)
    obstacles = obstacles_to(session, invitations, Channel.PHONE, timing)
    return [
        _of(invitation, campaign, last.get(invitation.id or 0), _fault(donor) or obstacle)
        for (invitation, campaign, donor), obstacle in zip(rows, obstacles, strict=True)
    ]


def _of(invitation: Invitation, campaign: Campaign, on: date | None, obstacle: Obstacle | None) -> DonorCampaign:
    is_open = campaign.status is CampaignStatus.RUNNING and invitation.stage not in ENDED
    return DonorCampaign(
        code=campaign.code,
        name=campaign.name,
        status=campaign.status.value,
        stage=invitation.stage.value,
        contacted_on=on,
        next_on=invitation.next_on,
        appointment_at=invitation.appointment_at,
        second_sample=invitation.second_sample,
        is_open=is_open,
        obstacle=obstacle if is_open else None,
    )


def _fault(donor: Donor) -> Obstacle | None:
    """Why nobody may call the donor at all, which goes before the rules of contacts, as when a contact is recorded."""
    fault = contact_fault(donor)
    return Obstacle(fault, {}) if fault else None


def _last_contacts(session: Session, invitations: Sequence[Invitation]) -> dict[int, date]:
    """By invitation, the last day on which we contacted the donor for it."""
    query = (
        select(InvitationStep.invitation_id, func.max(InvitationStep.on_day))
        .where(col(InvitationStep.invitation_id).in_([one.id for one in invitations]))
        .where(InvitationStep.step == Step.CONTACT, InvitationStep.channel != Channel.INCOMING)
        .group_by(col(InvitationStep.invitation_id))
    )
    return dict(session.exec(query).all())
