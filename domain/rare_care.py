"""What a rare donor needs of somebody: when the next contact is due, and every alert with the day it is about."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import MAXYEAR, date, timedelta

from domain.errors import Issue
from domain.windows import Window

MONTHS = 12


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """A phenotype seen in the typing since a day, and how many days a second sample may take; None: not chased."""

    phenotype: str
    since: date
    within_days: int | None

    @property
    def due_on(self) -> date | None:
        """The last day for the second sample."""
        return None if self.within_days is None else self.since + timedelta(days=self.within_days)


@dataclass(frozen=True, slots=True)
class CareFacts:
    """All that alerts are made of. `fault` is the code of why the donor may not be called, None where they may."""

    window: Window
    fault: str | None = None
    next_recall_on: date | None = None
    unconfirmed: Sequence[Unconfirmed] = ()
    contradicted: Sequence[str] = ()  # phenotypes of which samples say different things
    unneeded_days: Sequence[date] = field(default=())  # reserved on, for patients who do not need the phenotype


@dataclass(frozen=True, slots=True)
class CareLimits:
    """How long a regained eligibility is announced, and how long ahead the age limit; both in days."""

    again_days: int
    age_notice_days: int


def months_after(day: date, months: int) -> date | None:
    """The same day some months later, the last of a shorter month; None past the end of the calendar."""
    years, month = divmod(day.month - 1 + months, MONTHS)
    year = day.year + years
    if year > MAXYEAR:
        return None
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def care_alerts(facts: CareFacts, limits: CareLimits, on: date) -> tuple[Issue, ...]:
    """What needs somebody on a day, the most pressing first.

    Of a donor who may not be called nothing is asked that takes a call. The age limit comes without its day, which
    would tell the birth date.
    """
    callable_now = facts.fault is None
    found = [
        *(Issue("rare_alert.unneeded", "warning", params={"on": day.isoformat()}) for day in facts.unneeded_days),
        *(Issue("rare_alert.contradicted", "warning", params={"reason": f"rare.{one}"}) for one in facts.contradicted),
    ]
    if facts.fault:
        found.append(Issue("rare_alert.not_callable", "warning", params={"reason": facts.fault}))
    if callable_now:
        found += _confirmations(facts.unconfirmed, on)
        if facts.next_recall_on and facts.next_recall_on < on:
            found.append(Issue("rare_alert.recall", "warning", params={"on": facts.next_recall_on.isoformat()}))
        found += _eligibility(facts.window, limits, on)
    return tuple(found)


def _confirmations(unconfirmed: Sequence[Unconfirmed], on: date) -> list[Issue]:
    due = [(one.due_on, one.phenotype) for one in unconfirmed if one.due_on is not None]
    return [
        Issue("rare_alert.confirmation", "warning", params={"on": day.isoformat(), "reason": f"rare.{phenotype}"})
        for day, phenotype in sorted(due)
        if day < on
    ]


def _eligibility(window: Window, limits: CareLimits, on: date) -> list[Issue]:
    """May give again since a few days, may not give at all any more, or not for long."""
    found = []
    before = on - timedelta(days=limits.again_days)
    if window.first_on(on) is None:
        found.append(Issue("rare_alert.never", "warning"))
    elif window.until_on and window.until_on - timedelta(days=limits.age_notice_days) <= on:
        found.append(Issue("rare_alert.age", "warning"))
    if window.first_on(on) == on and window.first_on(before) != before:
        found.append(Issue("rare_alert.again", "info"))
    return found
