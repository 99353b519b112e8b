"""What is on record of an invited donor before they are contacted: consent, contacts in every campaign, who calls."""

from datetime import datetime

from sqlmodel import Session, col, select

from domain.campaign_life import CampaignStatus, Step
from domain.contacting import Limits, Obstacle, Standing, find_obstacle
from domain.errors import RefusedByRule
from domain.reservation import Timing
from domain.windows import anniversary
from models.campaign import Campaign, Channel, Invitation, InvitationStep
from models.donor import Donor
from services.campaigns.contact_rules import contact_rules
from services.reservations.listing import contact_fault
from services.reservations.occupancy import names_of


def contact_limits() -> Limits:
    """The rules of contacts as the domain reads them."""
    rules = contact_rules()
    return Limits(
        most_contacts_12m=rules.most_contacts_12m,
        days_between=rules.days_between,
        call_from=rules.call_from,
        call_until=rules.call_until,
        call_weekdays=rules.call_weekdays,
        most_attempts=rules.most_attempts,
    )


def standing_in(session: Session, invitation: Invitation, timing: Timing) -> Standing:
    """The contacts that we made with the donor in the last 12 months, in every campaign; not those that they made."""
    since = anniversary(timing.today, -1)
    ours = select(col(InvitationStep.on_day), col(InvitationStep.invitation_id)).where(
        InvitationStep.donor_id == invitation.donor_id,
        InvitationStep.step == Step.CONTACT,
        InvitationStep.channel != Channel.INCOMING,
        col(InvitationStep.on_day) > since,
    )
    made = session.exec(ours).all()
    elsewhere = [on for on, of in made if of != invitation.id]
    return Standing(
        stage=invitation.stage,
        attempts=invitation.attempts,
        next_on=invitation.next_on,
        contacts_12m=len(made),
        last_on=max((on for on, _ in made), default=None),
        last_elsewhere_on=max(elsewhere, default=None),
    )


def obstacle_to(session: Session, invitation: Invitation, channel: Channel, timing: Timing) -> Obstacle | None:
    """Why the donor may not be contacted through a channel now, by the rules of contacts; None where they may."""
    standing = standing_in(session, invitation, timing)
    local = timing.local(timing.now)
    return find_obstacle(standing, contact_limits(), channel=channel.value, local=local, today=timing.today)


def check_version(invitation: Invitation, version: int) -> None:
    """Raises RefusedByRule where somebody changed the invitation since the person saw it."""
    if invitation.version_id != version:
        raise RefusedByRule("changed_meanwhile")


def check_campaign(session: Session, invitation: Invitation, *, even_paused: bool = False) -> Campaign:
    """The campaign of an invitation. Raises RefusedByRule unless it is running, or paused where that will do."""
    campaign = session.get_one(Campaign, invitation.campaign_id)
    allowed = {CampaignStatus.RUNNING, CampaignStatus.PAUSED} if even_paused else {CampaignStatus.RUNNING}
    if campaign.status not in allowed:
        raise RefusedByRule("campaign_takes_no_contact", reason=f"campaign_is.{campaign.status.value}")
    return campaign


def check_donor(session: Session, invitation: Invitation) -> Donor:
    """The donor, as they stand at this moment. Raises RefusedByRule where they may not be contacted."""
    donor = session.get_one(Donor, invitation.donor_id)
    if fault := contact_fault(donor):
        raise RefusedByRule("donor_not_to_be_contacted", reason=fault)
    return donor


def check_claim(session: Session, invitation: Invitation, *, login: str, timing: Timing) -> None:
    """Raises RefusedByRule where somebody else is on the phone with the donor, in whatever campaign."""
    taken = open_claim(session, invitation.donor_id, now=timing.now, not_by=login)
    if taken is not None:
        by, until = taken.claimed_by or "", taken.claimed_until or timing.now
        shown = f"{timing.local(until):%H:%M}"
        raise RefusedByRule("donor_claimed", by=names_of(session, [by])[by], until_time=shown)


def open_claim(session: Session, donor_id: int, *, now: datetime, not_by: str) -> Invitation | None:
    """An invitation of the donor that another person has taken to call, and not let go of."""
    query = select(Invitation).where(
        Invitation.donor_id == donor_id,
        col(Invitation.claimed_by).is_not(None),
        Invitation.claimed_by != not_by,
        col(Invitation.claimed_until) > now,
    )
    return session.exec(query.order_by(col(Invitation.claimed_until).desc()).limit(1)).first()
