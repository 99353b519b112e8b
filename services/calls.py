"""Calls to donors about their reservations: whom to call, what came of it, and what that does."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session, and_, case, col, or_, select

from domain.campaign_life import Step as Contacting
from domain.errors import FieldFault, InvalidFields, RefusedByRule
from domain.reservation import OCCUPYING, Step, Timing, status_at
from models.campaign import Campaign, Channel, Invitation, InvitationStep
from models.donor import Deferral, Donor, DonorIdentity
from models.patient import Patient
from models.reservation import CallOutcome, DonorCall, Reservation, ReservationStatus
from services.accounts.permissions import Permission
from services.accounts.person import Person
from services.audit import record_audit
from services.reservations.listing import ReservationEntry, contact_fault, entries
from services.reservations.occupancy import audit_reservation, names_of, take_step
from services.reservations.steps import get_row

DAYS_AHEAD = 3  # today and the three days after it
LONGEST_CALL_NOTE = 500
FARTHEST_CALL_BACK = timedelta(days=366)
DOUBLE_PRESS = timedelta(seconds=20)  # exactly the same again of the same person within this is one press


@dataclass(frozen=True, slots=True)
class Contact:
    """Who to call and how: for those alone who call donors and may know who they are."""

    last_name: str
    first_name: str
    phone: str


@dataclass(frozen=True, slots=True)
class Call:
    """One call as it was recorded; the note may name the donor and is empty for those who may not know them."""

    at: datetime
    caller: str
    outcome: str
    call_back_at: datetime | None
    note: str


@dataclass(frozen=True, slots=True)
class ToCall:
    """A reservation whose donor is to be called; never anything of the patient but for those who see patients.

    `contact` is None for those who may not know donors, and for a donor who may not be called; `deferred` says that a
    deferral reaches the day reserved. `campaigns` names those that contacted the donor today, to those who run some:
    a warning, which stops no call, for a patient waits.
    """

    reservation: ReservationEntry
    deferred: bool
    contact: Contact | None
    campaigns: tuple[str, ...]
    calls: tuple[Call, ...]  # the latest first

    @property
    def call_back_at(self) -> datetime | None:
        """When the donor asked to be called again, as of the latest call."""
        return self.calls[0].call_back_at if self.calls else None


def knows_donors(person: Person) -> bool:
    """Whether the call list may name donors to a person."""
    return person.may(Permission.CALL_DONORS) and person.may(Permission.SEE_IDENTITY)


def call_days(on: date | None, today: date) -> tuple[date, date]:
    """The first and the last day that confirmed donors are listed for: the day asked, or today and the next three."""
    return (on, on) if on is not None else (today, today + timedelta(days=DAYS_AHEAD))


def list_calls(session: Session, *, on: date | None, by: Person, timing: Timing) -> list[ToCall]:
    """The donors reserved for a day; with None every held donor, and those confirmed for today and the next three days.

    The held ones come first, the hold that ends soonest at the top: it may end days before its collection.
    Where it names donors, one row of the audit trail says whom it named: that needs a write session.
    """
    rows = _rows(session, on, timing)
    named, ids = knows_donors(by), [row.id or 0 for row, _, _ in rows]
    calls, deferred = calls_of(session, ids, notes=named), deferred_for_their_day(session, ids)
    told = _campaigns_today(session, [row.donor_id for row, _, _ in rows], by=by, timing=timing)
    found = [
        ToCall(
            reservation=entry,
            deferred=row.id in deferred,
            contact=_contact(session, donor) if named else None,
            campaigns=tuple(told.get(row.donor_id, ())),
            calls=tuple(calls.get(row.id or 0, ())),
        )
        for (row, donor, _), entry in zip(rows, entries(session, rows, by=by, timing=timing), strict=True)
    ]
    if shown := sorted(one.reservation.donor_number for one in found if one.contact):
        _audit_view(session, shown, on=call_days(on, timing.today), by=by, timing=timing)
    return found


def record_call(
    session: Session,
    *,
    code: str,
    outcome: str,
    version: int,
    by: Person,
    timing: Timing,
    call_back_at: datetime | None = None,
    note: str = "",
) -> DonorCall:
    """Keep what came of a call: agreed confirms a hold, refused releases the donor; the same press twice is one call.

    What says anything else, in the note alone too, is another call.

    Raises:
        NotFound: no such reservation.
        InvalidFields: an outcome nobody knows, a note too long, a call back without its moment.
        RefusedByRule: the reservation no longer stands, the donor may not be called, or somebody changed it meanwhile.
    """
    kept = _check_call(outcome, call_back_at=call_back_at, note=note, now=timing.now)
    row = get_row(session, code)
    when = call_back_at if kept is CallOutcome.CALL_BACK else None
    if again := _find_same_press(session, row, (kept, when), note=note.strip(), by=by, now=timing.now):
        return again
    _check_callable(session, row, timing)
    step = _step_of(row, kept)
    if step is not None and row.version_id != version:
        raise RefusedByRule("changed_meanwhile")
    call = DonorCall(
        reservation_id=row.id or 0, at=timing.now, on_day=timing.today, actor=by.login, outcome=kept,
        call_back_at=when, note=note.strip(),
    )  # fmt: skip
    session.add(call)
    session.flush()
    audit_reservation(session, row, "called", actor=by.login, timing=timing, details={"outcome": kept.value})
    if step is not None:
        reason = {"reason": "donor_refused"} if step is Step.RELEASE else {}
        take_step(session, row, step, actor=by.login, timing=timing, **reason)
    return call


def calls_of(session: Session, reservation_ids: Sequence[int], *, notes: bool) -> Mapping[int, list[Call]]:
    """The calls of reservations, the latest first; their notes only where asked for."""
    query = select(DonorCall).where(col(DonorCall.reservation_id).in_(reservation_ids))
    rows = session.exec(query.order_by(col(DonorCall.at).desc(), col(DonorCall.id).desc())).all()
    names = names_of(session, [row.actor for row in rows])
    found: dict[int, list[Call]] = defaultdict(list)
    for row in rows:
        note = row.note if notes else ""
        call = Call(row.at, names[row.actor], row.outcome.value, row.call_back_at, note)
        found[row.reservation_id].append(call)
    return found


def deferred_for_their_day(session: Session, reservation_ids: Sequence[int]) -> set[int]:
    """The reservations whose donor has a deferral that reaches the day reserved."""
    query = (
        select(Reservation.id)
        .join(Deferral, col(Deferral.donor_id) == col(Reservation.donor_id))
        .where(
            col(Reservation.id).in_(reservation_ids),
            col(Deferral.lifted_at).is_(None),
            col(Deferral.from_on) <= col(Reservation.day),
            or_(col(Deferral.until_on).is_(None), col(Deferral.until_on) >= col(Reservation.day)),
        )
    )
    return {found for found in session.exec(query).all() if found is not None}


def _rows(session: Session, on: date | None, timing: Timing) -> list[tuple[Reservation, Donor, str]]:
    first, last = call_days(on, timing.today)
    is_held = col(Reservation.status) == ReservationStatus.HELD
    within = and_(col(Reservation.day) >= first, col(Reservation.day) <= last)
    query = (
        select(Reservation, Donor, Patient.patient_number)
        .join(Donor, col(Donor.id) == col(Reservation.donor_id))
        .join(Patient, col(Patient.id) == col(Reservation.patient_id))
        .where(col(Reservation.status).in_(OCCUPYING), within if on is not None else or_(is_held, within))
        # h before c: those whose word is still missing first
        .order_by(
            col(Reservation.status).desc(),
            case((is_held, col(Reservation.expires_at))),
            col(Reservation.day),
            col(Donor.donor_number),
        )
    )
    rows = session.exec(query).all()
    return [one for one in rows if status_at(one[0].status, one[0].expires_at, timing.now) in OCCUPYING]


def _campaigns_today(
    session: Session, donor_ids: Sequence[int], *, by: Person, timing: Timing
) -> Mapping[int, Sequence[str]]:
    if not by.may(Permission.RUN_CAMPAIGNS):  # who is in a campaign is for nobody else
        return {}
    query = (
        select(InvitationStep.donor_id, Campaign.name)
        .join(Invitation, col(Invitation.id) == col(InvitationStep.invitation_id))
        .join(Campaign, col(Campaign.id) == col(Invitation.campaign_id))
        .where(
            col(InvitationStep.donor_id).in_(donor_ids),
            InvitationStep.step == Contacting.CONTACT,
            InvitationStep.channel != Channel.INCOMING,
            InvitationStep.on_day == timing.today,
        )
        .distinct()
    )
    found: dict[int, list[str]] = defaultdict(list)
    for donor_id, name in session.exec(query.order_by(col(Campaign.name))).all():
        found[donor_id].append(name)
    return found


def _contact(session: Session, donor: Donor) -> Contact | None:
    identity = session.get(DonorIdentity, donor.id)
    if identity is None or contact_fault(donor) is not None:
        return None
    return Contact(identity.last_name or "", identity.first_name or "", identity.phone or "")


def _audit_view(session: Session, donors: Sequence[str], *, on: tuple[date, date], by: Person, timing: Timing) -> None:
    record_audit(
        session,
        actor=by.login,
        action="donor_identities_seen",
        subject_type="call_list",
        subject_key=on[0].isoformat(),
        details={"from_on": on[0], "until_on": on[1], "donors": list(donors)},
        now=timing.now,
    )


def _check_call(outcome: str, *, call_back_at: datetime | None, note: str, now: datetime) -> CallOutcome:
    faults = []
    if outcome not in set(CallOutcome):
        faults.append(FieldFault("outcome", "call_outcome_unknown"))
    if outcome == CallOutcome.CALL_BACK:
        if call_back_at is None:
            faults.append(FieldFault("call_back_at", "call_back_needs_time"))
        elif not now <= call_back_at <= now + FARTHEST_CALL_BACK:
            faults.append(FieldFault("call_back_at", "call_back_not_ahead"))
    if len(note.strip()) > LONGEST_CALL_NOTE:
        faults.append(FieldFault("note", "note_too_long", {"most": LONGEST_CALL_NOTE}))
    if faults:
        raise InvalidFields(faults)
    return CallOutcome(outcome)


def _find_same_press(
    session: Session, row: Reservation, pressed: tuple[CallOutcome, datetime | None], *, note: str, by: Person,
    now: datetime,
) -> DonorCall | None:  # fmt: skip
    """The last call about a reservation, where it is this very one: outcome, call back, and nothing new in the note."""
    query = select(DonorCall).where(DonorCall.reservation_id == row.id).order_by(col(DonorCall.id).desc())
    last = session.exec(query.limit(1)).first()
    if last is None or last.actor != by.login or last.at <= now - DOUBLE_PRESS:
        return None
    return last if (last.outcome, last.call_back_at) == pressed and note in ("", last.note) else None


def _check_callable(session: Session, row: Reservation, timing: Timing) -> None:
    status = status_at(row.status, row.expires_at, timing.now)
    if status not in OCCUPYING:
        raise RefusedByRule("call_not_needed", reason=f"reservation_is.{status}")
    fault = contact_fault(session.get_one(Donor, row.donor_id))
    if fault is not None:
        raise RefusedByRule("call_not_allowed", reason=fault)


def _step_of(row: Reservation, outcome: CallOutcome) -> Step | None:
    if outcome is CallOutcome.REFUSED:
        return Step.RELEASE
    return Step.CONFIRM if outcome is CallOutcome.AGREED and row.status == "held" else None
