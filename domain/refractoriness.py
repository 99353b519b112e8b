"""What a series of transfusions says of the patient: the state after each, a lead, what to look for, what to test next.

A reading of tables, never a diagnosis.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from domain.transfusion import Held, Verdict

FAILURES_NEEDED = 2  # successive and valid: what the word means, not a setting
EFF, LOW, NOT = Verdict.EFFECTIVE, Verdict.INEFFECTIVE, Verdict.NOT_JUDGED


class Selection(StrEnum):
    """How the product was chosen."""

    RANDOM = "random"
    HLA = "hla_selected"
    HPA = "hpa_selected"
    CD36 = "cd36_negative"
    AUTOLOGOUS = "autologous"


class Result(StrEnum):
    """What one transfusion adds to the series."""

    SUCCESS = "success"
    FAILURE = "failure"
    NOT_COUNTED = "not_counted"


class Lead(StrEnum):
    """Which way failures point."""

    IMMUNE = "immune"
    CONSUMPTION = "consumption"
    MIXED = "mixed"
    UNKNOWN = "unknown"


class State(StrEnum):
    """Where the patient stands after a transfusion."""

    NOT_KNOWN = "not_known"
    RESPONDING = "responding"
    ONE_FAILURE = "one_failure"
    REFRACTORY = "refractory"


# By verdict at 1 h and at 24 h. What a transfusion did is settled at 24 h; 1 h alone settles a failure, since a count
# that never rose cannot have stayed up, but not a success.
READINGS: Mapping[tuple[Verdict, Verdict], tuple[Result, Lead | None, str]] = {
    (EFF, EFF): (Result.SUCCESS, None, "refractory_reading.both_effective"),
    (LOW, EFF): (Result.SUCCESS, None, "refractory_reading.late_rise"),
    (NOT, EFF): (Result.SUCCESS, None, "refractory_reading.effective_24h"),
    (EFF, LOW): (Result.FAILURE, Lead.CONSUMPTION, "refractory_reading.lost_by_24h"),
    (LOW, LOW): (Result.FAILURE, Lead.IMMUNE, "refractory_reading.low_at_1h"),
    (LOW, NOT): (Result.FAILURE, Lead.IMMUNE, "refractory_reading.low_at_1h_alone"),
    (NOT, LOW): (Result.FAILURE, Lead.UNKNOWN, "refractory_reading.low_at_24h_alone"),
    (EFF, NOT): (Result.NOT_COUNTED, None, "refractory_reading.effective_1h_alone"),
    (NOT, NOT): (Result.NOT_COUNTED, None, "refractory_reading.not_judged"),
}


@dataclass(frozen=True, slots=True)
class Transfused:
    """One transfusion of the series, as it was judged; `causes` holds what was looked for: True was there."""

    code: str
    at: datetime
    early: Verdict
    late: Verdict
    valid: Held
    selection: Selection | None = None
    causes: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """One transfusion in the timeline: what it adds, why, and the state after it."""

    code: str
    at: datetime
    result: Result
    lead: Lead | None
    reason: str
    state: State
    change: str  # the code that says why the state is what it is


@dataclass(frozen=True, slots=True)
class Cause:
    """One non-immune cause over the failures of the series; `seen` True, False, or None where it was not looked for."""

    name: str
    seen: bool | None


@dataclass(frozen=True, slots=True)
class ToDo:
    """One thing to do next by the table; `done` where the record already holds it."""

    name: str
    reason: str
    done: bool


@dataclass(frozen=True, slots=True)
class NextRule:
    """A row of the table: in this state and with this lead, do this; `known` names the fact that makes it done."""

    state: State
    lead: Lead | None  # None: whatever the lead
    name: str
    known: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """The answer: the timeline, the state now, the lead of the failures that made it, what to look for and to test."""

    steps: tuple[Step, ...]
    state: State
    lead: Lead | None
    since: datetime | None
    failures: tuple[str, ...]
    causes: tuple[Cause, ...]
    todo: tuple[ToDo, ...]


def read_one(one: Transfused) -> tuple[Result, Lead | None, str]:
    """What a transfusion adds to the series; one that is not known to be valid adds nothing."""
    result, lead, reason = READINGS[one.early, one.late]
    if result is not Result.NOT_COUNTED and one.valid is not Held.MET:
        return Result.NOT_COUNTED, None, f"refractory_reading.valid_{one.valid.value}"
    return result, lead, reason


def timeline(transfusions: Iterable[Transfused]) -> tuple[Step, ...]:
    """The state after each transfusion, in the order of time."""
    steps: list[Step] = []
    state = State.NOT_KNOWN
    for one in sorted(transfusions, key=lambda each: (each.at, each.code)):
        result, lead, reason = read_one(one)
        state, change = _after(state, result, one.selection)
        steps.append(Step(one.code, one.at, result, lead, reason, state, change))
    return tuple(steps)


def _after(state: State, result: Result, selection: Selection | None) -> tuple[State, str]:
    """The next state; a success of chosen platelets says nothing of random ones, and ends no refractoriness."""
    if result is Result.NOT_COUNTED:
        return state, "refractory_change.kept"
    if result is Result.FAILURE:
        if state in (State.ONE_FAILURE, State.REFRACTORY):
            same = state is State.REFRACTORY
            return State.REFRACTORY, "refractory_change.still" if same else "refractory_change.second_failure"
        return State.ONE_FAILURE, "refractory_change.first_failure"
    if state is State.REFRACTORY and selection is not Selection.RANDOM:
        return state, "refractory_change.chosen_success" if selection else "refractory_change.unknown_success"
    return State.RESPONDING, "refractory_change.success"


def series(
    transfusions: Iterable[Transfused], *, causes: Sequence[str], rules: Sequence[NextRule], known: Mapping[str, bool]
) -> Series:
    """The whole answer. `causes` are the non-immune ones to look for, `known` what the record already holds."""
    ordered = sorted(transfusions, key=lambda each: (each.at, each.code))
    steps = timeline(ordered)
    state = steps[-1].state if steps else State.NOT_KNOWN
    failures = _failures(steps) if state in (State.ONE_FAILURE, State.REFRACTORY) else ()
    of_them = [one for one in ordered if one.code in {step.code for step in failures}]
    lead = _lead(failures)
    return Series(
        steps,
        state,
        lead,
        _since(steps, state),
        tuple(step.code for step in failures),
        tuple(Cause(name, _seen(name, of_them)) for name in causes) if failures else (),
        _todo(state, lead, rules, known),
    )


def _failures(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The failures that made the state: all since the patient last responded, the latest two at least."""
    found: list[Step] = []
    for step in reversed(steps):
        if step.state in (State.RESPONDING, State.NOT_KNOWN):
            break
        if step.result is Result.FAILURE:
            found.append(step)
    return tuple(reversed(found))


def _lead(failures: Sequence[Step]) -> Lead | None:
    """The lead of the latest two failures: what both say, mixed where they differ; unknown gives way to known."""
    said = {step.lead for step in failures[-FAILURES_NEEDED:] if step.lead}
    if not said:
        return None
    known = said - {Lead.UNKNOWN}
    if not known:
        return Lead.UNKNOWN
    return known.pop() if len(known) == 1 else Lead.MIXED


def _since(steps: Sequence[Step], state: State) -> datetime | None:
    """When the present state began."""
    since = None
    for step in reversed(steps):
        if step.state is not state:
            break
        since = step.at
    return since


def _seen(name: str, failures: Sequence[Transfused]) -> bool | None:
    """Whether a cause was there at any failure; absent only where it was looked for at each."""
    answers = [one.causes.get(name) for one in failures]
    if any(answers):
        return True
    return None if None in answers or not answers else False


def _todo(state: State, lead: Lead | None, rules: Sequence[NextRule], known: Mapping[str, bool]) -> tuple[ToDo, ...]:
    found = [one for one in rules if one.state is state and one.lead in (None, lead)]
    return tuple(ToDo(one.name, f"refractory_next.{one.name}", known.get(one.known, False)) for one in found)
