"""The case table of tests/tables/why_not.csv: which rule fails first, and everything that would change it."""

import pytest

from domain import hpa
from domain.directive import parse_specificity
from domain.phenotype import parse_locus
from domain.profile import build_profile
from domain.reactivity import SerumReading
from domain.standing import Change, ChangeKind, Demand, Standing, find_changes
from domain.typing_text import parse_typed_value
from services.reference import core_reference
from tests.rule_cases import read_cases

REFERENCE = core_reference()
CASES = read_cases("why_not")


def standing(row):
    beads = [(allele, float(mfi)) for allele, mfi in (bead.split("=") for bead in row["beads"].split())]
    added, removed = (tuple(parse_specificity(t, REFERENCE) for t in row[name].split()) for name in ("added", "removed"))
    patient = [parse_typed_value(text, reference=REFERENCE).value for text in row["patient"].split()]
    reading = SerumReading(build_profile(beads, REFERENCE), patient, REFERENCE, added=added, removed=removed)
    texts = ["" if text == "?" else text for text in row["donor"].split()]
    typings = tuple(parse_locus(*texts[at : at + 2], locus=x, reference=REFERENCE) for x, at in (("A", 0), ("B", 2)))
    return Standing(reading, typings, demands(row["hpa_1"]), int(row["threshold"]))


def demands(typed):
    """An antibody against HPA-1a, where the row speaks of HPA-1."""
    if not typed:
        return ()
    genotype, _ = hpa.parse_hpa("" if typed == "none" else typed, "HPA-1")
    text = genotype.canonical if genotype else ""
    return (Demand("hpa", "HPA-1", text, hpa.requirement(["HPA-1a"], {"HPA-1": genotype} if genotype else {})),)


def words(change: Change) -> str:
    """A change as the table writes it."""
    if change.kind is ChangeKind.EDITS:
        kind = "withdraw" if change.edits[0].withdrawn else "remove"
        names = sorted(edit.specificity.name for edit in change.edits)
        said = f"{kind if len(names) == 1 else 'together'} {'+'.join(names)}"
    elif change.kind is ChangeKind.TYPING:
        said = f"typing {change.subject} as {'+'.join(change.names)}"
    else:
        said = f"{change.kind} {change.mfi or change.subject or '+'.join(change.names)}"
    return f"{said} {change.verdict}"


@pytest.mark.parametrize("row", CASES, ids=lambda row: row["case"])
def test_why_not(row):
    found = standing(row)
    first = found.first_failing()
    assert found.verdict == row["verdict"]
    assert (f"{first.kind} {first.subject} {first.typed or 'not typed'} {first.state}" if first else "") == row["first"]
    assert {words(change) for change in find_changes(found)} == set(filter(None, row["changes"].split("; ")))


def test_the_table_is_not_short():
    assert len(CASES) >= 20
