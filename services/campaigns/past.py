"""What donors lived through in campaigns before: contacts, answers, invitations that are still open."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col

from domain.campaign_life import ENDED, CampaignStatus, Stage, Step
from domain.windows import anniversary
from models.campaign import Campaign, Channel, Invitation, InvitationStep
from models.database import in_parts
from services.campaigns.contact_rules import contact_rules
from services.campaigns.other_contacts import other_contacts

LIVE = frozenset({CampaignStatus.PLANNED, CampaignStatus.RUNNING, CampaignStatus.PAUSED})
CLOSED = ENDED | {Stage.REFUSED, Stage.UNREACHABLE}  # nobody contacts these again for the same campaign


@dataclass(frozen=True, slots=True)
class Past:
    """What one donor was asked, over all campaigns; `contacts_12m` are those that campaigns made in twelve months.

    `last_contact_on` is the last day on which anybody here contacted them, for whatever reason.
    """

    contacts_12m: int = 0
    last_contact_on: date | None = None
    asked: int = 0  # campaigns in which they were contacted
    answered: int = 0
    in_this: bool = False
    in_another: bool = False


def pasts_of(
    session: Session, campaign_id: int | None, *, today: date, donor_ids: Sequence[int] | None = None
) -> dict[int, Past]:
    """The past of every donor who was ever invited or lately contacted, or of those named among them."""
    found: dict[int, Past] = {}
    for some in [None] if donor_ids is None else in_parts(donor_ids):
        found |= _pasts(session, campaign_id, today, some)
    since = today - timedelta(days=contact_rules().days_between)
    for donor_id, on in other_contacts(session, since=since, donor_ids=donor_ids).items():
        past = found.get(donor_id, Past())
        found[donor_id] = replace(past, last_contact_on=max(on, past.last_contact_on or on))
    return found


def _pasts(session: Session, campaign_id: int | None, today: date, donor_ids: Sequence[int] | None) -> dict[int, Past]:
    found: dict[int, Past] = {}
    invited = sa.select(
        col(Invitation.donor_id), col(Invitation.campaign_id), col(Invitation.stage), col(Campaign.status),
        col(Invitation.contacted_at), col(Invitation.answered_at),
    ).join(Campaign, col(Campaign.id) == col(Invitation.campaign_id))  # fmt: skip
    if donor_ids is not None:
        invited = invited.where(col(Invitation.donor_id).in_(donor_ids))
    for donor_id, of, stage, status, contacted_at, answered_at in session.execute(invited):
        past = found.get(donor_id, Past())
        here = of == campaign_id
        found[donor_id] = replace(
            past,
            asked=past.asked + (contacted_at is not None),
            answered=past.answered + (contacted_at is not None and answered_at is not None),
            in_this=past.in_this or here,
            in_another=past.in_another or (not here and status in LIVE and stage not in CLOSED),
        )
    made = (
        sa.select(col(InvitationStep.donor_id), sa.func.count(), sa.func.max(col(InvitationStep.on_day)))
        .where(
            col(InvitationStep.step) == Step.CONTACT,
            col(InvitationStep.channel) != Channel.INCOMING,
            col(InvitationStep.on_day) > anniversary(today, -1),
        )
        .group_by(col(InvitationStep.donor_id))
    )
    if donor_ids is not None:
        made = made.where(col(InvitationStep.donor_id).in_(donor_ids))
    for donor_id, contacts, last_on in session.execute(made):
        found[donor_id] = replace(found.get(donor_id, Past()), contacts_12m=contacts, last_contact_on=last_on)
    return found
