"""What every part of the allocation speaks of: the days divided, marks, and what is reserved already."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from domain.errors import RefusedByRule
from domain.reservation import Timing
from models.allocation import AllocationMark, AllocationRun, MarkKind
from models.donor import Donor
from models.request import RequestStatus, TransfusionRequest
from models.reservation import OCCUPYING, Reservation
from services.requests import FOUND
from services.rule_tables import eligibility_rules

Json = dict[str, Any]
MOST_DAYS = 92


@dataclass(frozen=True, slots=True)
class Span:
    """The days of donation to divide, from `first` on, and the zone in which a request falls on a day."""

    first: date
    days: int
    zone: ZoneInfo

    @property
    def last(self) -> date:
        """The last day."""
        return self.first + timedelta(days=self.days - 1)


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark that stands on an open request; `day` of a fixed one, None of a forbidden one."""

    code: str
    request: str
    donor: str
    kind: MarkKind
    day: date | None
    reason: str


@dataclass(frozen=True, slots=True)
class Reserved:
    """A unit found for an open request: who gives it, and the reservation."""

    request: str
    donor: Donor
    row: Reservation

    @property
    def occupies(self) -> bool:
        """Whether the donor is still to give it."""
        return self.row.status in OCCUPYING


def interval_days(on: date) -> int:
    """Days from one donation of platelets to the next, by the rules in force that day."""
    return int(eligibility_rules(on).interval_days["platelets"])


def standing_marks(session: Session) -> Sequence[Mark]:
    """The marks not lifted, on requests that are open, the first made first."""
    query = (
        select(AllocationMark, TransfusionRequest.code, Donor.donor_number)
        .join(TransfusionRequest, col(TransfusionRequest.id) == col(AllocationMark.request_id))
        .join(Donor, col(Donor.id) == col(AllocationMark.donor_id))
        .where(col(AllocationMark.lifted_at).is_(None), TransfusionRequest.status == RequestStatus.OPEN)
        .order_by(col(AllocationMark.id))
    )
    return [
        Mark(row.code, request, donor, row.kind, row.day, row.reason) for row, request, donor in session.exec(query)
    ]


def units_found(session: Session) -> Sequence[Reserved]:
    """The reservations of the open requests that are, or were, units found; by day."""
    query = (
        select(TransfusionRequest.code, Donor, Reservation)
        .join(Reservation, col(Reservation.request_id) == col(TransfusionRequest.id))
        .join(Donor, col(Donor.id) == col(Reservation.donor_id))
        .where(TransfusionRequest.status == RequestStatus.OPEN, col(Reservation.status).in_(FOUND))
        .order_by(col(Reservation.day), col(Reservation.id))
    )
    return [Reserved(request, donor, row) for request, donor, row in session.exec(query)]


def last_run(session: Session) -> AllocationRun | None:
    """The division kept last."""
    return session.exec(select(AllocationRun).order_by(col(AllocationRun.id).desc()).limit(1)).first()


def span_left(run: AllocationRun, timing: Timing) -> Span:
    """The days of a kept division that are still to come. Raises RefusedByRule where all are over."""
    return span_to_come(run.first_on, run.days, today=timing.today, zone=ZoneInfo(timing.timezone))


def span_to_come(first_on: date, days: int, *, today: date, zone: ZoneInfo) -> Span:
    """So many days from the first, without those that are over. Raises RefusedByRule where all are over."""
    over = max(0, (today - first_on).days)
    if over and days <= over:
        raise RefusedByRule("allocation_run_over")
    return Span(first_on + timedelta(days=over), days - over, zone)


def days_reserved(session: Session, numbers: Iterable[str], span: Span) -> dict[str, list[int]]:
    """By donor, the days (ordinals) they are reserved for that can lie within an interval of the span."""
    found: dict[str, list[int]] = {number: [] for number in numbers}
    query = (
        select(col(Donor.donor_number), col(Reservation.day))
        .join(Reservation, col(Reservation.donor_id) == col(Donor.id))
        .where(col(Reservation.status).in_(OCCUPYING), Reservation.day >= span.first - timedelta(days=MOST_DAYS))
    )
    for number, day in session.exec(query):
        if number in found:
            found[number].append(day.toordinal())
    return found
