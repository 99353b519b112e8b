"""How far a campaign is: who reached each stage, against its plan, each share with its exact interval."""

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from domain.campaign_life import Stage
from domain.recruitment import Proportion
from models.campaign import Campaign, Invitation
from services.reference import parameters

FUNNEL = ("selected", "contacted", "answered", "agreed", "sampled", "tested", "found", "confirmed")


@dataclass(frozen=True, slots=True)
class Mark:
    """How many ever reached a stage; out of how many of the one before, with the interval; how many were planned."""

    stage: str
    count: int
    of_previous: Proportion | None  # None for the first stage, and where nobody reached the one before
    low: float | None
    high: float | None
    planned: int | None


@dataclass(frozen=True, slots=True)
class Progress:
    """The funnel, who stands where now, and the finds so far that no second sample has undone."""

    funnel: tuple[Mark, ...]
    present: Mapping[str, int]  # every stage, 0 included
    finds: int
    level: float

    @property
    def uptake(self) -> tuple[Proportion, float, float] | None:
        """The tested out of the contacted with the interval; None before anybody was contacted."""
        contacted = self.count("contacted")
        if not contacted:
            return None
        share = Proportion(min(self.count("tested"), contacted), contacted)
        return share, *share.interval(self.level)

    def count(self, stage: str) -> int:
        """How many ever reached a stage."""
        return next(mark.count for mark in self.funnel if mark.stage == stage)


def campaign_progress(session: Session, campaign: Campaign) -> Progress:
    """Count a campaign's invitations; the level of the intervals is a parameter of the core tables."""
    level = float(parameters()["interval_level"])
    columns = [func.count(getattr(Invitation, f"{stage}_at")).label(stage) for stage in FUNNEL]
    counted = sa.select(*columns).where(col(Invitation.campaign_id) == campaign.id)
    counts = dict(session.connection().execute(counted).one()._mapping)
    present = session.exec(
        select(col(Invitation.stage), func.count())
        .where(Invitation.campaign_id == campaign.id)
        .group_by(col(Invitation.stage))
    ).all()
    finds = select(func.count()).where(
        Invitation.campaign_id == campaign.id,
        col(Invitation.found_at).is_not(None),
        Invitation.stage != Stage.NOT_FOUND,
    )
    plan = campaign.plan or {}
    planned = {"selected": plan.get("selected"), **(plan.get("marks") or {})}
    return Progress(
        funnel=funnel_of(counts, planned, level),
        present={stage.value: 0 for stage in Stage} | {stage.value: count for stage, count in present},
        finds=session.exec(finds).one(),
        level=level,
    )


def funnel_of(counts: Mapping[str, int], planned: Mapping[str, int | None], level: float) -> tuple[Mark, ...]:
    """The stages in their order, each against the one before and against the plan."""
    marks = []
    for at, stage in enumerate(FUNNEL):
        before = counts[FUNNEL[at - 1]] if at else 0
        share = Proportion(counts[stage], before) if before else None
        low, high = share.interval(level) if share else (None, None)
        marks.append(Mark(stage, counts[stage], share, low, high, planned.get(stage)))
    return tuple(marks)
