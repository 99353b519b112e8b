"""The life of an autologous unit: one table of steps, its last day, what thawing leaves of it, and who may have it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from domain.autologous import AutologousRules
from domain.errors import RefusedByRule
from domain.windows import anniversary


class Method(StrEnum):
    """How a unit is kept."""

    FRESH = "fresh"
    REDUCED = "reduced"  # fresh and pathogen-reduced
    FROZEN = "frozen"  # with DMSO


class UnitStatus(StrEnum):
    """Where a unit stands; expired is never stored, it follows from the clock."""

    STORED = "stored"
    RESERVED = "reserved"
    THAWED = "thawed"
    TRANSFUSED = "transfused"
    DISCARDED = "discarded"
    EXPIRED = "expired"


class UnitStep(StrEnum):
    """What can be done with a unit."""

    RESERVE = "reserve"  # for a day; again, for another day
    RELEASE = "release"
    THAW = "thaw"
    TRANSFUSE = "transfuse"
    DISCARD = "discard"


_S, _T = UnitStatus, UnitStep
_COMMON = {
    (_S.STORED, _T.RESERVE): _S.RESERVED,
    (_S.RESERVED, _T.RESERVE): _S.RESERVED,
    (_S.RESERVED, _T.RELEASE): _S.STORED,
    (_S.STORED, _T.DISCARD): _S.DISCARDED,
    (_S.RESERVED, _T.DISCARD): _S.DISCARDED,
    (_S.EXPIRED, _T.DISCARD): _S.DISCARDED,
}
_LIQUID = {**_COMMON, (_S.RESERVED, _T.TRANSFUSE): _S.TRANSFUSED}
_FROZEN = {
    **_COMMON,
    (_S.RESERVED, _T.THAW): _S.THAWED,
    (_S.THAWED, _T.TRANSFUSE): _S.TRANSFUSED,
    (_S.THAWED, _T.DISCARD): _S.DISCARDED,  # never back to stock
}
TRANSITIONS: Mapping[Method, Mapping[tuple[UnitStatus, UnitStep], UnitStatus]] = MappingProxyType(
    {Method.FRESH: _LIQUID, Method.REDUCED: _LIQUID, Method.FROZEN: _FROZEN}
)
IN_STOCK = frozenset({_S.STORED, _S.RESERVED, _S.THAWED})
USES = frozenset({_T.RESERVE, _T.THAW, _T.TRANSFUSE})  # what leads to a recipient


@dataclass(frozen=True, slots=True)
class UnitState:
    """What decides about a unit: `is_labelled` where somebody read its labels against the patient's identity."""

    number: str
    owner: str  # the patient's number
    method: Method
    status: UnitStatus
    expires_on: date  # its last day
    thawed_use_by: datetime | None
    is_labelled: bool
    has_markers: bool

    def status_at(self, now: datetime, today: date) -> UnitStatus:
        """The status as it truly is."""
        if self.status in (_S.STORED, _S.RESERVED) and today > self.expires_on:
            return _S.EXPIRED
        if self.status is _S.THAWED and self.thawed_use_by is not None and now > self.thawed_use_by:
            return _S.EXPIRED
        return self.status


def take_unit_step(unit: UnitState, step: UnitStep, *, recipient: str, now: datetime, today: date) -> UnitStatus:
    """Where a step leads. The recipient is asked about first: that refusal must never hide behind another.

    Raises RefusedByRule, by the rule named in its sentence: AUTO-1 another recipient, AUTO-2 expired, AUTO-3 labels or
    markers missing, AUTO-4 a step that the table does not hold.
    """
    if recipient != unit.owner:
        raise RefusedByRule("autologous_other_recipient", rule="AUTO-1", unit=unit.number, recipient=recipient)
    status = unit.status_at(now, today)
    if status is _S.EXPIRED and step in USES:
        if unit.status is _S.THAWED:
            raise RefusedByRule("autologous_thawed_too_long", rule="AUTO-2", unit=unit.number)
        raise RefusedByRule("autologous_unit_expired", rule="AUTO-2", unit=unit.number, on=unit.expires_on.isoformat())
    reached = TRANSITIONS[unit.method].get((status, step))
    if reached is None:
        reason = f"autologous_unit_is.{_why(unit.method, status, step)}"
        raise RefusedByRule("autologous_step_refused", rule="AUTO-4", unit=unit.number, reason=reason)
    if step in USES and not unit.is_labelled:
        raise RefusedByRule("autologous_unit_unlabelled", rule="AUTO-3", unit=unit.number)
    if step in USES and not unit.has_markers:
        raise RefusedByRule("autologous_unit_without_markers", rule="AUTO-3", unit=unit.number)
    return reached


def steps_of(unit: UnitState, *, now: datetime, today: date) -> tuple[UnitStep, ...]:
    """The steps that its own patient's unit can take now."""
    status = unit.status_at(now, today)
    usable = unit.is_labelled and unit.has_markers
    known = (step for (begun, step) in TRANSITIONS[unit.method] if begun is status)
    return tuple(step for step in known if usable or step not in USES)


def _why(method: Method, status: UnitStatus, step: UnitStep) -> str:
    if step is _T.THAW and method is not Method.FROZEN:
        return "not_frozen"
    return "not_thawed" if step is _T.TRANSFUSE and status is _S.RESERVED else status.value


def last_day(method: Method, collected_on: date, rules: AutologousRules) -> date:
    """The last day on which a unit may be used. Raises RefusedByRule past the end of the calendar."""
    if method is Method.FROZEN:
        last = anniversary(collected_on, rules.shelf_frozen_years)
        if last is None:
            raise RefusedByRule("autologous_day_out_of_calendar")
        return last
    return collected_on + timedelta(
        days=rules.shelf_reduced_days if method is Method.REDUCED else rules.shelf_fresh_days
    )


@dataclass(frozen=True, slots=True)
class Stock:
    """The units that can still be used and their platelets (10¹¹): before thawing, and the range expected at use."""

    units: int
    content: float
    low: float
    high: float


def expected_content(method: Method, content: float, rules: AutologousRules) -> tuple[float, float]:
    """The platelets (10¹¹) to expect when the unit is given: a range for what was frozen."""
    if method is not Method.FROZEN:
        return content, content
    return content * rules.recovery_low, content * rules.recovery_high


def stock_of(units: Iterable[tuple[Method, float]], rules: AutologousRules) -> Stock:
    """What units of these methods and contents (10¹¹) add up to."""
    known = tuple(units)
    ranges = [expected_content(method, content, rules) for method, content in known]
    return Stock(
        len(known),
        sum(content for _, content in known),
        sum(low for low, _ in ranges),
        sum(high for _, high in ranges),
    )
