"""The oracle against the acceptance numbers of the real files in the shared folder (read there, never copied)."""

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest

from tests.oracle import shared_files
from tests.oracle.counts import openers
from tests.oracle.reactivity import serum_of
from tests.oracle.rows import loci_of
from tests.oracle.values import parse_locus
from tests.oracle.verdict import BLOCKED, COMPATIBLE, POSSIBLE, UNKNOWN, Case, available, remembering, verdict

ON = date(2026, 11, 22)
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not shared_files.FOLDER.is_dir(), reason="the shared data folder is not beside the checkout"),
]


@pytest.fixture(scope="module")
def phenotypes():
    """(one donor, active donors, available donors) for each distinct phenotype of the four donor files."""
    found = {}
    for donor in shared_files.read_donors():
        if donor.active:
            entry = found.setdefault(tuple(donor.loci.items()), [donor, 0, 0])
            entry[1] += 1
            entry[2] += available(donor, ON)
    return list(found.values())


@pytest.fixture(scope="module")
def sera():
    return shared_files.read_sera()


@pytest.fixture(scope="module")
def patients():
    return shared_files.read_patients()


def case_of(row, sera, *, loci="A,B", without=()):
    typings = loci_of(row)
    values = [v for locus in typings.values() for v in (locus.first, locus.second)]
    beads = {a: m for a, m in sera[row["antibody_sample"]].items() if a.split(":")[0] not in without}
    return Case(loci=typings, serum=serum_of(beads, values), scope=tuple(loci.split(",")))


def line(phenotypes, case, threshold):
    """compatible, possible, unknown, blocked, available."""
    found, reacts = Counter(), remembering(case.serum)
    for donor, active, able in phenotypes:
        result = verdict(donor, case, reacts, threshold)
        found[result] += active
        if result == COMPATIBLE:
            found["available"] += able
    return tuple(found[name] for name in (COMPATIBLE, POSSIBLE, UNKNOWN, BLOCKED, "available"))


def numbers(text):
    """ "1 / 2 / 3 / 4 (5)" → (1, 2, 3, 4, 5)."""
    return tuple(int(part) for part in text.replace("(", "/ ").replace(")", "").split("/"))


COUNTS = [
    ("P0001", 500, "A,B", "25869 / 9237 / 0 / 12163 (19207)"),
    ("P0001", 1000, "A,B", "36746 / 6262 / 0 / 4261 (27282)"),
    ("P0001", 2000, "A,B", "47269 / 0 / 0 / 0 (35087)"),
    ("P0001", 5000, "A,B", "47269 / 0 / 0 / 0 (35087)"),
    ("P0001", 2000, "A,B,C", "32067 / 0 / 15202 / 0 (23779)"),
    ("P0002", 500, "A,B", "1582 / 568 / 0 / 45119 (1159)"),
    ("P0002", 1000, "A,B", "1602 / 582 / 0 / 45085 (1172)"),
    ("P0002", 2000, "A,B", "3454 / 2940 / 0 / 40875 (2529)"),
    ("P0002", 2084, "A,B", "3454 / 2940 / 0 / 40875 (2529)"),
    ("P0002", 2085, "A,B", "4896 / 3311 / 0 / 39062 (3613)"),
    ("P0002", 5000, "A,B", "31572 / 3254 / 0 / 12443 (23395)"),
    ("P0002", 2000, "A,B,C", "1707 / 1925 / 2762 / 40875 (1252)"),
    ("P0003", 500, "A,B", "3095 / 1857 / 0 / 42317 (2318)"),
    ("P0003", 1000, "A,B", "4810 / 561 / 0 / 41898 (3628)"),
    ("P0003", 2000, "A,B", "5147 / 2457 / 0 / 39665 (3879)"),
    ("P0003", 5000, "A,B", "11565 / 9908 / 0 / 25796 (8648)"),
    ("P0003", 2000, "A,B,C", "802 / 599 / 2460 / 43408 (638)"),
    ("P0004", 500, "A,B", "18487 / 17550 / 0 / 11232 (13646)"),
    ("P0004", 1000, "A,B", "22783 / 19306 / 0 / 5180 (16901)"),
    ("P0004", 2000, "A,B", "42089 / 0 / 0 / 5180 (31224)"),
    ("P0004", 5000, "A,B", "47269 / 0 / 0 / 0 (35087)"),
    ("P0004", 2000, "A,B,C", "27870 / 0 / 14219 / 5180 (20657)"),
    ("P0005", 500, "A,B", "20670 / 3575 / 0 / 23024 (15307)"),
    ("P0005", 1000, "A,B", "24969 / 2367 / 0 / 19933 (18504)"),
    ("P0005", 2000, "A,B", "38343 / 0 / 0 / 8926 (28494)"),
    ("P0005", 5000, "A,B", "47269 / 0 / 0 / 0 (35087)"),
    ("P0005", 2000, "A,B,C", "25122 / 0 / 13221 / 8926 (18695)"),
    ("P0006", 500, "A,B", "3581 / 0 / 0 / 43688 (2621)"),
    ("P0006", 1000, "A,B", "5477 / 667 / 0 / 41125 (4056)"),
    ("P0006", 2000, "A,B", "8155 / 966 / 0 / 38148 (6059)"),
    ("P0006", 5000, "A,B", "19310 / 0 / 0 / 27959 (14306)"),
    ("P0006", 2000, "A,B,C", "5992 / 966 / 2163 / 38148 (4464)"),
]


@pytest.mark.parametrize(("patient", "threshold", "loci", "expected"), COUNTS)
def test_counts_of_the_real_files(phenotypes, sera, patients, patient, threshold, loci, expected):
    case = case_of(patients[patient], sera, loci=loci)
    assert line(phenotypes, case, threshold) == numbers(expected)


def test_counts_without_some_beads(phenotypes, sera, patients):
    case = case_of(patients["P0005"], sera, without=("B*35", "B*14", "B*49"))
    assert line(phenotypes, case, 2000) == numbers("23289 / 0 / 15054 / 8926 (17282)")


RETYPED = [
    # P0006 is A*03 A*11 in the file: the "instead of A*02" holds whichever of the two is re-typed
    ("P0006", "hla_a_1", "A*02:01", "5477 / 6258 / 0 / 35534 (4056)"),
    ("P0006", "hla_a_2", "A*02:01", "5477 / 6258 / 0 / 35534 (4056)"),
    ("P0005", "hla_b_1", "B*15", "24969 / 2590 / 0 / 19710 (18504)"),
]


@pytest.mark.parametrize(("patient", "column", "new", "expected"), RETYPED)
def test_counts_of_a_patient_typed_otherwise(phenotypes, sera, patients, patient, column, new, expected):
    row = patients[patient] | {column: new}
    assert line(phenotypes, case_of(row, sera), 1000) == numbers(expected)


GAINS = [
    ("P0002", 2000, "A2", 6744, 0),
    ("P0002", 2000, "A1", 2462, 0),
    ("P0002", 2000, "A11", 0, 1575),
    ("P0003", 2000, "A3", 3185, 0),
    ("P0003", 2000, "A24", 3139, 0),
    ("P0006", 2000, "A2", 7053, 0),
    ("P0006", 2000, "B35", 3654, 0),
    ("P0004", 1000, "A2", 0, 19306),
    ("P0004", 1000, "B8", 3397, 0),
]


@pytest.mark.parametrize(("patient", "threshold", "specificity", "blocked", "possible"), GAINS)
def test_gains_of_the_real_files(phenotypes, sera, patients, patient, threshold, specificity, blocked, possible):
    case = case_of(patients[patient], sera)
    assert specificity in openers(case.serum, case.scope, threshold)
    before = remembering(case.serum)
    after = remembering(replace(case.serum, removed=(specificity,)))
    found = Counter()
    for donor, active, _ in phenotypes:
        if verdict(donor, case, after, threshold) == COMPATIBLE:
            found[verdict(donor, case, before, threshold)] += active
    assert (found[BLOCKED], found[POSSIBLE], found[UNKNOWN]) == (blocked, possible, 0)


def test_a_dash_repeats_the_other_value():
    locus = parse_locus("-", "A2", "A")
    assert locus.first == locus.second
    assert parse_locus("A*24:09N", "-", "A").second is None
    assert not parse_locus("-", "-", "A").typed
