"""Whether an invited donor may be contacted at a moment, and what can come of it: rules alone, no record."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from types import MappingProxyType

from domain.campaign_life import TRANSITIONS, Stage, Step

# Not contacted yet, or without an answer: every try asks something of the donor that they have not offered.
SOLICITED = frozenset({Stage.SELECTED, Stage.CONTACTED, Stage.UNREACHABLE})
QUIET = frozenset({"quiet_day", "quiet_hours"})  # obstacles that pass by themselves
BY_CLOCK = frozenset({"phone", "sms"})  # the channels that ring where the donor is
INCOMING = "incoming"


class Outcome(StrEnum):
    """What came of a contact."""

    NO_ANSWER = "no_answer"  # nobody picked up, a voicemail was left, a letter or message went out
    REACHED = "reached"  # spoken with a donor who agreed before: nothing changes
    AGREED = "agreed"
    LATER = "later"
    REFUSED = "refused"
    WRONG_NUMBER = "wrong_number"
    GIVE_UP = "give_up"  # after enough attempts, without another one
    OPT_OUT = "opt_out"


ANSWERS: Mapping[Outcome, Step] = MappingProxyType(
    {
        Outcome.AGREED: Step.AGREE,
        Outcome.LATER: Step.POSTPONE,
        Outcome.REFUSED: Step.REFUSE,
        Outcome.WRONG_NUMBER: Step.GIVE_UP,
        Outcome.GIVE_UP: Step.GIVE_UP,
        Outcome.OPT_OUT: Step.OPT_OUT,
    }
)


@dataclass(frozen=True, slots=True)
class Limits:
    """How often and when a donor may be contacted; hours and weekdays (ISO) where the registry is kept."""

    most_contacts_12m: int
    days_between: int
    call_from: time
    call_until: time
    call_weekdays: tuple[int, ...]
    most_attempts: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What is on record of a donor and an invitation: contacts are those that we made, not the donor's own calls.

    The cap of a year counts those of campaigns; the two days, those of every kind: calls about promised donations and
    contacts noted by hand too.
    """

    stage: Stage
    attempts: int
    next_on: date | None
    contacts_12m: int
    last_on: date | None
    last_elsewhere_on: date | None  # of the contacts made otherwise than for this invitation


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a donor may not be contacted now: a code with what its sentence needs."""

    code: str
    params: Mapping[str, object]


def steps_of(stage: Stage, outcome: Outcome, *, incoming: bool) -> tuple[Step, ...]:
    """The steps that an outcome takes; whether the table holds them is another question.

    A donor who calls by themselves was not contacted by us, unless nothing else would let them answer.
    """
    answer = ANSWERS.get(outcome)
    if outcome in (Outcome.GIVE_UP, Outcome.OPT_OUT):
        return (ANSWERS[outcome],)
    if answer is None:
        return (Step.CONTACT,)
    if incoming and (stage, answer) in TRANSITIONS:
        return (answer,)
    return (Step.CONTACT, answer)


def outcomes_at(stage: Stage, *, exhausted: bool, incoming: bool = False) -> tuple[Outcome, ...]:
    """The outcomes that the table allows; giving up takes the place of a wrong number once attempts are exhausted."""
    found = []
    for outcome in Outcome:
        at: Stage | None = stage
        for step in steps_of(stage, outcome, incoming=incoming):
            at = TRANSITIONS.get((at, step)) if at is not None else None
        fits = at is not None and not (incoming and outcome in (Outcome.NO_ANSWER, Outcome.WRONG_NUMBER))
        if outcome is Outcome.REACHED:
            fits = fits and stage not in SOLICITED and stage is not Stage.LATER
        if outcome is Outcome.GIVE_UP:
            fits = fits and exhausted
        if fits:
            found.append(outcome)
    return tuple(found)


def find_obstacle(standing: Standing, limits: Limits, *, channel: str, local: datetime, today: date) -> Obstacle | None:
    """Why a donor may not be contacted through a channel now; None where they may. An incoming call always may.

    `local` is the moment on the clocks of the registry, `today` its day.
    """
    if channel == INCOMING:
        return None
    if standing.last_on is not None and standing.last_on >= today:
        return Obstacle("contacted_today", {})
    if standing.contacts_12m >= limits.most_contacts_12m:
        return Obstacle("contact_cap_reached", {"contacts": standing.contacts_12m, "most": limits.most_contacts_12m})
    if standing.stage is Stage.LATER and standing.next_on is not None and standing.next_on > today:
        return Obstacle("asked_for_later", {"next_on": standing.next_on.isoformat()})
    if standing.stage in SOLICITED and (found := _solicited(standing, limits, today)):
        return found
    return _quiet(limits, local) if channel in BY_CLOCK else None


def _solicited(standing: Standing, limits: Limits, today: date) -> Obstacle | None:
    if standing.attempts >= limits.most_attempts:
        return Obstacle("attempts_exhausted", {"attempts": standing.attempts, "most": limits.most_attempts})
    last = standing.last_elsewhere_on
    if last is not None and (today - last).days < limits.days_between:
        return Obstacle("contacted_recently", {"last_on": last.isoformat(), "days": limits.days_between})
    return None


def _quiet(limits: Limits, local: datetime) -> Obstacle | None:
    hours = {"from_time": f"{limits.call_from:%H:%M}", "until_time": f"{limits.call_until:%H:%M}"}
    if local.isoweekday() not in limits.call_weekdays:
        return Obstacle("quiet_day", {})
    return None if limits.call_from <= local.time() < limits.call_until else Obstacle("quiet_hours", hours)
