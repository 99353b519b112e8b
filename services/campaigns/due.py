"""What running campaigns ask of a coordinator today, in counts."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from domain.campaign_life import CampaignStatus
from domain.reservation import Timing
from models.campaign import Campaign
from services.campaigns.call_list import count_list


@dataclass(frozen=True, slots=True)
class DueCampaign:
    """A running campaign: donors to call today, appointments tomorrow, second samples not taken yet."""

    code: str
    name: str
    to_call: int
    reminders: int
    second_samples: int


def due_campaigns(session: Session, timing: Timing) -> list[DueCampaign]:
    """The running campaigns that ask something of somebody today, the one with the nearest deadline first."""
    query = select(Campaign).where(Campaign.status == CampaignStatus.RUNNING)
    ordered = query.order_by(col(Campaign.deadline).is_(None), col(Campaign.deadline), col(Campaign.name))
    found = []
    for campaign in session.exec(ordered).all():
        names = ("to_call", "reminders", "second_samples")
        counts = [count_list(session, campaign, name, timing) for name in names]
        if any(counts):
            found.append(DueCampaign(campaign.code, campaign.name, *counts))
    return found
