"""How far the invited of campaigns have come, in numbers."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, col, func, select

from models.campaign import Invitation

REACHED = ("selected", "contacted", "answered", "agreed", "sampled", "tested", "found", "confirmed")


def count_reached(session: Session, ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """How many of each campaign's invited ever reached each stage, zeros for a campaign without any; by its id."""
    columns = [func.count(getattr(Invitation, f"{stage}_at")) for stage in REACHED]
    query: Any = select(Invitation.campaign_id, *columns)
    counted = session.exec(query.where(col(Invitation.campaign_id).in_(ids)).group_by(col(Invitation.campaign_id)))
    none = {number: dict.fromkeys(REACHED, 0) for number in ids}
    return none | {row[0]: dict(zip(REACHED, row[1:], strict=True)) for row in counted.all()}
