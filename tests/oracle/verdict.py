"""MATCHING §5, read literally: the verdict on one donor at one threshold."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from tests.oracle import platelets
from tests.oracle.eligibility import Health, first_eligible
from tests.oracle.reactivity import NEGATIVE, POSITIVE, UNDECIDED, UNTESTED, Reaction, Serum, react
from tests.oracle.values import Locus, Value, distinct

BLOCKED, UNKNOWN, POSSIBLE, COMPATIBLE = "blocked", "unknown", "possible", "compatible"
VERDICTS = (COMPATIBLE, POSSIBLE, UNKNOWN, BLOCKED)


@dataclass(frozen=True)
class Donor:
    number: str
    loci: dict[str, Locus]
    region: str = ""
    abo: str = ""
    hpa: dict[str, str] = field(default_factory=dict)
    cd36: str = ""
    status: str = "active"
    consent: bool = True
    health: Health = field(default_factory=Health)

    @property
    def active(self) -> bool:
        return self.status == "active" and self.consent


@dataclass(frozen=True)
class Case:
    """A patient, the serum read with the directive's edits, and the directive's other rules."""

    loci: dict[str, Locus]
    serum: Serum
    scope: tuple[str, ...] = ("A", "B")
    abo: str = ""
    region: str = ""
    hpa_antibodies: tuple[str, ...] = ()
    cd36_negative_required: bool = False
    abo_rule: str = "none"


Reacts = Callable[[Value, float], Reaction]


def remembering(serum: Serum) -> Reacts:
    """`react` for one serum, asked only once for each value and threshold: the same answers, sooner."""
    known: dict[tuple[str, str, float], Reaction] = {}

    def ask(value: Value, threshold: float) -> Reaction:
        key = (value.locus, value.key, threshold)
        if key not in known:
            known[key] = react(value, serum, threshold)
        return known[key]

    return ask


def values_in_scope(donor: Donor, case: Case) -> list[Value]:
    """The donor's distinct typed values at the loci in scope."""
    found: list[Value] = []
    for name in case.scope:
        locus = donor.loci[name]
        found += distinct([v for v in (locus.first, locus.second) if v is not None])
    return found


def verdict_of_states(states: list[str], donor: Donor, case: Case) -> str:
    """The verdict, given the reactions of the values in scope."""
    hpa = [platelets.hpa_state(antigen, donor.hpa) for antigen in case.hpa_antibodies]
    relation = platelets.abo_relation(case.abo, donor.abo)
    if POSITIVE in states or "present" in hpa:
        return BLOCKED
    if case.cd36_negative_required and donor.cd36 == "positive":
        return BLOCKED
    if platelets.abo_excludes(case.abo_rule, relation):
        return BLOCKED
    if not all(donor.loci[name].typed for name in case.scope) or UNTESTED in states or "unknown" in hpa:
        return UNKNOWN
    if case.cd36_negative_required and donor.cd36 != "negative":
        return UNKNOWN
    if case.abo_rule != "none" and relation is None:
        return UNKNOWN
    return POSSIBLE if UNDECIDED in states else COMPATIBLE


def verdict(donor: Donor, case: Case, reacts: Reacts, threshold: float) -> str:
    states = [reacts(value, threshold).state for value in values_in_scope(donor, case)]
    return verdict_of_states(states, donor, case)


def verdict_if_negative(donor: Donor, case: Case, reacts: Reacts, threshold: float, settled: Value) -> str:
    """The verdict, were this one typed value negative."""
    states = [
        NEGATIVE if value.key == settled.key else reacts(value, threshold).state
        for value in values_in_scope(donor, case)
    ]
    return verdict_of_states(states, donor, case)


def available(donor: Donor, on: date) -> bool:
    return first_eligible(donor.health, on) == on
