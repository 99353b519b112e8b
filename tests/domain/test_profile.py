"""One serum's beads as the rules use them (MATCHING §4)."""

import pytest

from domain.profile import build_profile, distinct_thresholds
from services.reference import core_reference

REFERENCE = core_reference()


def profile(*results):
    return build_profile(results, REFERENCE)


def mfi(found):
    return {bead.allele: bead.mfi for bead in found.beads}


def said(found):
    return [(issue.code, issue.severity, issue.subject) for issue in found.issues]


def test_a_bead_has_its_allele_antigen_locus_and_mfi():
    [bead] = profile(("C*03:02", 812.5)).beads
    assert (bead.allele, bead.antigens, bead.antigen, bead.locus, bead.mfi) == ("C*03:02", {"Cw10"}, "Cw10", "C", 812.5)


def test_a_bead_of_an_allele_nobody_lists_may_be_several_antigens():
    [bead] = profile(("A*24:07", 9000)).beads
    assert bead.antigens == {"A24", "A2403"}
    assert bead.antigen is None


def test_below_zero_counts_as_zero():
    assert mfi(profile(("A*01:01", -0.01), ("A*02:01", -350), ("A*03:01", 0))) == {"A*01:01": 0, "A*02:01": 0, "A*03:01": 0}


@pytest.mark.parametrize("order", [(1, -1), (-1, 1)])
def test_a_bead_below_zero_is_no_higher_than_zero_twice(order):
    assert mfi(profile(*(("A*01:01", value * 5) for value in order))) == {"A*01:01": 5}


@pytest.mark.parametrize("values", [(100, 900), (900, 100)])
def test_two_beads_of_one_allele_are_the_higher_with_an_issue(values):
    found = profile(*(("A*02:01", value) for value in values))
    assert mfi(found) == {"A*02:01": 900}
    assert said(found) == [("duplicate_bead", "warning", "A*02:01")]


def test_alleles_are_compared_at_two_fields():
    found = profile(("A*02:01:01:01", 100), ("HLA-A*0201", 700), ("A*02:06", 50))
    assert mfi(found) == {"A*02:01": 700, "A*02:06": 50}
    assert [code for code, *_ in said(found)] == ["duplicate_bead"]


@pytest.mark.parametrize(
    "text", ["A99", "A*99:01", "DRB1*04:01", "DQB1*06:02", "A2", "A*02", "A*02:01/05", "A*24:09N", "", "X", "-", "negative control"]
)
def test_what_is_no_allele_of_class_i_takes_no_part_and_is_said(text):
    found = profile((text, 9000), ("A*01:01", 10))
    assert mfi(found) == {"A*01:01": 10}
    assert said(found) == [("unknown_bead", "warning", text)]
    assert found.issues[0].params == {"allele": text}


def test_no_beads_are_an_empty_profile():
    assert profile().beads == ()
    assert profile().issues == ()
    assert distinct_thresholds(profile()) == []


def test_the_beads_keep_their_order():
    assert list(mfi(profile(("B*08:01", 1), ("A*01:01", 2), ("C*07:01", 3)))) == ["B*08:01", "A*01:01", "C*07:01"]


def test_thresholds_are_the_last_at_which_each_bead_still_counts():
    found = profile(("A*01:01", 1000), ("A*02:01", 999.9), ("A*03:01", 1000), ("B*07:02", 0.5), ("B*08:01", 1), ("C*07:01", -3))
    assert distinct_thresholds(found) == [1, 999, 1000]
    for bead in found.beads:
        if bead.mfi >= 1:
            last = max(t for t in distinct_thresholds(found) if bead.mfi >= t)
            assert bead.mfi < last + 1
