"""The oracle itself against the conformance table (tests/tables/reactions.csv) and the awkward readings."""

import csv
from pathlib import Path

import pytest

from tests.oracle.reactivity import react, serum_of
from tests.oracle.values import parse_value

TABLE = Path(__file__).parents[1] / "tables" / "reactions.csv"
ROWS = list(csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines()))


def read_beads(text: str) -> dict[str, float]:
    return {name: float(mfi) for name, mfi in (item.split("=") for item in text.split())}


def value_of(text: str):
    value = parse_value(text)
    assert value is not None, text
    return value


def number(text: str) -> float | None:
    return float(text) if text else None


@pytest.mark.parametrize(
    "row", ROWS, ids=lambda row: f"{row['patient_values']} {row['beads']} {row['donor_value']}"
)
def test_oracle_holds_every_row_of_the_conformance_table(row):
    serum = serum_of(read_beads(row["beads"]), [value_of(v) for v in row["patient_values"].split()])
    found = react(value_of(row["donor_value"]), serum, float(row["threshold"]))
    assert (found.state, found.low, found.high) == (row["reaction"], number(row["low"]), number(row["high"]))


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


@pytest.mark.parametrize(("patient", "beads", "added", "donor_value", "expected"), AWKWARD)
def test_oracle_holds_the_awkward_readings(patient, beads, added, donor_value, expected):
    serum = serum_of(read_beads(beads), [value_of(v) for v in patient.split()], added=added.split())
    assert react(value_of(donor_value), serum, 2000).state == expected
