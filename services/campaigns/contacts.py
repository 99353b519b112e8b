"""What a coordinator does about an invited donor on the phone: take the call, and record what came of it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, select

from domain.campaign_life import ENDED, Stage, Step
from domain.contacting import SOLICITED, Outcome, outcomes_at, steps_of
from domain.errors import FieldFault, InvalidFields, RefusedByRule
from domain.reservation import Timing
from models.campaign import Channel, Invitation, InvitationStep
from models.donor import Donor
from services.accounts.person import Person
from services.audit import record_audit
from services.campaigns.contact_rules import contact_rules
from services.campaigns.opt_out import close_invitation, end_invitations
from services.campaigns.standing import (
    check_campaign,
    check_claim,
    check_contact,
    check_donor,
    check_version,
)
from services.campaigns.steps import get_invitation, take_step
from services.donor_consent import set_consent

LONGEST_NOTE = 500
FARTHEST_LATER = timedelta(days=366)
DOUBLE_PRESS = timedelta(seconds=20)  # exactly the same again of the same person within this is one press
BY_PEOPLE = tuple(channel for channel in Channel if channel is not Channel.LABORATORY)


@dataclass(frozen=True, slots=True)
class _Press:
    """What a person said of a contact; `due` is when the donor is due again after it."""

    outcome: Outcome
    channel: Channel
    note: str
    due: date | None


def claim(session: Session, *, code: str, by: Person, timing: Timing) -> Invitation:
    """Take an invited donor to call them: for some minutes nobody else does, in whatever campaign.

    Raises:
        NotFound: no such invitation.
        RefusedByRule: the campaign does not run, the donor may not be contacted, or somebody else has them.
    """
    invitation = get_invitation(session, code)
    check_campaign(session, invitation)
    check_donor(session, invitation)
    check_claim(session, invitation, login=by.login, timing=timing)
    invitation.claimed_by = by.login
    invitation.claimed_until = timing.now + timedelta(minutes=contact_rules().claim_minutes)
    session.add(invitation)
    session.flush()
    return invitation


def record_outcome(
    session: Session, *, code: str, outcome: str, channel: str, version: int, by: Person, timing: Timing,
    later_on: date | None = None, note: str = "",
) -> InvitationStep | None:  # fmt: skip
    """Keep what came of a contact; the same press twice is one contact. Returns the last step that it took.

    What says anything else, in the note alone too, is no second press: it is judged as another contact.
    An opt-out is taken whatever the campaign, the stage or the version: it withdraws the donor's consent and ends
    their invitations everywhere; None where none of them is open any more.

    Raises:
        NotFound: no such invitation.
        InvalidFields: an outcome or channel nobody knows, a note too long, a later contact without its day.
        RefusedByRule: a rule of contacts, of the campaign, of the donor or of the table of steps is against it, or
            somebody changed the invitation meanwhile; then nothing has changed.
    """
    kept, through = _check_fields(outcome, channel, later_on=later_on, note=note, today=timing.today)
    invitation = get_invitation(session, code)
    press = _Press(kept, through, note.strip(), _next_on(kept, later_on, timing.today))
    if last := _find_same_press(session, invitation, press, by=by, now=timing.now):
        return last
    if kept is Outcome.OPT_OUT:
        return _opt_out(session, invitation, through, by=by, timing=timing, note=note)
    steps = steps_of(invitation.stage, kept, incoming=through is Channel.INCOMING)
    _check(session, invitation, kept, through, version=version, by=by, timing=timing)
    for at, step in enumerate(steps, start=1):
        text = note if at == len(steps) else ""
        last = take_step(session, invitation, step, channel=through, actor=by.login, timing=timing, note=text)
    _settle(invitation, kept, press.due)
    session.add(invitation)
    session.flush()
    audit_invitation(session, invitation, by=by, timing=timing, what=kept.value, channel=through)
    return last


def latest_step(session: Session, invitation: Invitation) -> InvitationStep | None:
    """The last thing that happened to an invitation."""
    query = select(InvitationStep).where(InvitationStep.invitation_id == invitation.id)
    return session.exec(query.order_by(col(InvitationStep.id).desc()).limit(1)).first()


def audit_invitation(
    session: Session, invitation: Invitation, *, by: Person, timing: Timing, what: str, channel: Channel
) -> None:
    """One row of the trail about an invitation: what was done through which channel, never what was said."""
    record_audit(
        session,
        actor=by.login,
        action="invitation_recorded",
        subject_type="invitation",
        subject_key=invitation.code,
        details={"outcome": what, "channel": channel.value, "stage": invitation.stage.value},
        now=timing.now,
    )


def check_note(note: str, faults: list[FieldFault]) -> None:
    """Add a fault for a note that is too long."""
    if len(note.strip()) > LONGEST_NOTE:
        faults.append(FieldFault("note", "note_too_long", {"most": LONGEST_NOTE}))


def check_channel(channel: str, faults: list[FieldFault]) -> None:
    """Add a fault for a channel that is not one of people."""
    if channel not in BY_PEOPLE:
        faults.append(FieldFault("channel", "contact_channel_unknown"))


def _check_fields(
    outcome: str, channel: str, *, later_on: date | None, note: str, today: date
) -> tuple[Outcome, Channel]:
    faults: list[FieldFault] = []
    if outcome not in set(Outcome):
        faults.append(FieldFault("outcome", "contact_outcome_unknown"))
    check_channel(channel, faults)
    if outcome == Outcome.LATER:
        if later_on is None:
            faults.append(FieldFault("later_on", "later_needs_day"))
        elif not today < later_on <= today + FARTHEST_LATER:
            faults.append(FieldFault("later_on", "later_not_ahead", {"on": later_on.isoformat()}))
    check_note(note, faults)
    if faults:
        raise InvalidFields(faults)
    return Outcome(outcome), Channel(channel)


def _find_same_press(
    session: Session, invitation: Invitation, press: _Press, *, by: Person, now: datetime
) -> InvitationStep | None:
    """The last step of an invitation where this very press took it, by the same person, just now."""
    last = latest_step(session, invitation)
    if last is None or last.actor != by.login or last.at <= now - DOUBLE_PRESS:
        return None
    query = select(InvitationStep).where(InvitationStep.invitation_id == invitation.id, InvitationStep.at == last.at)
    taken = session.exec(query.order_by(col(InvitationStep.id))).all()
    steps = steps_of(taken[0].from_stage, press.outcome, incoming=press.channel is Channel.INCOMING)
    done = (*(one.step for one in taken), last.channel, invitation.next_on)
    nothing_new = press.note in ("", last.note)
    return last if nothing_new and done == (*steps, press.channel, press.due) else None


def _check(
    session: Session, invitation: Invitation, outcome: Outcome, channel: Channel, *, version: int, by: Person,
    timing: Timing,
) -> None:  # fmt: skip
    """All that speaks against an outcome, before anything has changed."""
    check_version(invitation, version)
    check_campaign(session, invitation)
    check_claim(session, invitation, login=by.login, timing=timing)
    check_donor(session, invitation)
    incoming = channel is Channel.INCOMING
    exhausted = invitation.attempts >= contact_rules().most_attempts
    if outcome not in outcomes_at(invitation.stage, exhausted=exhausted, incoming=incoming):
        raise RefusedByRule("outcome_refused", outcome=outcome.value, reason=_why_not(invitation, outcome, incoming))
    contacts = Step.CONTACT in steps_of(invitation.stage, outcome, incoming=incoming)
    if contacts:
        check_contact(session, invitation, channel, timing)


def _why_not(invitation: Invitation, outcome: Outcome, incoming: bool) -> str:
    if incoming and outcome in (Outcome.NO_ANSWER, Outcome.WRONG_NUMBER):
        return "incoming_is_an_answer"
    if outcome is Outcome.GIVE_UP and invitation.stage in SOLICITED:
        return "attempts_left"
    return f"invitation_is.{invitation.stage.value}"


def _next_on(outcome: Outcome, later_on: date | None, today: date) -> date | None:
    """When the donor is due again after an outcome."""
    if outcome is Outcome.NO_ANSWER:
        return today + timedelta(days=contact_rules().retry_days)
    return later_on if outcome is Outcome.LATER else None


def _settle(invitation: Invitation, outcome: Outcome, due: date | None) -> None:
    """When the donor is due again, after what came of this contact; whoever called has let go of them."""
    invitation.claimed_by = invitation.claimed_until = None
    invitation.next_on = due
    if outcome is Outcome.LATER:
        invitation.appointment_at = None
    if invitation.stage in ENDED or invitation.stage in (Stage.REFUSED, Stage.UNREACHABLE):
        close_invitation(invitation)


def _opt_out(
    session: Session, invitation: Invitation, channel: Channel, *, by: Person, timing: Timing, note: str
) -> InvitationStep | None:
    """The donor's word holds against everything else: their consent is withdrawn, and every campaign lets them go."""
    ended = end_invitations(
        session, donor_id=invitation.donor_id, step=Step.OPT_OUT, actor=by.login, timing=timing, channel=channel,
        note=note,
    )  # fmt: skip
    donor = session.get_one(Donor, invitation.donor_id)
    if note.strip() and not ended and donor.consent_withdrawn_at is not None:
        raise RefusedByRule("opt_out_before")
    if donor.consent_withdrawn_at is None and not donor.erased_at:  # a no from a file would give way to its next yes
        set_consent(
            session,
            number=donor.donor_number,
            version=donor.version_id,
            agreed=False,
            on=timing.today,
            reason="opted out of campaigns",
            actor=by.login,
            now=timing.now,
            today=timing.today,
        )
    audit_invitation(session, invitation, by=by, timing=timing, what=Outcome.OPT_OUT.value, channel=channel)
    return latest_step(session, invitation) if invitation in ended else None
