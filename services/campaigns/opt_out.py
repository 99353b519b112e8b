"""A donor who may not be contacted any more leaves every campaign at once, whatever their stage there."""

from sqlmodel import Session, col, select

from domain.campaign_life import OPEN, Step
from models.campaign import Channel, Invitation, InvitationStep
from services.campaigns.steps import When, take_step


def end_invitations(
    session: Session,
    *,
    donor_id: int,
    step: Step,
    actor: str,
    timing: When,
    channel: Channel = Channel.INCOMING,
    note: str = "",
    lost_reason: str = "",
) -> list[Invitation]:
    """End every open invitation of a donor by one step, OPT_OUT or LOSE; those that had ended stay as they ended."""
    query = select(Invitation).where(Invitation.donor_id == donor_id, col(Invitation.stage).in_(OPEN))
    ended = list(session.exec(query.order_by(col(Invitation.id))).all())
    for invitation in ended:
        close_invitation(invitation)
        invitation.lost_reason = lost_reason
        take_step(session, invitation, step, channel=channel, actor=actor, timing=timing, note=note)
    return ended


def close_invitation(invitation: Invitation) -> None:
    """Nothing more is due of an invitation that ends: no day, no appointment, nobody on the phone."""
    invitation.next_on = invitation.appointment_at = None
    invitation.claimed_by = invitation.claimed_until = None


def forget_notes(session: Session, donor_id: int) -> None:
    """Empty what is noted of a donor who is to be forgotten, and why they were invited; the counts stay true."""
    for invitation in session.exec(select(Invitation).where(Invitation.donor_id == donor_id)).all():
        invitation.reasons = []
        session.add(invitation)
    for row in session.exec(select(InvitationStep).where(InvitationStep.donor_id == donor_id)).all():
        row.note = ""
        session.add(row)
