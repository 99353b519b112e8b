"""MATCHING §5, read literally: counts, gains and what a better typing could settle, donor by donor."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from tests.oracle.reactivity import UNDECIDED, UNTESTED, Serum, foreign, is_removed
from tests.oracle.verdict import (
    BLOCKED,
    COMPATIBLE,
    POSSIBLE,
    Case,
    Donor,
    Reacts,
    available,
    remembering,
    values_in_scope,
    verdict,
    verdict_if_negative,
)

UNASSIGNED = "unassigned"


def region_of(donor: Donor) -> str:
    return donor.region or UNASSIGNED


def count(donors: Iterable[Donor], case: Case, reacts: Reacts, threshold: float, on: date) -> dict[str, Counter]:
    """Verdicts and `available` of the active donors by region, and under "national" of all."""
    found: dict[str, Counter] = {"national": Counter()}
    for donor in donors:
        if not donor.active:
            continue
        region = found.setdefault(region_of(donor), Counter())
        result = verdict(donor, case, reacts, threshold)
        for counter in (found["national"], region):
            counter[result] += 1
            if result == COMPATIBLE and available(donor, on):
                counter["available"] += 1
    return found


def locus_of(antigen: str) -> str:
    return antigen[0]


def openers(serum: Serum, scope: Iterable[str], threshold: float) -> dict[str, float]:
    """The antigens of the foreign beads in scope at or above T that have one antigen; with the highest MFI."""
    found: dict[str, float] = {}
    for bead in serum.beads:
        if len(bead.antigens) == 1 and bead.mfi >= threshold and foreign(bead, serum) and not is_removed(bead, serum):
            (antigen,) = bead.antigens
            if locus_of(antigen) in scope:
                found[antigen] = max(found.get(antigen, 0), bead.mfi)
    return found


def gains(donors: list[Donor], case: Case, threshold: float) -> dict[str, dict[str, Counter]]:
    """For each opener the donors who become compatible without it, by region and national; zeros left out."""
    found: dict[str, dict[str, Counter]] = {}
    before = remembering(case.serum)
    for antigen in openers(case.serum, case.scope, threshold):
        without = replace(case, serum=replace(case.serum, removed=(*case.serum.removed, antigen)))
        after = remembering(without.serum)
        by_region: dict[str, Counter] = {"national": Counter()}
        for donor in donors:
            was = verdict(donor, case, before, threshold)
            if not donor.active or was not in {BLOCKED, POSSIBLE}:
                continue
            if verdict(donor, without, after, threshold) == COMPATIBLE:
                for name in ("national", region_of(donor)):
                    by_region.setdefault(name, Counter())["from_" + was] += 1
        if by_region["national"]:
            found[antigen] = by_region
    return found


def typing_could_settle(donors: Iterable[Donor], case: Case, reacts: Reacts, threshold: float) -> Counter:
    """(locus, key of the typed value) → donors for whom it alone stands between them and compatible."""
    found: Counter = Counter()
    for donor in donors:
        if not donor.active or verdict(donor, case, reacts, threshold) == COMPATIBLE:
            continue
        for value in values_in_scope(donor, case):
            if reacts(value, threshold).state in {UNDECIDED, UNTESTED} and (
                verdict_if_negative(donor, case, reacts, threshold, value) == COMPATIBLE
            ):
                found[value.locus, value.key] += 1
    return found
