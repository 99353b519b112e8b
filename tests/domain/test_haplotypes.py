"""What brothers and sisters share of HLA: one half, one quarter, and what typings of parents change."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.haplotypes import BEFORE_TYPING, identical_as_typed, sibling_sharing

MOTHER = {"A": ("A1", "A2"), "B": ("B7", "B8")}
FATHER = {"A": ("A3", "A24"), "B": ("B35", "B44")}
CHILD = {"A": ("A1", "A3"), "B": ("B8", "B35")}


def test_without_typed_parents_a_quarter_a_half_and_a_quarter():
    found = sibling_sharing(CHILD, None, FATHER)
    assert (found.identical, found.one_haplotype, found.neither, found.deduced) == (0.25, 0.5, 0.25, False)
    assert [round(100 * found.at_least_one(n)) for n in range(1, 6)] == [25, 44, 58, 68, 76]


def test_four_different_haplotypes_say_the_same_and_that_it_is_deduced():
    found = sibling_sharing(CHILD, MOTHER, FATHER)
    assert found.deduced
    assert (found.identical, found.one_haplotype, found.neither) == (0.25, 0.5, 0.25)


def test_a_homozygous_parent_makes_half_the_siblings_identical():
    found = sibling_sharing({"A": ("A1", "A3"), "B": ("B8", "B35")}, {"A": ("A1", "A1"), "B": ("B8", "B8")}, FATHER)
    assert found.deduced
    assert (found.identical, found.one_haplotype, found.neither) == (0.5, 0.5, 0)


@pytest.mark.parametrize(
    ("child", "mother"),
    [
        ({"A": ("A9", "A3"), "B": ("B8", "B35")}, MOTHER),  # no child of these parents: nothing is deduced
        ({"A": ("A1", "A3")}, MOTHER),  # other loci than the parents
        ({}, MOTHER),
    ],
)
def test_what_cannot_be_deduced_stays_before_typing(child, mother):
    assert sibling_sharing(child, mother, FATHER) == BEFORE_TYPING


def test_identical_as_typed_needs_a_common_locus():
    assert identical_as_typed(CHILD, {"A": ("A3", "A1"), "B": ("B35", "B8")})
    assert not identical_as_typed(CHILD, MOTHER)
    assert not identical_as_typed(CHILD, {})


HAPLOTYPE = st.tuples(st.sampled_from(("A1", "A2")), st.sampled_from(("B7", "B8", "B35")))


@given(*[HAPLOTYPE] * 4)
def test_what_is_deduced_is_what_the_true_haplotypes_give(m1, m2, f1, f2):
    """Where the answer is said to be deduced, the share of identical children is that of the haplotypes behind it."""

    def typed(*haplotypes):
        return dict(zip("AB", zip(*haplotypes, strict=True), strict=True))

    child = typed(m1, f1)
    found = sibling_sharing(child, typed(m1, m2), typed(f1, f2))
    true = sum(identical_as_typed(child, typed(m, f)) for m, f in itertools.product((m1, m2), (f1, f2))) / 4
    assert found.identical == (true if found.deduced else 0.25)
