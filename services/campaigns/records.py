"""A campaign on record."""

from sqlmodel import Session, select

from domain.errors import NotFound, RefusedByRule
from models.campaign import Campaign


def get_campaign(session: Session, code: str) -> Campaign:
    """The campaign of a code. Raises NotFound."""
    # PostgreSQL takes no NUL, and no code of ours holds a character that cannot be printed
    found = session.exec(select(Campaign).where(Campaign.code == code)).first() if code.isprintable() else None
    if found is None:
        raise NotFound("unknown_campaign")
    return found


def check_campaign_version(campaign: Campaign, version: int) -> None:
    """Raises RefusedByRule where somebody changed the campaign since the person saw it."""
    if campaign.version_id != version:
        raise RefusedByRule("changed_meanwhile")
