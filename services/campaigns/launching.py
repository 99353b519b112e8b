"""The launch of a campaign, its later waves, and its pauses and end."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, func, select

from domain.campaign_life import CampaignStatus, CampaignStep, next_campaign_status
from domain.errors import FieldFault, InvalidFields, RefusedByRule
from models.campaign import Campaign, Invitation
from services.accounts.person import Person
from services.audit import record_audit
from services.campaigns.records import check_campaign_version, get_campaign
from services.campaigns.selection import select_invitees
from services.platelet_antibodies import check_reason

Json = dict[str, Any]
MOST_OF_A_WAVE = 5_000
WITH_REASON = frozenset({CampaignStep.PAUSE, CampaignStep.CLOSE})


@dataclass(frozen=True, slots=True)
class Launched:
    """Who was invited, and how many of those planned no longer could be."""

    campaign: Campaign
    invited: int
    planned: int


def launch(session: Session, *, code: str, version: int, by: Person, today: date, now: datetime) -> Launched:
    """Invite the first wave, chosen anew from the registry as it is now: who opted out since the plan is not in it.

    Raises NotFound, and RefusedByRule for a step the table does not hold, a changed campaign, a deadline that is over,
    or where nobody is left to invite.
    """
    row = get_campaign(session, code)
    check_campaign_version(row, version)
    reached = next_campaign_status(row.status, CampaignStep.LAUNCH)
    if row.deadline is not None and row.deadline < today:
        raise RefusedByRule("campaign_deadline_over", on=row.deadline.isoformat())
    planned = int((row.plan or {}).get("selected", 0))
    row.status, row.launched_at = reached, now
    invited = _invite_best(session, row, planned, wave=1, today=today, now=now)
    if not invited:
        raise RefusedByRule("campaign_has_nobody")
    session.add(row)
    session.flush()
    _audit(session, row, "campaign_launched", {"invited": invited, "planned": planned}, by, now)
    return Launched(row, invited, planned)


def add_wave(
    session: Session, *, code: str, version: int, number: int, by: Person, today: date, now: datetime
) -> Launched:
    """Invite some more donors of a running campaign. Raises as `launch`, and InvalidFields for an absurd number."""
    row = get_campaign(session, code)
    check_campaign_version(row, version)
    if row.status is not CampaignStatus.RUNNING:
        raise RefusedByRule("campaign_step_refused", step="wave", reason=f"campaign_is.{row.status.value}")
    if not 1 <= number <= MOST_OF_A_WAVE:
        raise InvalidFields([FieldFault("number", "number_out_of_range", {"low": 1, "high": MOST_OF_A_WAVE})])
    last = session.exec(select(func.max(Invitation.wave)).where(Invitation.campaign_id == row.id)).one()
    invited = _invite_best(session, row, number, wave=(last or 0) + 1, today=today, now=now)
    if not invited:
        raise RefusedByRule("campaign_has_nobody")
    _audit(session, row, "campaign_wave_added", {"invited": invited, "asked": number}, by, now)
    return Launched(row, invited, number)


def change_status(
    session: Session, *, code: str, step: CampaignStep, version: int, reason: str, by: Person, now: datetime
) -> Campaign:
    """Pause, resume or close a campaign; a pause and an end have a reason.

    Raises NotFound, InvalidFields without a reason, and RefusedByRule for a step the table does not hold.
    """
    row = get_campaign(session, code)
    check_campaign_version(row, version)
    reached = next_campaign_status(row.status, step)
    kept = check_reason(reason) if step in WITH_REASON else ""
    row.status = reached
    if step is CampaignStep.CLOSE:
        row.closed_at, row.closing_reason = now, kept
    elif step is CampaignStep.PAUSE:
        row.pause_reason = kept
    session.add(row)
    session.flush()
    # free words may name somebody: they stand with the campaign, encrypted, and in no audit
    _audit(session, row, f"campaign_{reached.value}", {}, by, now)
    return row


def _invite_best(session: Session, row: Campaign, number: int, *, wave: int, today: date, now: datetime) -> int:
    last = session.exec(select(func.max(Invitation.place)).where(Invitation.campaign_id == row.id)).one()
    chosen = select_invitees(session, row, limit=number, today=today).invited
    session.add_all(
        Invitation(
            code=str(uuid.uuid4()),
            campaign_id=row.id or 0,
            donor_id=one.donor_id,
            wave=wave,
            place=place,
            reasons=[{"code": code, "params": dict(params)} for code, params in one.reasons],
            selected_at=now,
        )
        for place, one in enumerate(chosen, start=(last or 0) + 1)
    )
    session.flush()
    return len(chosen)


def _audit(session: Session, row: Campaign, action: str, details: Json, by: Person, now: datetime) -> None:
    record_audit(
        session, actor=by.login, action=action, subject_type="campaign", subject_key=row.code,
        details=details, now=now,
    )  # fmt: skip
