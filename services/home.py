"""What needs a person today, by what they may do; nothing here names a donor."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, and_, case, col, func, or_, select

from models.directive import Directive, DirectiveStatus
from models.donor import Donor
from models.importing import ImportBatch, ImportKind
from models.job import JobRequest, JobStatus, Upload, UploadStatus
from models.patient import Patient
from models.reservation import OCCUPYING, CallOutcome, DonorCall, Reservation, ReservationStatus
from services.calls import DAYS_AHEAD, deferred_for_their_day
from services.directive_state import lapse_notice_days
from services.job_list import Heartbeat, count_unfinished, find_heartbeat
from services.matching.snapshots import EMPTY_SINCE, registry_state
from services.registry_list import count_donors
from services.reservations.listing import contact_fault

MOST_SHOWN = 10
FAULTS_DAYS = 7


@dataclass(frozen=True, slots=True)
class Today:
    """The present moment, the day it is where the registry is kept, and the moment that day ends."""

    now: datetime
    on: date
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class DueDirective:
    """A directive in force that lapses soon, has lapsed, or that nobody has signed."""

    patient: str
    threshold_mfi: int
    valid_until: date | None
    lapsed: bool
    unsigned: bool


@dataclass(frozen=True, slots=True)
class DueReservation:
    """A donor kept for a day, by number: until when a mere hold lasts, when the donor asked to be called again."""

    code: str
    donor: str
    day: date
    held_until: datetime | None
    call_back_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LostReservation:
    """A donor kept for a coming day who may no longer be called or give; `why` is the code that says it."""

    code: str
    donor: str
    day: date
    why: str


@dataclass(frozen=True, slots=True)
class RegistrySize:
    """How many donors there are, how many a search may find, and how fresh they are."""

    donors: int
    searchable: int
    changed_at: datetime | None
    imported_at: datetime | None


@dataclass(frozen=True, slots=True)
class WaitingUpload:
    """A file that somebody sent and nobody confirmed."""

    id: str
    file_name: str
    uploaded_by: str
    uploaded_at: datetime


def today(now: datetime, zone: ZoneInfo) -> Today:
    """The day that a moment falls on, and when it ends."""
    on = now.astimezone(zone).date()
    return Today(now, on, datetime.combine(on + timedelta(days=1), time(), zone).astimezone(UTC))


def due_directives(session: Session, moment: Today) -> tuple[list[DueDirective], int]:
    """Directives in force that lapse soon, have lapsed or are unsigned: those that lapse first at the top."""
    soon = moment.on + timedelta(days=lapse_notice_days())
    query = (
        select(Directive, Patient.patient_number)
        .join(Patient, col(Patient.id) == Directive.patient_id)
        .where(
            Directive.status == DirectiveStatus.CURRENT,
            or_(col(Directive.valid_until) <= soon, col(Directive.signed_by).is_(None)),
        )
    )
    total = session.exec(select(func.count()).select_from(query.subquery())).one()
    ordered = query.order_by(func.coalesce(Directive.valid_until, date.max), col(Patient.patient_number))
    found = [
        DueDirective(
            patient=number,
            threshold_mfi=row.threshold_mfi,
            valid_until=row.valid_until if row.valid_until and row.valid_until <= soon else None,
            lapsed=row.valid_until is not None and row.valid_until < moment.on,
            unsigned=row.signed_by is None,
        )
        for row, number in session.exec(ordered.limit(MOST_SHOWN)).all()
    ]
    return found, total


def expiring_holds(session: Session, moment: Today) -> list[DueReservation]:
    """Donors held by nobody's word yet, whose hold ends today."""
    query = (
        select(Reservation, Donor.donor_number)
        .join(Donor, col(Donor.id) == Reservation.donor_id)
        .where(
            Reservation.status == ReservationStatus.HELD,
            Reservation.expires_at > moment.now,
            Reservation.expires_at <= moment.ends_at,
        )
        .order_by(col(Reservation.expires_at), col(Donor.donor_number))
        .limit(MOST_SHOWN)
    )
    return [DueReservation(row.code, number, row.day, row.expires_at) for row, number in session.exec(query).all()]


def due_calls(session: Session, moment: Today) -> tuple[list[DueReservation], int]:
    """The donors to call, and how many they are; nobody who may not be called.

    First every donor who is only held, the hold that ends soonest at the top, whatever day they are held for: it is
    lost when nobody has their word. Then those confirmed for the next days whom nobody has called yet, or who asked to
    be called again by the end of today.
    """
    calls = select(func.max(DonorCall.id)).where(col(DonorCall.reservation_id) == col(Reservation.id))
    latest = calls.correlate(Reservation).scalar_subquery()
    is_held, last = col(Reservation.status) == ReservationStatus.HELD, moment.on + timedelta(days=DAYS_AHEAD)
    asked_again = and_(DonorCall.outcome == CallOutcome.CALL_BACK, col(DonorCall.call_back_at) <= moment.ends_at)
    query = (
        _standing(select(Reservation, Donor, DonorCall.call_back_at), moment)
        .outerjoin(DonorCall, col(DonorCall.id) == latest)
        .where(or_(is_held, and_(col(Reservation.day) <= last, or_(col(DonorCall.id).is_(None), asked_again))))
        .order_by(
            col(Reservation.status).desc(),  # h before c
            case((is_held, col(Reservation.expires_at))),
            col(Reservation.day),
            col(Donor.donor_number),
        )
    )
    rows = [one for one in session.exec(query).all() if contact_fault(one[1]) is None]
    found = [
        DueReservation(
            code=row.code,
            donor=donor.donor_number,
            day=row.day,
            held_until=row.expires_at if row.status is ReservationStatus.HELD else None,
            call_back_at=back,
        )
        for row, donor, back in rows[:MOST_SHOWN]
    ]
    return found, len(rows)


def lost_reservations(session: Session, moment: Today) -> list[LostReservation]:
    """Every donor kept for today or a later day who since then may no longer be called or give, the nearest day first.

    All of them: none may be overlooked, and each stands here only until somebody releases it.
    """
    query = _standing(select(Reservation, Donor), moment).order_by(col(Reservation.day), col(Donor.donor_number))
    rows = session.exec(query).all()
    deferred = deferred_for_their_day(session, [row.id or 0 for row, _ in rows])
    return [
        LostReservation(row.code, donor.donor_number, row.day, why)
        for row, donor in rows
        if (why := contact_fault(donor) or ("contact.deferred" if row.id in deferred else None))
    ]


def _standing(query: Any, moment: Today) -> Any:
    """A query of reservations, of those that occupy a donor today or later."""
    return query.join(Donor, col(Donor.id) == Reservation.donor_id).where(
        col(Reservation.status).in_(OCCUPYING),
        or_(Reservation.status != ReservationStatus.HELD, Reservation.expires_at > moment.now),
        Reservation.day >= moment.on,
    )


def waiting_uploads(session: Session, kinds: Collection[ImportKind]) -> list[WaitingUpload]:
    """Files of these kinds that were sent and read, and wait for somebody's yes."""
    waiting = and_(col(Upload.status).in_((UploadStatus.RECEIVED, UploadStatus.CHECKED)), col(Upload.kind).in_(kinds))
    rows = session.exec(select(Upload).where(waiting).order_by(col(Upload.uploaded_at).desc()).limit(MOST_SHOWN)).all()
    return [WaitingUpload(row.id, row.file_name, row.uploaded_by, row.uploaded_at) for row in rows]


def failed_jobs(session: Session, moment: Today, *, requested_by: str | None = None) -> Sequence[JobRequest]:
    """Work that failed during the last week; of one person where named."""
    query = select(JobRequest).where(
        JobRequest.status == JobStatus.FAILED,
        JobRequest.requested_at >= moment.now - timedelta(days=FAULTS_DAYS),
    )
    if requested_by is not None:
        query = query.where(JobRequest.requested_by == requested_by)
    return session.exec(query.order_by(col(JobRequest.requested_at).desc()).limit(MOST_SHOWN)).all()


def silent_jobs_process(session: Session, moment: Today) -> Heartbeat | None:
    """The last sign of life of the jobs process where work waits for it and it gives none; else None."""
    beat = find_heartbeat(session, now=moment.now)
    return beat if not beat.alive and count_unfinished(session) else None


def registry_size(session: Session) -> RegistrySize:
    """The donors there are, those a search may find, and when they last changed."""
    donors = count_donors(session)
    searchable = session.exec(select(func.count()).select_from(Donor).where(col(Donor.searchable))).one()
    imported = session.exec(
        select(func.max(ImportBatch.finished_at)).where(ImportBatch.kind == ImportKind.DONORS)
    ).one()
    changed = registry_state(session).changed_at
    return RegistrySize(donors, searchable, None if changed == EMPTY_SINCE else changed, imported)


def has_patients(session: Session) -> bool:
    """Whether there is any patient."""
    return session.exec(select(Patient.id).limit(1)).first() is not None
