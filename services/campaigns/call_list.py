"""The lists of a campaign: whom to call today, whom to remind, who refused, who is to give a sample."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, and_, col, false, func, or_, select

from domain.campaign_life import TRANSITIONS, CampaignStatus, Stage, Step
from domain.contacting import QUIET, Obstacle, Outcome, outcomes_at
from domain.errors import UnusableInput
from domain.reservation import Timing
from domain.windows import anniversary
from models.campaign import Campaign, Channel, Invitation, InvitationStep
from models.donor import Donor, DonorIdentity, DonorStatus
from services.accounts.permissions import Permission
from services.accounts.person import Person
from services.audit import record_audit
from services.calls import Contact
from services.campaigns.contact_rules import contact_rules
from services.campaigns.other_contacts import contacted_otherwise
from services.campaigns.standing import goes_on, obstacles_to, open_claims
from services.reservations.listing import contact_fault
from services.reservations.occupancy import names_of

Condition = Any  # of SQLAlchemy


@dataclass(frozen=True, slots=True)
class StepSeen:
    """One step as it was recorded; the note may name the donor and is empty for those who may not know them."""

    at: datetime
    actor: str
    step: str
    channel: str
    note: str


@dataclass(frozen=True, slots=True)
class Invited:
    """An invited donor in a list: where they stand, and what can be done now.

    `contact` is None for those who may not know donors, and for a donor who may not be contacted, which `fault` says.
    `obstacle` says why a contact of ours must wait; `claimed_by` who else is on the phone with them.
    """

    code: str
    donor_number: str
    version: int
    stage: str
    attempts: int
    next_on: date | None
    appointment_at: datetime | None
    second_sample: bool
    lost_reason: str
    last: StepSeen | None
    contact: Contact | None
    fault: str | None
    obstacle: Obstacle | None
    claimed_by: str | None
    claimed_until: datetime | None
    claimed_by_me: bool
    waits: bool  # only the donor's own call can be recorded now
    goes_on: bool  # the call in which the person recorded the last step
    outcomes: tuple[Outcome, ...]
    deeds: tuple[Step, ...]


def knows_invited(person: Person) -> bool:
    """Whether the lists of a campaign may name donors to a person."""
    return person.may(Permission.RUN_CAMPAIGNS) and person.may(Permission.SEE_IDENTITY)


def tomorrow_of(timing: Timing) -> tuple[datetime, datetime]:
    """When tomorrow begins and ends where the registry is kept (UTC)."""
    zone = ZoneInfo(timing.timezone)
    first = datetime.combine(timing.today + timedelta(days=1), time(), zone)
    last = datetime.combine(timing.today + timedelta(days=2), time(), zone)
    return first.astimezone(UTC), last.astimezone(UTC)


def due_now(timing: Timing) -> Condition:
    """Invitations whose donor is to be called today: due, contactable, and not against the rules of contacts.

    Those whose attempts are exhausted are among them, for somebody to give up; what the hour allows is not asked.
    """
    rules, today = contact_rules(), timing.today
    since_any, since_here = anniversary(today, -1), today - timedelta(days=rules.days_between)
    ours = and_(
        col(InvitationStep.donor_id) == col(Invitation.donor_id),
        InvitationStep.step == Step.CONTACT,
        InvitationStep.channel != Channel.INCOMING,
    )
    made = select(func.count(col(InvitationStep.id))).where(ours, col(InvitationStep.on_day) > since_any)
    last = select(func.max(InvitationStep.on_day)).where(ours)
    elsewhere = last.where(col(InvitationStep.invitation_id) != col(Invitation.id))
    asked = Invitation.stage == Stage.LATER
    return and_(
        col(Invitation.stage).in_((Stage.SELECTED, Stage.CONTACTED, Stage.LATER)),
        or_(col(Invitation.next_on).is_(None), col(Invitation.next_on) <= today),
        _contactable(),
        made.correlate(Invitation).scalar_subquery() < rules.most_contacts_12m,
        func.coalesce(last.correlate(Invitation).scalar_subquery(), date.min) < today,
        ~contacted_otherwise(today),
        or_(
            asked,
            and_(
                func.coalesce(elsewhere.correlate(Invitation).scalar_subquery(), date.min) <= since_here,
                ~contacted_otherwise(since_here + timedelta(days=1)),
            ),
        ),
    )


def _contactable() -> Condition:
    """A donor whom services.reservations.listing.contact_fault finds no fault with."""
    return and_(
        col(Donor.erased_at).is_(None),
        col(Donor.restricted_at).is_(None),
        col(Donor.consent_withdrawn_at).is_(None),
        col(Donor.consent_contact),
        Donor.status == DonorStatus.ACTIVE,
    )


def to_remind(timing: Timing) -> Condition:
    """Invitations with an appointment tomorrow, whose donor nobody has contacted today."""
    first, last = tomorrow_of(timing)
    today = select(InvitationStep.id).where(
        col(InvitationStep.donor_id) == col(Invitation.donor_id),
        InvitationStep.step == Step.CONTACT,
        InvitationStep.channel != Channel.INCOMING,
        InvitationStep.on_day == timing.today,
    )
    within = and_(col(Invitation.appointment_at) >= first, col(Invitation.appointment_at) < last)
    return and_(within, ~today.correlate(Invitation).exists(), ~contacted_otherwise(timing.today), _contactable())


def _in(*stages: Stage) -> Callable[[Timing], Condition]:
    return lambda _timing: col(Invitation.stage).in_(stages)


LISTS: Mapping[str, Callable[[Timing], Condition]] = {
    "to_call": due_now,
    "reminders": to_remind,
    "to_sample": _in(Stage.AGREED, Stage.APPOINTED),
    "awaited": _in(Stage.SAMPLED),
    "second_samples": _in(Stage.TESTED),
    "later": _in(Stage.LATER),
    "refused": _in(Stage.REFUSED),
    "unreachable": _in(Stage.UNREACHABLE),
    "lost": _in(Stage.LOST, Stage.OPTED_OUT),
    "all": _in(*Stage),
}


def count_lists(session: Session, campaign: Campaign, timing: Timing) -> dict[str, int]:
    """How many donors stand in each list; nobody is to be called or reminded unless the campaign runs."""
    return {name: count_list(session, campaign, name, timing) for name in LISTS}


def count_list(session: Session, campaign: Campaign, which: str, timing: Timing) -> int:
    """How many donors stand in one list. Raises UnusableInput for a list that there is not."""
    rows = _query(campaign, which, timing).with_only_columns(col(Invitation.id))
    return session.exec(select(func.count()).select_from(rows.subquery())).one()


def list_invited(
    session: Session, campaign: Campaign, *, which: str, by: Person, timing: Timing, limit: int, offset: int
) -> list[Invited]:
    """One list of a campaign, in the order in which the donors are to be contacted.

    Where it names donors, one row of the audit trail says whom it named: that needs a write session.
    Raises UnusableInput for a list that there is not.
    """
    ordered = _query(campaign, which, timing).order_by(
        (col(Invitation.attempts) >= contact_rules().most_attempts),
        col(Invitation.appointment_at).is_(None),
        col(Invitation.appointment_at),
        col(Invitation.next_on).is_(None),
        col(Invitation.next_on),
        col(Invitation.wave),
        col(Invitation.place),
        col(Invitation.id),
    )
    rows = session.exec(ordered.limit(limit).offset(offset)).all()
    found = _entries(session, rows, by=by, timing=timing)
    if shown := sorted(one.donor_number for one in found if one.contact):
        record_audit(
            session,
            actor=by.login,
            action="donor_identities_seen",
            subject_type="call_list",
            subject_key=campaign.code,
            details={"from_on": timing.today, "until_on": timing.today, "list": which, "donors": shown},
            now=timing.now,
        )
    return found


def _query(campaign: Campaign, which: str, timing: Timing) -> Any:
    condition = LISTS.get(which)
    if condition is None:
        raise UnusableInput("campaign_list_unknown", text=which)
    query = select(Invitation, Donor).join(Donor, col(Donor.id) == col(Invitation.donor_id))
    query = query.where(Invitation.campaign_id == campaign.id, condition(timing))
    idle = which in ("to_call", "reminders") and campaign.status is not CampaignStatus.RUNNING
    return query.where(false()) if idle else query


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of the rows of a list, read at once for all of them."""

    identities: Mapping[int, DonorIdentity]
    steps: Mapping[int, InvitationStep]
    claims: Mapping[int, Invitation]
    names: Mapping[str, str]


def _entries(
    session: Session, rows: Sequence[tuple[Invitation, Donor]], *, by: Person, timing: Timing
) -> list[Invited]:
    invitations, named = [row for row, _ in rows], knows_invited(by)
    donors = [donor.id or 0 for _, donor in rows if named and contact_fault(donor) is None]
    claims = open_claims(session, [row.donor_id for row in invitations], now=timing.now, not_by=by.login)
    steps = _last_steps(session, [row.id or 0 for row in invitations])
    people = [*(one.claimed_by or "" for one in claims.values()), *(one.actor for one in steps.values())]
    identities = session.exec(select(DonorIdentity).where(col(DonorIdentity.donor_id).in_(donors))).all()
    known = _Known(
        identities={one.donor_id: one for one in identities},
        steps=steps,
        claims=claims,
        names=names_of(session, people),
    )
    obstacles = obstacles_to(session, invitations, Channel.PHONE, timing)
    return [
        _invited(row, donor, obstacle, known, by=by, timing=timing)
        for (row, donor), obstacle in zip(rows, obstacles, strict=True)
    ]


def _invited(
    row: Invitation, donor: Donor, obstacle: Obstacle | None, known: _Known, *, by: Person, timing: Timing
) -> Invited:
    now, last = timing.now, known.steps.get(row.id or 0)
    fault, other, until = contact_fault(donor), known.claims.get(row.donor_id), row.claimed_until
    mine = row.claimed_by == by.login and until is not None and until > now
    exhausted = row.attempts >= contact_rules().most_attempts
    waits = fault is None and obstacle is not None and obstacle.code not in QUIET
    return Invited(
        code=row.code,
        donor_number=donor.donor_number,
        version=row.version_id,
        stage=row.stage.value,
        attempts=row.attempts,
        next_on=row.next_on,
        appointment_at=row.appointment_at,
        second_sample=row.second_sample,
        lost_reason=row.lost_reason,
        last=_seen(last, known, notes=knows_invited(by)) if last else None,
        contact=_contact(known.identities.get(row.donor_id)) if knows_invited(by) and fault is None else None,
        fault=fault,
        obstacle=None if fault else obstacle,
        claimed_by=known.names[other.claimed_by or ""] if other else None,
        claimed_until=other.claimed_until if other else until if mine else None,
        claimed_by_me=mine,
        waits=waits,
        goes_on=goes_on(row, last, login=by.login, timing=timing),
        outcomes=outcomes_at(row.stage, exhausted=exhausted, incoming=waits),
        deeds=_deeds(row, now),
    )


def _deeds(row: Invitation, now: datetime) -> tuple[Step, ...]:
    """What else can be done now; nobody has missed an appointment that is still to come."""
    over = row.appointment_at is not None and row.appointment_at <= now
    known = (Step.APPOINT, Step.MISS, Step.SAMPLE, Step.LOSE)
    return tuple(step for step in known if (row.stage, step) in TRANSITIONS and (step is not Step.MISS or over))


def _contact(identity: DonorIdentity | None) -> Contact:
    known = identity or DonorIdentity(donor_id=0)
    return Contact(known.last_name or "", known.first_name or "", known.phone or "")


def _last_steps(session: Session, ids: Sequence[int]) -> dict[int, InvitationStep]:
    """The last step of each invitation."""
    latest = select(func.max(InvitationStep.id)).where(col(InvitationStep.invitation_id).in_(ids))
    query = select(InvitationStep).where(col(InvitationStep.id).in_(latest.group_by(col(InvitationStep.invitation_id))))
    return {row.invitation_id: row for row in session.exec(query).all()}


def _seen(row: InvitationStep, known: _Known, *, notes: bool) -> StepSeen:
    name = known.names[row.actor]
    return StepSeen(row.at, name, row.step.value, row.channel.value, row.note if notes else "")
