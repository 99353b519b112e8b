"""Inviting untested brothers and sisters: those who are donors into a campaign, the others by a letter passed on."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from sqlmodel import Session, col, func, select

from domain.campaign_life import CampaignStatus, Stage
from domain.errors import NotFound, RefusedByRule
from domain.reservation import Timing
from models.campaign import Campaign, Invitation
from models.donor import Donor
from models.family import FamilyMember
from services.accounts.person import Person
from services.campaigns.selection import exclusion_of
from services.families.chances import Outlook, judge_family
from services.families.phenotypes import antigens_of, looks_for
from services.families.records import FamilyRows, family_rows, get_family, settle_family
from services.reference import active_reference
from services.reservations.listing import contact_fault

Json = dict[str, Any]
# What a campaign asks to narrow the registry down; a relative is nearer than any of it.
ASKED_OF_STRANGERS = frozenset(
    {
        "invite.other_region",
        "invite.other_abo",
        "invite.ancestry_not_declared",
        "invite.other_ancestry",
        "invite.not_eligible_in_time",
        "invite.seldom_answers",
    }
)


def invitable(session: Session, *, code: str) -> Json:
    """The running campaigns that look for this, and what keeps each untested brother or sister from being invited.

    Raises NotFound.
    """
    rows = family_rows(session, get_family(session, code))
    outlook = judge_family(rows, active_reference(session))
    siblings = _siblings(rows, outlook)
    return {
        "campaigns": [{"code": one.code, "name": one.name} for one in _campaigns(session, rows)],
        "siblings": [
            {"code": one.code, "fault": _fault(session, rows.donors.get(one.donor_id or 0))} for one in siblings
        ],
    }


def invite_siblings(
    session: Session, *, code: str, version: int, campaign: str, members: Sequence[str], by: Person, timing: Timing
) -> int:
    """Put the chosen brothers and sisters who are donors at the head of a running campaign; how many were added.

    Each carries why: a brother or sister of somebody who has it, and the chance. Nobody is contacted by this.

    Raises NotFound, and RefusedByRule: nobody chosen, somebody who is no untested brother or sister, who may not be
    called, who wanted no contact any more, or who is in that campaign already.
    """
    family = get_family(session, code, version=version)
    rows = family_rows(session, family)
    outlook = judge_family(rows, active_reference(session))
    running = next((one for one in _campaigns(session, rows) if one.code == campaign), None)
    if running is None:
        raise NotFound("family_campaign_unknown")
    chosen = [one for one in _siblings(rows, outlook) if one.code in members]
    if not chosen or len(chosen) != len(set(members)):
        raise RefusedByRule("family_nobody_to_invite")
    for one in chosen:
        _invite(session, running, rows, one, outlook, timing)
    details = {"campaign": running.code, "invited": len(chosen)}
    settle_family(session, family, "family_siblings_invited", actor=by.login, now=timing.now, **details)
    return len(chosen)


def _siblings(rows: FamilyRows, outlook: Outlook) -> list[FamilyMember]:
    return [one for one in rows.members if one.code in outlook.siblings]


def _campaigns(session: Session, rows: FamilyRows) -> list[Campaign]:
    antigens = antigens_of(rows.person_of(rows.first), active_reference(session))
    running = select(Campaign).where(Campaign.status == CampaignStatus.RUNNING).order_by(col(Campaign.name))
    asked = (rows.family.phenotype, antigens, rows.first.patient_id)
    return [one for one in session.exec(running).all() if looks_for(one.target, *asked)]


def _fault(session: Session, donor: Donor | None) -> str | None:
    """The code that says why somebody cannot be invited at all, None where they can."""
    if donor is None:
        return "family_not_a_donor"
    if fault := contact_fault(donor):
        return fault
    opted = select(Invitation).where(Invitation.donor_id == donor.id, Invitation.stage == Stage.OPTED_OUT)
    return "invitation_is.opted_out" if session.exec(opted.limit(1)).first() else None


def _invite(
    session: Session, campaign: Campaign, rows: FamilyRows, one: FamilyMember, outlook: Outlook, timing: Timing
) -> None:
    """By the campaign's own rule, but for what it asks of strangers: a region, a group, an ancestry."""
    donor = rows.donors.get(one.donor_id or 0)
    if donor is None or (fault := _fault(session, donor)):
        raise RefusedByRule("family_not_invitable", reason=fault if donor else "family_not_a_donor")
    against = exclusion_of(session, campaign, donor.id or 0, today=timing.today)
    if against == "invite.invited_already":
        raise RefusedByRule("family_invited_already", donor=donor.donor_number)
    if against is not None and against not in ASKED_OF_STRANGERS:
        raise RefusedByRule("family_not_invitable", reason=against)
    wave, place = session.exec(
        select(func.max(Invitation.wave), func.min(Invitation.place)).where(Invitation.campaign_id == campaign.id)
    ).one()
    session.add(
        Invitation(
            code=str(uuid4()),
            campaign_id=campaign.id or 0,
            donor_id=donor.id or 0,
            wave=wave or 1,
            place=(place or 0) - 1,  # before the others: few have such a chance
            reasons=[_reason(rows, outlook, one)],
            selected_at=timing.now,
        )
    )
    session.flush()


def _reason(rows: FamilyRows, outlook: Outlook, one: FamilyMember) -> Json:
    """Why this donor: it stands on papers about them, so what a relative has only where that relative agreed."""
    if not rows.first.shares_result:
        return {"code": "relative_to_test", "params": {}}
    chance = outlook.judged[one.code].chance
    if chance is None or (percent := round(100 * chance)) == 0:
        return {"code": "sibling_to_test", "params": {}}
    return {"code": "sibling_of_rare", "params": {"chance_percent": percent}}
