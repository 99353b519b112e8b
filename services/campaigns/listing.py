"""The campaigns on record, each with how far it is in numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, case, col, func, select

from domain.campaign_life import CampaignStatus
from models.campaign import Campaign, Purpose
from services.campaigns.reached import count_reached

# What needs somebody first: those that run, then those that wait for their launch.
ORDER = (
    CampaignStatus.RUNNING,
    CampaignStatus.PAUSED,
    CampaignStatus.PLANNED,
    CampaignStatus.DRAFT,
    CampaignStatus.CLOSED,
)


@dataclass(frozen=True, slots=True)
class CampaignEntry:
    """One campaign in numbers; never a donor, and never the patient it is for."""

    code: str
    name: str
    target: Mapping[str, Any]
    for_patient: bool
    status: str
    wanted: int
    deadline: date | None
    launched_at: datetime | None
    invited: int
    contacted: int
    tested: int
    found: int
    confirmed: int


def list_campaigns(session: Session, *, limit: int, offset: int) -> tuple[list[CampaignEntry], int]:
    """Campaigns, those that run first and then by deadline; and how many there are."""
    total = session.exec(select(func.count(col(Campaign.id)))).one()
    rank = case({status.value: place for place, status in enumerate(ORDER)}, value=col(Campaign.status))
    query = (
        select(Campaign)
        .order_by(rank, func.coalesce(col(Campaign.deadline), date.max), col(Campaign.id).desc())
        .limit(limit)
        .offset(offset)
    )
    rows = session.exec(query).all()
    reached = count_reached(session, [row.id or 0 for row in rows])
    return [_entry(row, reached[row.id or 0]) for row in rows], total


def _entry(row: Campaign, reached: Mapping[str, int]) -> CampaignEntry:
    return CampaignEntry(
        code=row.code,
        name=row.name,
        target=row.target,
        for_patient=row.purpose is Purpose.PATIENT,
        status=row.status.value,
        wanted=row.number_wanted,
        deadline=row.deadline,
        launched_at=row.launched_at,
        invited=reached["selected"],
        contacted=reached["contacted"],
        tested=reached["tested"],
        found=reached["found"],
        confirmed=reached["confirmed"],
    )
