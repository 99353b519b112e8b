"""Where two texts of one person differ: what is marked of each."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.text_difference import differing_fields, differing_stretches, marked_words

CASES = [  # of a text, of the other: the first with [what differs] in brackets
    ("Martin", "Martins", "Martin"),
    ("Martins", "Martin", "Martin[s]"),
    ("Durand", "Durant", "Duran[d]"),
    ("Zoé", "Zoe", "Zo[é]"),
    ("dupont", "DUPONT", "dupont"),
    ("Nébuleuse", "NEBULEUSE", "N[é]buleuse"),
    ("İlke", "Ilke", "[İ]lke"),
    ("17/05/1985", "17/06/1985", "17/0[5]/1985"),
    ("J.", "Jean", "J[.]"),
    ("abc", "xyz", "[abc]"),
    ("abc", "", "[abc]"),
]
FIELDS = [
    ("A*02:01", "A*02", "A*02[:01]"),
    ("A*02", "A*02:01", "A*02"),
    ("A*02:01", "A*02:06", "A*02[:01]"),
    ("A*02", "A*30", "[A*02]"),
    ("A2", "A24", "[A2]"),
    ("A*02:01", "A*02:011", "A*02[:01]"),
    ("a/a", "a/b", "[a/a]"),
    ("A2", "", "[A2]"),
    ("A2", "A2", "A2"),
]
SIDES = [  # what one side says, what the other says: what is marked of the first
    (("A2", "A2"), ("A2", "A3"), ["A2", "[A2]"]),
    (("A2", "A3"), ("A2", "A2"), ["A2", "[A3]"]),
    (("A3", "A2"), ("A2", "A3"), ["A3", "A2"]),
    (("A2", "A2"), ("A2", "A2"), ["A2", "A2"]),
    (("A2", ""), ("A2", "A3"), ["A2"]),
    (("A2", "A3"), ("A2", ""), ["A2", "[A3]"]),
    (("A2", "A2"), ("A2", None), ["A2", "[A2]"]),
    (("A*02", "A*24"), ("A*24:02", "A*02:01"), ["A*02", "A*24"]),
    (("A*24:02", "A*02:01"), ("A*02", "A*24"), ["A*24[:02]", "A*02[:01]"]),
    (("A2",), (None,), ["A2"]),
    ((None,), ("A2",), []),
    ((), (), []),
]


def bracketed(stretches) -> str:
    return "".join(f"[{one.text}]" if one.differs else one.text for one in stretches)


@pytest.mark.parametrize(("text", "other", "expected"), CASES)
def test_what_the_other_lacks_is_marked(text, other, expected):
    assert bracketed(differing_stretches(text, other)) == expected


@pytest.mark.parametrize(("text", "other", "expected"), FIELDS)
def test_a_typing_is_marked_from_the_field_on_that_differs(text, other, expected):
    assert bracketed(differing_fields(text, other)) == expected


@pytest.mark.parametrize(("texts", "others", "expected"), SIDES)
def test_alleles_are_compared_without_their_order(texts, others, expected):
    assert [bracketed(one) for one in marked_words(texts, others, differing_fields)] == expected


SIGNS = st.text(alphabet="aAbBeEéÉİ -.1", max_size=20)


@given(SIGNS, SIGNS)
def test_nothing_is_lost_and_what_is_not_marked_stands_in_both_in_order(text, other):
    found = differing_stretches(text, other)
    assert "".join(one.text for one in found) == text
    assert all(one.text for one in found)
    rest = iter(other.lower())
    assert all(sign in rest for one in found if not one.differs for sign in one.text.lower())


@given(st.lists(st.sampled_from(["A1", "A2", "A*02:01", "", None]), max_size=3), st.randoms())
def test_the_same_words_in_another_order_are_never_marked(texts, chance):
    others = list(texts)
    chance.shuffle(others)
    assert not any(part.differs for one in marked_words(texts, others, differing_fields) for part in one)
