"""MATCHING §10, read literally: the two ranking policies over every listed donor."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tests.oracle import eplets
from tests.oracle import grade as grading
from tests.oracle.eligibility import first_eligible
from tests.oracle.platelets import abo_relation
from tests.oracle.reactivity import UNDECIDED, Reaction
from tests.oracle.values import Value
from tests.oracle.verdict import BLOCKED, Case, Donor, Reacts, values_in_scope, verdict

FLOOR_MFI = 500
STRONG = 2.5
VERDICT_ORDER = ["compatible", "possible", "unknown"]
ABO_ORDER = ["identical", "minor", "major", "bidirectional", None]


@dataclass(frozen=True)
class Ranked:
    number: str
    verdict: str
    grade: grading.Grade
    max_mfi: float
    sum_mfi: float
    strong_possible: bool
    abo: str | None
    region: str
    first_on: date | None
    eplet_loads: tuple[int, int] | None
    same_region: bool
    reactions: tuple[tuple[Value, Reaction], ...]


def exact_sum(mfis: Iterable[float]) -> float:
    """The sum of the numbers as a laboratory writes them: 500.1 + 600.2 is 1100.3."""
    return float(sum(Decimal(str(mfi)) for mfi in mfis))


def describe(donor: Donor, case: Case, reacts: Reacts, threshold: float, on: date) -> Ranked:
    reactions = tuple((value, reacts(value, threshold)) for value in values_in_scope(donor, case))
    highs = [r.high for _, r in reactions if r.high is not None]
    return Ranked(
        number=donor.number,
        verdict=verdict(donor, case, reacts, threshold),
        grade=grading.grade(donor.loci, case.loci),
        max_mfi=max(highs, default=0),
        sum_mfi=exact_sum(high for high in highs if high >= FLOOR_MFI),
        strong_possible=any(
            r.state == UNDECIDED and r.high is not None and r.high >= STRONG * threshold for _, r in reactions
        ),
        abo=abo_relation(case.abo, donor.abo),
        region=donor.region,
        first_on=first_eligible(donor.health, on),
        eplet_loads=eplets.load(typed_in_scope(donor, case), case.serum.patient, case.serum.eplet_table),
        same_region=bool(donor.region) and donor.region == case.region,
        reactions=reactions,
    )


def typed_in_scope(donor: Donor, case: Case) -> list[Value | None]:
    """Both positions of each locus in scope; None is one not typed."""
    return [position for name in case.scope for position in (donor.loci[name].first, donor.loci[name].second)]


def key(donor: Ranked, policy: str) -> tuple:
    """The ordered keys of a policy; an eplet load that is not known comes last."""
    first = (VERDICT_ORDER.index(donor.verdict), donor.strong_possible, donor.first_on is None)
    grade = grading.ORDER.index(donor.grade.name)
    if policy == "identity-first":
        middle: tuple = (grade, donor.sum_mfi)
    else:
        middle = (donor.sum_mfi, donor.max_mfi, grade)
    last = (
        (donor.eplet_loads is None, donor.eplet_loads and donor.eplet_loads[1]),
        ABO_ORDER.index(donor.abo),
        donor.first_on or date.max,
        not donor.same_region,
        donor.number,
    )
    return (*first, *middle, *last)


def rank(donors: Iterable[Donor], case: Case, reacts: Reacts, threshold: float, on: date, policy: str) -> list[Ranked]:
    """Every active donor who is not blocked, best first."""
    described = [describe(d, case, reacts, threshold, on) for d in donors if d.active]
    return sorted((d for d in described if d.verdict != BLOCKED), key=lambda d: key(d, policy))
