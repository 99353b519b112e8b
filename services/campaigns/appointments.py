"""Appointments and samples of invited donors: a day found or moved, missed, a sample taken, a donor lost."""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlmodel import Session

from domain.campaign_life import Stage, Step, next_stage
from domain.errors import FieldFault, InvalidFields, RefusedByRule
from domain.reservation import Timing
from models.campaign import Channel, Invitation
from services.accounts.person import Person
from services.campaigns.contacts import audit_invitation, check_channel, check_note, latest_step
from services.campaigns.opt_out import close_invitation
from services.campaigns.standing import (
    check_campaign,
    check_claim,
    check_contact,
    check_donor,
    check_version,
    goes_on,
)
from services.campaigns.steps import get_invitation, take_step

FARTHEST_APPOINTMENT = timedelta(days=366)


class LostReason(StrEnum):
    """Why a donor is lost to a campaign; restriction and erasure say so themselves."""

    MEDICAL = "medical"
    MOVED_AWAY = "moved_away"
    NO_TIME = "no_time"
    CHANGED_MIND = "changed_mind"
    DIED = "died"
    SAMPLE_UNUSABLE = "sample_unusable"
    OTHER = "other"
    RESTRICTED = "restricted"
    ERASED = "erased"


GIVEN_BY_PEOPLE = tuple(one for one in LostReason if one not in (LostReason.RESTRICTED, LostReason.ERASED))


def appoint(
    session: Session, *, code: str, at: datetime | None, version: int, by: Person, timing: Timing,
    channel: str = Channel.PHONE, note: str = "",
) -> Invitation:  # fmt: skip
    """Give a donor who agreed a day and time, or another one; of a first find, for the second sample.

    That is a contact of its own, under the rules of contacts, unless it goes on in the call in which the donor
    answered, or the donor called.

    Raises InvalidFields for a moment that is missing, past or over a year ahead, or a channel nobody knows;
    RefusedByRule.
    """
    faults: list[FieldFault] = []
    if at is None:
        faults.append(FieldFault("appointment_at", "appointment_needs_time"))
    elif not timing.now < at <= timing.now + FARTHEST_APPOINTMENT:
        faults.append(FieldFault("appointment_at", "appointment_not_ahead"))
    check_channel(channel, faults)
    check_note(note, faults)
    if faults:
        raise InvalidFields(faults)
    invitation, through = _open(session, code, version), Channel(channel)
    next_stage(invitation.stage, Step.APPOINT)
    check_donor(session, invitation)
    check_claim(session, invitation, login=by.login, timing=timing)
    last = latest_step(session, invitation)
    spoken = goes_on(invitation, last, login=by.login, timing=timing) and last is not None and last.channel is through
    if through is not Channel.INCOMING and not spoken:
        check_campaign(session, invitation)
        check_contact(session, invitation, through, timing)
        take_step(session, invitation, Step.CONTACT, channel=through, actor=by.login, timing=timing)
    return _take(session, invitation, Step.APPOINT, by=by, timing=timing, note=note, appointment_at=at, channel=through)


def miss(session: Session, *, code: str, version: int, by: Person, timing: Timing, note: str = "") -> Invitation:
    """Record that a donor did not come: they are to be called for another day.

    Raises RefusedByRule where there is no appointment, or before it.
    """
    _check_note_alone(note)
    invitation = _open(session, code, version)
    if invitation.appointment_at is None:
        raise RefusedByRule("no_appointment")
    if invitation.appointment_at > timing.now:
        raise RefusedByRule("appointment_not_come")
    return _take(session, invitation, Step.MISS, by=by, timing=timing, note=note, appointment_at=None)


def sample(session: Session, *, code: str, version: int, by: Person, timing: Timing, note: str = "") -> Invitation:
    """Record that a sample was taken, with an appointment or without; of a first find, the second sample."""
    _check_note_alone(note)
    invitation = _open(session, code, version)
    if invitation.stage is Stage.TESTED:
        invitation.second_sample = True
    return _take(session, invitation, Step.SAMPLE, by=by, timing=timing, note=note, appointment_at=None)


def lose(
    session: Session, *, code: str, reason: str, version: int, by: Person, timing: Timing, note: str = ""
) -> Invitation:
    """Record that a donor is lost to the campaign, and why. Raises InvalidFields for a reason that is not listed."""
    faults: list[FieldFault] = []
    if reason not in GIVEN_BY_PEOPLE:
        faults.append(FieldFault("lost_reason", "lost_reason_unknown"))
    check_note(note, faults)
    if faults:
        raise InvalidFields(faults)
    invitation = _open(session, code, version)
    lost = _take(session, invitation, Step.LOSE, by=by, timing=timing, note=note, appointment_at=None)
    close_invitation(lost)
    lost.lost_reason = reason
    session.add(lost)
    session.flush()
    return lost


def _open(session: Session, code: str, version: int) -> Invitation:
    """The invitation that a person saw, in a campaign that still takes samples."""
    invitation = get_invitation(session, code)
    check_version(invitation, version)
    check_campaign(session, invitation, even_paused=True)
    return invitation


def _check_note_alone(note: str) -> None:
    faults: list[FieldFault] = []
    check_note(note, faults)
    if faults:
        raise InvalidFields(faults)


def _take(
    session: Session, invitation: Invitation, step: Step, *, by: Person, timing: Timing, note: str,
    appointment_at: datetime | None, channel: Channel = Channel.IN_PERSON,
) -> Invitation:  # fmt: skip
    take_step(session, invitation, step, channel=channel, actor=by.login, timing=timing, note=note)
    invitation.appointment_at, invitation.next_on = appointment_at, None
    invitation.claimed_by = invitation.claimed_until = None
    session.add(invitation)
    session.flush()
    audit_invitation(session, invitation, by=by, timing=timing, what=step.value, channel=channel)
    return invitation
