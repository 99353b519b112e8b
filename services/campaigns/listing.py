"""The campaigns on record, each with how far it is in numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, case, col, func, select

from domain.campaign_life import CampaignStatus
from models.campaign import Campaign, Invitation, Purpose

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
    counts = _counts(session, [row.id or 0 for row in rows])
    return [_entry(row, counts.get(row.id or 0, (0, 0, 0, 0, 0))) for row in rows], total


def _counts(session: Session, ids: list[int]) -> dict[int, tuple[int, ...]]:
    stages = (Invitation.contacted_at, Invitation.tested_at, Invitation.found_at, Invitation.confirmed_at)
    query = (
        select(col(Invitation.campaign_id), func.count(col(Invitation.id)), *(func.count(col(one)) for one in stages))
        .where(col(Invitation.campaign_id).in_(ids))
        .group_by(col(Invitation.campaign_id))
    )
    return {row[0]: tuple(row[1:]) for row in session.exec(query).all()}


def _entry(row: Campaign, counts: tuple[int, ...]) -> CampaignEntry:
    invited, contacted, tested, found, confirmed = counts
    return CampaignEntry(
        code=row.code,
        name=row.name,
        target=row.target,
        for_patient=row.purpose is Purpose.PATIENT,
        status=row.status.value,
        wanted=row.number_wanted,
        deadline=row.deadline,
        launched_at=row.launched_at,
        invited=invited,
        contacted=contacted,
        tested=tested,
        found=found,
        confirmed=confirmed,
    )
