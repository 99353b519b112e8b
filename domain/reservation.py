"""A donor reserved for a patient and a day: which step leads where, when a hold ends, how near is too near."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from types import MappingProxyType
from zoneinfo import ZoneInfo

from domain.errors import RefusedByRule
from domain.windows import anniversary

HELD, CONFIRMED, COLLECTED, RELEASED, EXPIRED = "held", "confirmed", "collected", "released", "expired"
STATUSES = (HELD, CONFIRMED, COLLECTED, RELEASED, EXPIRED)
OCCUPYING = (HELD, CONFIRMED)  # the donor is taken that day


class Step(StrEnum):
    """What can be done with a reservation; a hold expires by itself."""

    CONFIRM = "confirm"
    COLLECT = "collect"
    RELEASE = "release"
    EXPIRE = "expire"


TRANSITIONS: Mapping[tuple[str, Step], str] = MappingProxyType(
    {
        (HELD, Step.CONFIRM): CONFIRMED,
        (HELD, Step.RELEASE): RELEASED,
        (HELD, Step.EXPIRE): EXPIRED,
        (CONFIRMED, Step.COLLECT): COLLECTED,
        (CONFIRMED, Step.RELEASE): RELEASED,
    }
)


@dataclass(frozen=True, slots=True)
class Timing:
    """The moment something is asked (aware), the zone that decides which day it is, and how long a hold lasts."""

    now: datetime
    timezone: str
    hold_hours: int

    @property
    def today(self) -> date:
        """The day it is where the registry is kept."""
        return self.local(self.now).date()

    def local(self, moment: datetime) -> datetime:
        """The moment on the clocks of that place."""
        return moment.astimezone(ZoneInfo(self.timezone))

    def hold_ends(self, day: date) -> datetime:
        """When a hold made now expires: after its hours, or at the end of the day reserved if sooner (UTC)."""
        day_ends = datetime.combine(day + timedelta(days=1), time.min, ZoneInfo(self.timezone))
        return min(self.now + timedelta(hours=self.hold_hours), day_ends).astimezone(UTC)


def next_status(status: str, step: Step) -> str:
    """Where a step leads. Raises RefusedByRule for a step that the table of transitions does not hold."""
    reached = TRANSITIONS.get((status, step))
    if reached is None:
        raise RefusedByRule("reservation_step_refused", step=step.value, reason=f"reservation_is.{status}")
    return reached


def status_at(status: str, expires_at: datetime, now: datetime) -> str:
    """The status as it truly is: a hold nobody confirmed in time has expired, whether or not it was marked so."""
    return EXPIRED if status == HELD and expires_at <= now else status


def steps_from(status: str, *, day: date, today: date) -> tuple[Step, ...]:
    """The steps a person can take; nothing is collected before its day."""
    return tuple(
        step
        for (begun, step) in TRANSITIONS
        if begun == status and step is not Step.EXPIRE and not (step is Step.COLLECT and today < day)
    )


def check_day(day: date, today: date) -> None:
    """Raises RefusedByRule for a day that is over, or that lies more than a year ahead."""
    if day < today:
        raise RefusedByRule("reservation_day_past", on=day.isoformat())
    last = anniversary(today, 1) or date.max
    if day > last:
        raise RefusedByRule("reservation_day_far", on=day.isoformat(), last_on=last.isoformat())


def check_collectable(day: date, today: date) -> None:
    """Raises RefusedByRule where platelets are said to be collected before the day reserved."""
    if today < day:
        raise RefusedByRule("reservation_day_not_come", on=day.isoformat())


def nearest_too_near(day: date, others: Iterable[date], interval_days: int) -> date | None:
    """The nearest other day on which the donor is taken, less than an interval of platelet donations away."""
    near = [other for other in others if abs((other - day).days) < interval_days]
    return min(near, key=lambda other: (abs((other - day).days), other), default=None)
