"""MATCHING §6, read literally: the match grade."""

from dataclasses import dataclass

from tests.oracle import nomenclature
from tests.oracle.values import Locus, Value, distinct

ORDER = ["A", "B1U", "B2U", "B1X", "B2UX", "B2X", "B3UX", "B3X", "B4UX", "B4X", "C", "D", "R"]
IDENTICAL, POSSIBLY = "identical", "possibly_identical"
CROSS_REACTIVE, MISMATCHED = "cross_reactive", "mismatched"


@dataclass(frozen=True)
class Grade:
    name: str
    certain: bool
    matches: dict[tuple[str, str], str]  # (locus, key of the value) → match


def splits_of_value(value: Value) -> set[str]:
    """S: the splits of the possible antigens, without B4005 unless nothing else is left."""
    found = {nomenclature.split(antigen) for antigen in value.antigens}
    return found - {"B4005"} or found


def expressed(locus: Locus) -> list[Value]:
    """The distinct expressed values: a null allele expresses none."""
    return distinct([v for v in (locus.first, locus.second) if v is not None and v.kind != "null"])


def share_creg(split: str, others: set[str], family: str) -> bool:
    return any(nomenclature.cregs_of(split, family) & nomenclature.cregs_of(other, family) for other in others)


def match(value: Value, here: list[Value], patient_splits: set[str], family: str) -> tuple[str, bool]:
    """The match of one donor value, and whether it leaves the grade certain; `here` = the patient's at that locus."""
    own = splits_of_value(value)
    for other in here:
        same_allele = value.kind == "allele" and other.kind == "allele" and value.key == other.key
        if same_allele or (len(own) == 1 and own == splits_of_value(other)):
            return IDENTICAL, True
    if any(own & splits_of_value(other) for other in here):
        return POSSIBLY, False
    sharing = [share_creg(split, patient_splits, family) for split in own]
    if all(sharing):
        return CROSS_REACTIVE, True
    return MISMATCHED, not any(sharing)


def grade(donor: dict[str, Locus], patient: dict[str, Locus], family: str = "rodey") -> Grade:
    patient_splits: set[str] = set()
    for locus in "AB":
        for value in expressed(patient[locus]):
            patient_splits |= splits_of_value(value)
    matches, certain, u = {}, True, 0
    for locus in "AB":
        values = expressed(donor[locus])
        u += len(values) == 1
        for value in values:
            result, sure = match(value, expressed(patient[locus]), patient_splits, family)
            matches[locus, value.key] = result
            certain = certain and sure
    if not all(who[locus].typed for who in (donor, patient) for locus in "AB"):
        return Grade("R", False, matches)
    x = sum(result == CROSS_REACTIVE for result in matches.values())
    m = sum(result == MISMATCHED for result in matches.values())
    return Grade(name_of(u, x, m), certain, matches)


def name_of(u: int, x: int, m: int) -> str:
    if m >= 2:
        return "D"
    if m == 1:
        return "C"
    if x == 0 and u == 0:
        return "A"
    return f"B{x + u}" + ("U" if u else "") + ("X" if x else "")
