"""The conformance table (tests/tables/reactions.csv) and the awkward readings, held by the oracle and by the domain."""

import csv
from pathlib import Path

import pytest

from domain.directive import parse_specificity
from domain.profile import build_profile
from domain.reactivity import SerumReading
from domain.typing_text import parse_typed_value
from services.reference import core_reference
from tests.oracle.reactivity import react, serum_of
from tests.oracle.values import parse_value

REFERENCE = core_reference()
TABLE = Path(__file__).parents[1] / "tables" / "reactions.csv"
ROWS = list(csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines()))


def read_beads(text: str) -> dict[str, float]:
    return {name: float(mfi) for name, mfi in (item.split("=") for item in text.split())}


def value_of(text: str):
    value = parse_value(text)
    assert value is not None, text
    return value


def oracle_reads(patient, beads, threshold, donor_value, added=""):
    serum = serum_of(read_beads(beads), [value_of(v) for v in patient.split()], added=added.split())
    found = react(value_of(donor_value), serum, threshold)
    return found.state, found.low, found.high


def domain_reads(patient, beads, threshold, donor_value, added=""):
    def typed(text):
        return parse_typed_value(text, reference=REFERENCE).value

    reading = SerumReading(
        build_profile(read_beads(beads).items(), REFERENCE),
        [typed(text) for text in patient.split()],
        REFERENCE,
        added=[parse_specificity(text, REFERENCE) for text in added.split()],
    )
    found = reading.react(typed(donor_value))
    return found.at(threshold).value, found.low, found.high


def number(text: str) -> float | None:
    return float(text) if text else None


READERS = pytest.mark.parametrize("reads", [oracle_reads, domain_reads])


@READERS
@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['patient_values']} {row['beads']} {row['donor_value']}")
def test_every_row_of_the_conformance_table(row, reads):
    found = reads(row["patient_values"], row["beads"], float(row["threshold"]), row["donor_value"])
    assert found == (row["reaction"], number(row["low"]), number(row["high"]))


LOW_NINES = "A*23:01=10 A*24:02=20"
AWKWARD = [
    # issue 2, acceptance 4: patient values, beads, added, donor value, reaction at 2,000
    ("A1 A3 B7 B8", LOW_NINES, "A23 A24", "A9", "positive"),
    ("A1 A3 B7 B8", LOW_NINES, "A9", "A23", "positive"),
    ("A1 A3 B7 B8", LOW_NINES, "A9", "A24", "positive"),
    ("A1 A3 B7 B8", LOW_NINES, "A9", "A*24:02", "positive"),
    ("A1 A3 B7 B8", LOW_NINES, "A23", "A9", "undecided"),
    ("A1 A3 B7 B*44", "B*44:02=5 B*07:02=5 B*27:08=5", "Bw4", "B*44", "negative"),
    ("A1 A3 B8 B*44", "B*51:01=5 A*24:02=5", "Bw4", "B51", "positive"),
    ("A1 A3 B8 B*44", "B*51:01=5 A*24:02=5", "Bw4", "A24", "positive"),
    ("A1 A3 B8 B*44", "B*51:01=5 B*07:02=5 B*27:08=5", "Bw4", "B7", "negative"),
    ("A1 A3 B8 B*44", "B*51:01=5 B*07:02=5 B*27:08=5", "Bw4", "B2708", "negative"),
    ("A1 A3 B8 B*44", "B*51:01=5 B*51:02=5", "Bw4", "B*51", "positive"),
    ("A2403 A3 B7 B8", "A*24:02=12000", "", "A*24:02", "positive"),
    ("A1 A3 B7 B8", "A*23:01=9000", "", "A25", "untested"),
]


@READERS
@pytest.mark.parametrize(("patient", "beads", "added", "donor_value", "expected"), AWKWARD)
def test_the_awkward_readings(patient, beads, added, donor_value, expected, reads):
    assert reads(patient, beads, 2000, donor_value, added)[0] == expected
