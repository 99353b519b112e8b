"""Campaigns and invitations put straight into the tables, and moments on a working day, for the tests of recruitment."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlmodel import Session, select

from domain.campaign_life import CampaignStatus
from domain.reservation import Timing
from models.campaign import Campaign, Invitation, Purpose
from models.donor import Donor

# A Tuesday, 10:30 where the registry is kept: calls are made.
NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
TIMING = Timing(NOW, "Europe/Paris", 24)
PLAN = {
    "prevalence": {"rate": 0.04, "low": 0.02, "high": 0.07, "source": "test"},
    "uptake": {"rate": 27 / 334, "found": 27, "of": 334, "low": 0.05, "high": 0.12, "source": "test"},
    "chance": 0.95,
    "finds": 1,
    "tests": 74,
    "contacts": 925,
    "marks": {"selected": 925, "contacted": 925, "agreed": 100, "sampled": 80, "tested": 74, "found": 1},
    "cost": None,
    "selected": 925,
    "excluded": {},
}


def later(days: int = 0, hours: int = 0, minutes: int = 0) -> Timing:
    """The moments of TIMING, later by so much."""
    return replace(TIMING, now=NOW + timedelta(days=days, hours=hours, minutes=minutes))


def put_campaign(session: Session, name: str = "CD36-negative donors", **more) -> Campaign:
    """A running campaign, unless told otherwise."""
    columns = {
        "code": str(uuid.uuid5(uuid.NAMESPACE_URL, name)),
        "purpose": Purpose.STOCK,
        "target": {"kind": "cd36_negative"},
        "status": CampaignStatus.RUNNING,
        "plan": PLAN,
        "created_at": NOW,
        "created_by": "coo",
        "launched_at": NOW,
    }
    campaign = Campaign(**{**columns, "name": name, **more})
    session.add(campaign)
    session.flush()
    return campaign


def put_invitation(session: Session, campaign: Campaign, donor_number: str, **more) -> Invitation:
    """A donor selected for a campaign, or wherever told."""
    donor = session.exec(select(Donor).where(Donor.donor_number == donor_number)).one()
    code = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{campaign.code} {donor_number}"))
    columns = {"code": code, "campaign_id": campaign.id, "donor_id": donor.id, "selected_at": NOW}
    invitation = Invitation(**{**columns, **more})
    session.add(invitation)
    session.flush()
    return invitation
