"""A patient's own platelets: when they may be collected, and what must hold on the day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise, zip_longest

from domain.errors import RefusedByRule


@dataclass(frozen=True, slots=True)
class AutologousRules:
    """The limits of a site, by version; counts in 10⁹ per litre, haemoglobin in g/dL."""

    name: str
    effective_from: date
    min_platelets: float
    min_haemoglobin: float
    min_weight_kg: float
    max_count_age_days: int
    max_marker_age_days: int
    min_interval_days: int
    default_aplasia_days: int
    closes_before_days: int
    open_window_days: int
    shelf_fresh_days: int
    shelf_reduced_days: int
    shelf_frozen_years: int
    recovery_low: float
    recovery_high: float
    use_within_hours: int
    notice_window_days: int
    notice_course_days: int
    notice_expiry_frozen_days: int
    notice_expiry_fresh_days: int


# --- the calendar ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Course:
    """One course of chemotherapy: its days are included; the counts are expected back `aplasia_days` after its start.

    `units_wanted` is how many of the patient's own units are to be in stock when it starts.
    """

    code: str
    name: str
    start_on: date
    end_on: date
    aplasia_days: int
    units_wanted: int = 0

    @property
    def recovered_on(self) -> date:
        """The first day on which the counts are expected back, never before the course is over."""
        return max(self.start_on + timedelta(days=self.aplasia_days), self.end_on + timedelta(days=1))


@dataclass(frozen=True, slots=True)
class CollectionWindow:
    """The days between the recovery from one course and the next, both included; empty where that is too soon."""

    after: Course
    before: Course | None
    from_on: date
    until_on: date

    @property
    def is_empty(self) -> bool:
        """Whether no day is left."""
        return self.until_on < self.from_on

    def holds(self, day: date) -> bool:
        """Whether a day lies in the window."""
        return self.from_on <= day <= self.until_on


def collection_windows(courses: Iterable[Course], rules: AutologousRules) -> tuple[CollectionWindow, ...]:
    """The window after each course, in the order of time."""
    ordered = sorted(courses, key=lambda course: course.start_on)
    return tuple(
        CollectionWindow(
            course,
            following,
            course.recovered_on,
            following.start_on - timedelta(days=rules.closes_before_days)
            if following
            else course.recovered_on + timedelta(days=rules.open_window_days),
        )
        for course, following in zip_longest(ordered, ordered[1:])
    )


def find_window(windows: Sequence[CollectionWindow], day: date) -> CollectionWindow | None:
    """The window that a day lies in, if any."""
    return next((window for window in windows if window.holds(day)), None)


def check_courses(courses: Iterable[Course]) -> None:
    """Raises RefusedByRule where two courses share a day."""
    ordered = sorted(courses, key=lambda course: course.start_on)
    for one, other in pairwise(ordered):
        if other.start_on <= one.end_on:
            raise RefusedByRule(
                "autologous_courses_overlap",
                first=one.name,
                first_end_on=one.end_on.isoformat(),
                second=other.name,
                second_start_on=other.start_on.isoformat(),
            )


# --- the guard-rails of the day -------------------------------------------------------------------------------------


class Access(StrEnum):
    """The veins that a collection goes through."""

    PERIPHERAL = "peripheral"
    CENTRAL = "central"
    NONE = "none"


class Markers(StrEnum):
    """The result of the infection markers."""

    NEGATIVE = "negative"
    POSITIVE = "positive"
    INDETERMINATE = "indeterminate"


@dataclass(frozen=True, slots=True)
class DayFacts:
    """What is known of the patient for a day of collection; None is not known.

    `well` is True where neither bleeding nor fever was found;
    `last_collected_on` is the nearest other day of collection, None for none.
    """

    platelets: float | None = None
    haemoglobin: float | None = None
    counted_on: date | None = None
    access: Access | None = None
    markers: Markers | None = None
    markers_on: date | None = None
    weight_kg: float | None = None
    well: bool | None = None
    last_collected_on: date | None = None


class Held(StrEnum):
    """Whether a guard-rail holds."""

    MET = "met"
    VIOLATED = "violated"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class GuardRail:
    """One condition of a collection with the code of the sentence that says why it holds or not."""

    name: str
    held: Held
    reason: str
    params: dict[str, str | int | float] = field(default_factory=dict)


def guard_rails(facts: DayFacts, day: date, rules: AutologousRules) -> tuple[GuardRail, ...]:
    """Every guard-rail of a collection on a day; what is not known is never met."""
    return (
        _count("platelets", facts.platelets, rules.min_platelets, facts, day, rules),
        _count("haemoglobin", facts.haemoglobin, rules.min_haemoglobin, facts, day, rules),
        _access(facts.access),
        _markers(facts, day, rules),
        _weight(facts.weight_kg, rules.min_weight_kg),
        _interval(facts.last_collected_on, day, rules.min_interval_days),
        _wellness(facts.well),
    )


def not_met(rails: Iterable[GuardRail]) -> tuple[GuardRail, ...]:
    """The guard-rails that are violated or not known."""
    return tuple(rail for rail in rails if rail.held is not Held.MET)


def _count(
    name: str, value: float | None, limit: float, facts: DayFacts, day: date, rules: AutologousRules
) -> GuardRail:
    if value is None or facts.counted_on is None:
        return GuardRail(name, Held.UNKNOWN, f"autologous_rail.{name}_unknown", {"limit": limit})
    params: dict[str, str | int | float] = {
        "value": value,
        "limit": limit,
        "counted_on": facts.counted_on.isoformat(),
        "days": rules.max_count_age_days,
    }
    if not 0 <= (day - facts.counted_on).days <= rules.max_count_age_days:
        return GuardRail(name, Held.UNKNOWN, f"autologous_rail.{name}_old", params)
    held = Held.MET if value >= limit else Held.VIOLATED
    return GuardRail(name, held, f"autologous_rail.{name}_{'enough' if held is Held.MET else 'low'}", params)


def _access(access: Access | None) -> GuardRail:
    if access is None:
        return GuardRail("access", Held.UNKNOWN, "autologous_rail.access_unknown")
    held = Held.VIOLATED if access is Access.NONE else Held.MET
    return GuardRail("access", held, f"autologous_rail.access_{access.value}")


def _markers(facts: DayFacts, day: date, rules: AutologousRules) -> GuardRail:
    if facts.markers is None or facts.markers_on is None:
        return GuardRail("markers", Held.UNKNOWN, "autologous_rail.markers_unknown")
    params: dict[str, str | int | float] = {
        "tested_on": facts.markers_on.isoformat(),
        "days": rules.max_marker_age_days,
    }
    if facts.markers is Markers.POSITIVE:  # however old: it does not go away by being old
        return GuardRail("markers", Held.VIOLATED, "autologous_rail.markers_positive", params)
    if not 0 <= (day - facts.markers_on).days <= rules.max_marker_age_days:
        return GuardRail("markers", Held.UNKNOWN, "autologous_rail.markers_old", params)
    held = Held.MET if facts.markers is Markers.NEGATIVE else Held.UNKNOWN
    return GuardRail("markers", held, f"autologous_rail.markers_{facts.markers.value}", params)


def _weight(weight_kg: float | None, limit: float) -> GuardRail:
    if weight_kg is None:
        return GuardRail("weight", Held.UNKNOWN, "autologous_rail.weight_unknown", {"limit": limit})
    held = Held.MET if weight_kg >= limit else Held.VIOLATED
    reason = f"autologous_rail.weight_{'enough' if held is Held.MET else 'low'}"
    return GuardRail("weight", held, reason, {"value": weight_kg, "limit": limit})


def _interval(last_on: date | None, day: date, least: int) -> GuardRail:
    if last_on is None:
        return GuardRail("interval", Held.MET, "autologous_rail.interval_first")
    params: dict[str, str | int | float] = {"last_on": last_on.isoformat(), "days": least}
    held = Held.MET if abs((day - last_on).days) >= least else Held.VIOLATED
    return GuardRail("interval", held, f"autologous_rail.interval_{'kept' if held is Held.MET else 'short'}", params)


def _wellness(well: bool | None) -> GuardRail:
    if well is None:
        return GuardRail("wellness", Held.UNKNOWN, "autologous_rail.wellness_unknown")
    held = Held.MET if well else Held.VIOLATED
    return GuardRail("wellness", held, f"autologous_rail.wellness_{'good' if well else 'bad'}")
