"""What is on record of an invited donor before they are contacted: consent, contacts in every campaign, who calls."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, select

from domain.campaign_life import CampaignStatus, Step
from domain.contacting import Limits, Obstacle, Standing, find_obstacle
from domain.errors import RefusedByRule
from domain.reservation import Timing
from domain.windows import anniversary
from models.campaign import Campaign, Channel, Invitation, InvitationStep
from models.donor import Donor
from services.campaigns.contact_rules import contact_rules
from services.campaigns.other_contacts import other_contacts
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


def standings(session: Session, invitations: Sequence[Invitation], timing: Timing) -> list[Standing]:
    """What is on record of each: the contacts that we made, in every campaign and otherwise; not theirs."""
    donors, since = {one.donor_id for one in invitations}, anniversary(timing.today, -1)
    ours = select(col(InvitationStep.donor_id), col(InvitationStep.on_day), col(InvitationStep.invitation_id)).where(
        col(InvitationStep.donor_id).in_(donors),
        InvitationStep.step == Step.CONTACT,
        InvitationStep.channel != Channel.INCOMING,
        col(InvitationStep.on_day) > since,
    )
    made: dict[int, list[tuple[date, int]]] = defaultdict(list)
    for donor_id, on, of in session.exec(ours).all():
        made[donor_id].append((on, of))
    lately = timing.today - timedelta(days=contact_rules().days_between)
    others = other_contacts(session, since=lately, donor_ids=sorted(donors))
    return [_standing(one, made[one.donor_id], others.get(one.donor_id)) for one in invitations]


def _standing(invitation: Invitation, made: Sequence[tuple[date, int]], otherwise: date | None) -> Standing:
    days, elsewhere = [on for on, _ in made], [on for on, of in made if of != invitation.id]
    if otherwise is not None:
        days.append(otherwise)
        elsewhere.append(otherwise)
    return Standing(
        stage=invitation.stage,
        attempts=invitation.attempts,
        next_on=invitation.next_on,
        contacts_12m=len(made),
        last_on=max(days, default=None),
        last_elsewhere_on=max(elsewhere, default=None),
    )


def obstacles_to(
    session: Session, invitations: Sequence[Invitation], channel: Channel, timing: Timing
) -> list[Obstacle | None]:
    """Why each donor may not be contacted through a channel now, by the rules of contacts; None where they may."""
    limits, local = contact_limits(), timing.local(timing.now)
    return [
        find_obstacle(standing, limits, channel=channel.value, local=local, today=timing.today)
        for standing in standings(session, invitations, timing)
    ]


def goes_on(invitation: Invitation, last: InvitationStep | None, *, login: str, timing: Timing) -> bool:
    """Whether a person is still in the conversation with a donor in which they recorded the last step.

    So for the minutes of a call after an answer or a word with the donor. Who gave an appointment corrects it the
    whole day.
    """
    if last is None or last.actor != login or last.channel is Channel.INCOMING:  # their call is no contact of ours
        return False
    if last.step is Step.APPOINT:
        return last.on_day == timing.today
    spoken = last.step is Step.AGREE or (last.step is Step.CONTACT and invitation.next_on is None)
    return spoken and last.at > timing.now - timedelta(minutes=contact_rules().claim_minutes)


def check_contact(session: Session, invitation: Invitation, channel: Channel, timing: Timing) -> None:
    """Raises RefusedByRule where a rule of contacts is against contacting a donor through a channel now."""
    if obstacle := obstacles_to(session, [invitation], channel, timing)[0]:
        raise RefusedByRule(obstacle.code, **obstacle.params)


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
    taken = open_claims(session, [invitation.donor_id], now=timing.now, not_by=login).get(invitation.donor_id)
    if taken is not None:
        by, until = taken.claimed_by or "", taken.claimed_until or timing.now
        shown = f"{timing.local(until):%H:%M}"
        raise RefusedByRule("donor_claimed", by=names_of(session, [by])[by], until_time=shown)


def open_claims(session: Session, donor_ids: Collection[int], *, now: datetime, not_by: str) -> dict[int, Invitation]:
    """By donor, the invitation that another person has taken to call them, and not let go of."""
    query = select(Invitation).where(
        col(Invitation.donor_id).in_(donor_ids),
        col(Invitation.claimed_by).is_not(None),
        Invitation.claimed_by != not_by,
        col(Invitation.claimed_until) > now,
    )
    return {one.donor_id: one for one in session.exec(query.order_by(col(Invitation.claimed_until))).all()}
