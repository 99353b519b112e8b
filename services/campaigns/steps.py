"""One step of one invitation: the only place that moves a stage or adds to its history."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from sqlmodel import Session, select

from domain.campaign_life import Stage, Step, next_stage
from domain.errors import NotFound
from models.campaign import Campaign, Channel, Invitation, InvitationStep

MARKS: dict[Step, tuple[str, ...]] = {
    Step.CONTACT: ("contacted_at",),
    Step.AGREE: ("answered_at", "agreed_at"),
    Step.POSTPONE: ("answered_at",),
    Step.REFUSE: ("answered_at",),
    Step.SAMPLE: ("sampled_at",),
    Step.RESULT: ("tested_at", "found_at"),
    Step.EXCLUDE: ("tested_at",),
    Step.CONFIRM: ("confirmed_at",),
}


class When(Protocol):
    """A moment and the day it is where the registry is kept, as a Timing of reservations tells both."""

    @property
    def now(self) -> datetime:
        """The moment, aware."""

    @property
    def today(self) -> date:
        """The day it is there."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment and its day, where nothing else is known of the place."""

    now: datetime
    today: date


def get_invitation(session: Session, code: str, *, campaign: Campaign | None = None) -> Invitation:
    """The invitation of a code, of a campaign where one is named. Raises NotFound."""
    found = session.exec(select(Invitation).where(Invitation.code == code)).first() if code.isprintable() else None
    if found is None or (campaign is not None and found.campaign_id != campaign.id):
        raise NotFound("unknown_invitation")
    return found


def take_step(
    session: Session,
    invitation: Invitation,
    step: Step,
    *,
    channel: Channel,
    actor: str,
    timing: When,
    note: str = "",
) -> InvitationStep:
    """Move an invitation along the table and keep what happened; checks nothing else.

    Who may be contacted, when and how often is checked by whoever asks: see services.campaigns.contacts.

    Raises RefusedByRule for a step that the table does not hold; then nothing has changed.
    """
    reached = next_stage(invitation.stage, step)
    kept = InvitationStep(
        invitation_id=invitation.id or 0,
        donor_id=invitation.donor_id,
        step=step,
        from_stage=invitation.stage,
        to_stage=reached,
        channel=channel,
        at=timing.now,
        on_day=timing.today,
        actor=actor,
        note=note.strip(),
    )
    invitation.stage = reached
    if step is Step.REOPEN:
        invitation.tested_at = invitation.found_at = invitation.confirmed_at = None
    _mark(invitation, step, timing.now)
    if step is Step.CONTACT:
        invitation.attempts += 1
    session.add_all([invitation, kept])
    session.flush()
    return kept


def _mark(invitation: Invitation, step: Step, now: datetime) -> None:
    """Keep when each stage was first reached; who answers was contacted, whoever opened the conversation."""
    for name in MARKS.get(step, ()):
        if getattr(invitation, name) is None:
            setattr(invitation, name, now)
    if invitation.stage is not Stage.SELECTED and step is not Step.OPT_OUT and step is not Step.LOSE:
        invitation.contacted_at = invitation.contacted_at or now
