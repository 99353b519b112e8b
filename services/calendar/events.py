"""What stands in the calendar of a person: donors by number, a patient for those alone who see patients."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, or_, select

from domain.campaign_life import OPEN, CampaignStatus, Stage
from domain.reservation import Timing
from models.campaign import Campaign, Invitation
from models.directive import Directive, DirectiveStatus
from models.donor import Donor
from models.patient import Patient
from services.accounts.permissions import Permission
from services.accounts.person import Person
from services.autologous.due import calendar_events
from services.rare_donors.listing import Eyes, rare_entries, unconfirmed
from services.recalls.kinds import Kind, whose
from services.recalls.reserved import missed_donations

APPOINTMENT = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Event:
    """A day, or a moment, about one subject: `code` says what, `subject` is a number and never a name.

    `until_on` is the last day, itself in it. `version` rises with each change of what the event comes from.
    """

    uid: str
    code: str
    subject: str
    on: date
    until_on: date
    at: datetime | None = None
    version: int = 0
    campaign: str = ""  # the code of the campaign that it belongs to


Source = Callable[[Session, Person, Timing], list[Event]]


def events_of(session: Session, by: Person, timing: Timing, *, first: date, last: date) -> list[Event]:
    """The events of a person that touch some days, the soonest first."""
    found = [event for source in SOURCES for event in source(session, by, timing)]
    inside = [event for event in found if event.on <= last and event.until_on >= first]
    return sorted(inside, key=lambda one: (one.on, one.at is not None, one.at or timing.now, one.uid))


def of_campaigns(session: Session, by: Person, timing: Timing) -> list[Event]:
    """Appointments, and donors to be contacted again, of campaigns that run."""
    if not by.may(Permission.RUN_CAMPAIGNS):
        return []
    query = (
        select(Invitation, Donor.donor_number, Campaign.code)
        .join(Donor, col(Donor.id) == col(Invitation.donor_id))
        .join(Campaign, col(Campaign.id) == col(Invitation.campaign_id))
        .where(
            Campaign.status == CampaignStatus.RUNNING,
            col(Invitation.stage).in_(OPEN),
            or_(col(Invitation.appointment_at).is_not(None), col(Invitation.next_on).is_not(None)),
        )
    )
    found = []
    for row, number, campaign in session.exec(query).all():
        at = row.appointment_at
        on = timing.local(at).date() if at is not None else row.next_on or timing.today
        code = _code(row)
        uid = f"{code.removeprefix('calendar.')}-{row.code}"
        found.append(Event(uid, code, number, on, on, at=at, version=row.version_id, campaign=campaign))
    return found


def _code(row: Invitation) -> str:
    if row.appointment_at is None:
        return "calendar.contact"
    return "calendar.second_sample" if row.stage is Stage.TESTED else "calendar.appointment"


def of_rare_donors(session: Session, by: Person, timing: Timing) -> list[Event]:
    """The next contact of each donor of the rare-donor file."""
    if not by.may(Permission.RUN_CAMPAIGNS):
        return []
    entries = rare_entries(session, eyes=Eyes(reservations=False, patients=False), timing=timing)
    callable_now = [one for one in entries if one.fault is None]
    contacts = [
        Event(f"recall-{one.donor_id}", "calendar.recall", one.number, one.next_recall_on, one.next_recall_on)
        for one in callable_now
        if one.next_recall_on is not None
    ]
    samples = [
        Event(
            f"confirmation-{one.donor_id}-{due.phenotype}", "calendar.confirmation", one.number, due.due_on, due.due_on
        )
        for one in callable_now
        for due in unconfirmed(one.standing)
        if due.due_on is not None
    ]
    return contacts + samples


def of_reservations(session: Session, by: Person, timing: Timing) -> list[Event]:
    """The days on which promised donations did not happen, until somebody says what came of them."""
    if not whose(Kind.MISSED_DONATION, by.may):
        return []
    missed = ((one.address.rpartition("/")[2], one) for one in missed_donations(session, timing))
    return [
        Event(f"promised-{code}", "calendar.missed_donation", one.subject, one.due_on, one.due_on)
        for code, one in missed
    ]


def of_directives(session: Session, by: Person, timing: Timing) -> list[Event]:
    """The last day of each directive in force, for those who write directives."""
    if not whose(Kind.DIRECTIVE, by.may):
        return []
    query = (
        select(Directive, Patient.patient_number)
        .join(Patient, col(Patient.id) == col(Directive.patient_id))
        .where(Directive.status == DirectiveStatus.CURRENT, col(Directive.valid_until).is_not(None))
    )
    return [
        Event(f"directive-{row.id}", "calendar.directive", number, last_on, last_on)
        for row, number in session.exec(query).all()
        if (last_on := row.valid_until) is not None
    ]


def of_patients(session: Session, by: Person, timing: Timing) -> list[Event]:
    """Windows, collections and units of autologous platelets: nothing of them for those who do not see patients."""
    if not by.may(Permission.SEE_PATIENTS):
        return []
    return [
        Event(f"autologous-{one.uid}", one.code, one.patient, one.from_on, one.until_on)
        for one in calendar_events(session, timing, sees_patients=True)
    ]


SOURCES: Sequence[Source] = (of_campaigns, of_rare_donors, of_patients, of_reservations, of_directives)
