"""MATCHING §9, read literally: may this donor give platelets on this day, and when at the earliest?"""

from dataclasses import dataclass
from datetime import date, timedelta

INTERVALS = {"platelets": 28, "whole_blood": 28, "plasma": 14}
UNKNOWN_TYPE_INTERVAL = 28


@dataclass(frozen=True)
class Health:
    birth_date: date | None = None
    weight_kg: float | None = None
    platelet_count: float | None = None
    last_donation_on: date | None = None
    last_donation_type: str = ""
    donations_12m: int | None = None
    status: str = "active"
    deferrals: tuple[tuple[date, date | None], ...] = ()  # both ends included; None is no known end


def birthday(birth: date, age: int) -> date:
    """The day this age is reached; 29 February counts as 1 March."""
    try:
        return birth.replace(year=birth.year + age)
    except ValueError:
        return date(birth.year + age, 3, 1)


def may_give(health: Health, day: date) -> bool:
    if health.status != "active" or health.birth_date is None:
        return False
    if not birthday(health.birth_date, 18) <= day < birthday(health.birth_date, 66):
        return False
    if health.weight_kg is not None and health.weight_kg < 50:
        return False
    if health.platelet_count is not None and health.platelet_count < 150:
        return False
    if any(start <= day and (end is None or day <= end) for start, end in health.deferrals):
        return False
    if health.donations_12m is not None and health.donations_12m >= 24 and not a_year_after(health, day):
        return False
    if health.last_donation_on is not None:
        interval = INTERVALS.get(health.last_donation_type, UNKNOWN_TYPE_INTERVAL)
        return day >= health.last_donation_on + timedelta(days=interval)
    return True


def a_year_after(health: Health, day: date) -> bool:
    """The dates of the donations are not known: the count is surely below the limit a year after the last one."""
    return health.last_donation_on is not None and day >= birthday(health.last_donation_on, 1)


def first_eligible(health: Health, on: date) -> date | None:
    """The first day from the day asked on which the donor may give; the days on which something changes suffice."""
    days = {on}
    if health.birth_date is not None:
        days.add(birthday(health.birth_date, 18))
    if health.last_donation_on is not None:
        interval = INTERVALS.get(health.last_donation_type, UNKNOWN_TYPE_INTERVAL)
        days.add(health.last_donation_on + timedelta(days=interval))
        days.add(birthday(health.last_donation_on, 1))
    days |= {end + timedelta(days=1) for _, end in health.deferrals if end is not None}
    return min((day for day in days if day >= on and may_give(health, day)), default=None)
