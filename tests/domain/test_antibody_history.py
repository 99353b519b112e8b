"""Serial sera in time: their order, what breaks between two, and how a specificity changed."""

import csv
from datetime import date
from pathlib import Path

import pytest

from domain.antibody_history import (
    Assay,
    Change,
    Mark,
    breaks_between,
    changes,
    crossings,
    gone_from,
    in_order,
    latest_of,
    parse_factor,
    values_of,
    what_if,
)
from domain.directive import parse_specificity
from domain.errors import UnusableInput
from domain.phenotype import parse_locus
from domain.profile import build_profile
from domain.reactivity import SerumReading
from services.reference import core_reference

REFERENCE = core_reference()
ON = date(2026, 11, 22)
TABLE = Path(__file__).parents[1] / "tables" / "serum_breaks.csv"
ROWS = list(csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines()))


def assay(serum: int, day: date | None = ON, *, known: date = ON, lot="L1", form="match_it", treatment="") -> Assay:
    return Assay(serum, day, known, lot, form, treatment)


def read(beads: list[tuple[str, float]], *, removed: tuple[str, ...] = ()) -> SerumReading:
    own = parse_locus("A*01", "A*03", locus="A", reference=REFERENCE).distinct()
    edits = [parse_specificity(name, REFERENCE) for name in removed]
    return SerumReading(build_profile(beads, REFERENCE), own, REFERENCE, removed=edits)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["why"])
def test_breaks_of_the_table(row):
    def side(name: str) -> Assay:
        day = ON if row[f"dated {name}"] == "yes" else None
        return assay(1, day, lot=row[f"lot {name}"], form=row[f"format {name}"], treatment=row[f"treatment {name}"])

    assert " ".join(breaks_between(side("before"), side("after"))) == row["breaks"]


def test_a_serum_without_a_date_stands_where_it_came_in_and_is_never_the_latest():
    first, last = assay(5, date(2026, 1, 1)), assay(2, date(2026, 9, 1))
    undated = assay(9, None, known=date(2026, 10, 1))
    between = assay(7, None, known=date(2026, 5, 1))
    placed, future = in_order([last, undated, first, between], ON)
    assert [one.serum for one in placed] == [5, 7, 2, 9]
    assert future == []
    assert latest_of(placed) is last
    assert latest_of([undated]) is undated
    assert latest_of([]) is None


def test_a_serum_of_tomorrow_is_apart():
    today, tomorrow = assay(1, ON), assay(2, date(2026, 11, 23))
    assert in_order([tomorrow, today], ON) == ([today], [tomorrow])


def test_a_specificity_is_its_highest_bead_that_the_rules_use():
    found = values_of(read([("A*02:01", 700), ("A*02:06", 900), ("A*01:01", 5000), ("B*07:02", 40)], removed=("B7",)))
    assert (found["A2"].mfi, found["A2"].allele) == (900, "A*02:06")
    assert (found["A1"].mfi, found["A1"].mark) == (5000, Mark.OWN)
    assert (found["B7"].mfi, found["B7"].mark) == (40, Mark.REMOVED)
    assert "A24" not in found  # not tested is no value


def test_changes_are_told_between_comparable_sera_only():
    before, after = (
        values_of(read(beads))
        for beads in (
            [("A*02:01", 9724), ("A*24:02", 100), ("A*01:01", 9000), ("B*07:02", 3000)],
            [("A*02:01", 1459), ("A*24:02", 2500), ("A*01:01", 10), ("B*44:02", 3000)],
        )
    )
    told = changes(before, after, ())
    assert told == [Change("A2", 9724, 1459), Change("A24", 100, 2500)]  # own A1, and what one lacks, are left out
    assert crossings(told, 2000) == told
    assert crossings(told, 2501) == told[:1]
    assert crossings(told, 1459) == told[1:]  # at the threshold is reached
    for broken in breaks_between(assay(1), assay(2, lot="L2", form="fusion", treatment="EDTA")):
        assert changes(before, after, (broken,)) == []


@pytest.mark.parametrize(("text", "factor"), [("50", 50), (" 10 % ", 10), ("90", 90)])
def test_a_factor_is_a_whole_percentage(text, factor):
    assert parse_factor(text) == factor


@pytest.mark.parametrize("text", ["", "9", "91", "100", "-50", "0.5", "½", "٥٠", "1e1", "5" * 40])
def test_what_is_no_factor_is_refused(text):
    with pytest.raises(UnusableInput, match="history_factor_unusable"):
        parse_factor(text)


def test_a_specificity_takes_those_below_it_along():
    profile = build_profile([("A*02:01", 4000), ("A*02:03", 3000), ("A*24:02", 5000)], REFERENCE)
    gone = gone_from("A2", profile, REFERENCE)
    changed = {bead.allele: bead.mfi for bead in what_if(profile, factor_percent=50, gone=gone).beads}
    assert changed == {"A*02:01": 0, "A*02:03": 0, "A*24:02": 2500}
    only = {bead.allele: bead.mfi for bead in what_if(profile, gone=gone_from("A203", profile, REFERENCE)).beads}
    assert only == {"A*02:01": 4000, "A*02:03": 0, "A*24:02": 5000}


@pytest.mark.parametrize("name", ["B44", "nonsense", "", "A2/B44/", "65QIA"])
def test_what_no_bead_tests_cannot_be_gone(name):
    profile = build_profile([("A*24:02", 5000)], REFERENCE)
    with pytest.raises(UnusableInput, match="history_gone_not_tested"):
        gone_from(name, profile, REFERENCE)
