"""Two records of one person, field by field; the levels a scientist can read, and the laws of the weights."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.duplicate_estimation import estimate, shares
from domain.errors import UnusableInput
from domain.suggestions import Person, Weights, block_keys, levels_of, prior_odds, score_pair, words_of

WEIGHTS = Weights(
    {
        **{(name, level): (m, u) for name in ("last_name", "first_name")
           for level, m, u in (("same", 0.8, 0.003), ("part", 0.05, 0.001), ("initials", 0.05, 0.01),
                               ("close", 0.05, 0.002), ("swapped", 0.02, 0.000001), ("different", 0.05, 0.98))},
        **{("birth_date", level): (m, u) for level, m, u in (
            ("same", 0.85, 0.0001), ("same_placeholder", 0.02, 0.001), ("swapped", 0.03, 0.00003),
            ("close", 0.04, 0.002), ("year", 0.02, 0.02), ("different", 0.02, 0.97))},
        **{("postcode", level): (m, u) for level, m, u in (
            ("same", 0.7, 0.03), ("department", 0.1, 0.05), ("different", 0.2, 0.92))},
        **{(name, level): chances for name in ("sex", "phone", "email", "abo", "rhd")
           for level, chances in (("same", (0.95, 0.3)), ("different", (0.05, 0.7)))},
        ("hla", "different"): (0.01, 0.6),
    },
    share=0.01,
)  # fmt: skip
JEAN = Person(("martin",), ("jean", "pierre"), "1980-03-04", "M", "29200", "0639980001", "", "O", "+")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Le Goff", ("goff",)),
        ("D’Été-Œuf", ("ete", "oeuf")),
        ("J.-P.", ("j", "p")),
        ("de", ("de",)),
        ("", ()),
    ],
)
def test_a_name_is_compared_without_accents_hyphens_and_particles(name, words):
    assert words_of(name) == words


@pytest.mark.parametrize(
    ("field", "one", "other", "level"),
    [
        ("first_name", "Jean-Pierre", "J.-P.", "initials"),
        ("first_name", "Jean-Pierre", "JP", "initials"),
        ("first_name", "Jean-Pierre", "Jean", "part"),
        ("first_name", "Jeanpierre", "Jean Pierre", "same"),
        ("last_name", "Martin", "Martin-Durand", "part"),
        ("last_name", "Marchand", "Marchant", "close"),
        ("last_name", "Marchand", "Bouvier", "different"),
        ("last_name", "Marchand", "", "missing"),
    ],
)
def test_names_agree_at_the_level_at_which_a_person_would_say(field, one, other, level):
    people = [Person(**{field: words_of(text)}) for text in (one, other)]
    assert levels_of(*people)[field] == level


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("1980-03-04", "1980-03-04", "same"),
        ("1980-01-01", "1980-01-01", "same_placeholder"),
        ("1980-03-04", "1980-04-03", "swapped"),
        ("1980-03-04", "1980-03-05", "close"),
        ("1980-03-04", "1980-11-27", "year"),
        ("1980-03-04", "1971-11-27", "different"),
        ("", "1971-11-27", "missing"),
    ],
)
def test_birth_dates_agree_at_their_level(one, other, level):
    assert levels_of(Person(birth_date=one), Person(birth_date=other))["birth_date"] == level


def test_names_in_each_other_s_field_are_told_as_swapped():
    other = Person(JEAN.first_name, JEAN.last_name)
    assert levels_of(JEAN, other)["last_name"] == "swapped"
    assert [part.field for part in score(JEAN, other).parts].count("last_name") == 1
    assert "first_name" not in {part.field for part in score(JEAN, other).parts}  # one slip is weighed once


def score(one, other, names=None, antigens=None):
    return score_pair(one, other, weights=WEIGHTS, donors=1000, names=names or {}, antigens=antigens or {})


def test_a_rare_name_says_more_than_a_common_one():
    common = score(JEAN, JEAN, {"last_name": {"martin": 0.02}})
    rare = score(JEAN, JEAN, {"last_name": {"martin": 0.0035}})
    assert rare.weight - common.weight == pytest.approx(math.log2(0.02 / 0.0035))


def test_a_rare_antigen_shared_says_more_and_one_unknown_to_a_side_says_nothing():
    typed = Person(antigens=("A:A*02", "A:A*80"))
    said = score(typed, typed, antigens={"A:A*02": 0.25, "A:A*80": 0.125})
    assert [(part.field, part.weight) for part in said.parts] == [("hla", 5.0)]
    assert score(typed, Person(), antigens={"A:A*02": 0.25}).parts == ()


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("A:A*02 A:A*03", "A:A*03 A:A*02", "same"),
        ("A:A*02 A:A*03", "A:A*02:01 A:A*03:01:01:01", "same"),  # less precise
        ("A:A*02 A:A*03", "A:A2 A:A3", "same"),  # a serological name contradicts no allele here
        ("A:A*02 A:A*03", "A:A*02", "same"),
        ("A:A*02 A:A*02", "A:A*02 A:A*03", "same"),  # seen twice may stand for one not seen
        ("A:A*02 A:A*-", "A:A*02 A:A*03", "same"),
        ("A:A*02", "A:A*03", "same"),  # each may be the other's unseen one
        ("A:A*02:AB A:A*03", "A:A*02:01 A:A*03", "same"),  # an allele code is open
        ("A:A*02 A:A*03", "A:A*02 A:A*11", "different"),
        ("A:A*02:01 A:A*03", "A:A*02:05 A:A*03", "different"),
        ("A:A*02 A:A*03", "A:A*11", "different"),
        ("A:A*02 A:A*03 B:B*07 B:B*08", "A:A*02 A:A*03 B:B*07 B:B*44", "different"),
        ("A:A*02", "B:B*07", "missing"),
    ],
)
def test_hla_contradicts_only_where_it_cannot_be_of_one_person(one, other, level):
    people = [Person(antigens=tuple(text.split())) for text in (one, other)]
    assert levels_of(*people)["hla"] == levels_of(*reversed(people))["hla"] == level


def test_hla_that_contradicts_weighs_against_and_half_a_locus_weighs_nothing():
    one, other = Person(antigens=("A:A*02", "A:A*80")), Person(antigens=("A:A*02", "A:A*11"))
    said = score(one, other, antigens={"A:A*02": 0.25})
    assert [(part.level, part.weight) for part in said.parts] == [("different", pytest.approx(math.log2(0.01 / 0.6)))]
    mixed = score(Person(antigens=("A:A2", "A:A80")), Person(antigens=("A:A2", "A:A11")), antigens={"A:A2": 0.25})
    assert mixed.parts == ()


def test_what_nobody_knows_leaves_the_prior_alone():
    said = score(Person(), Person())
    assert said.parts == ()
    assert said.probability == pytest.approx(0.01 * 1000 / (1000 * 999 / 2))
    assert 2**said.weight == pytest.approx(prior_odds(1000, 0.01))


NAMES = st.lists(st.sampled_from(["martin", "durand", "jean", "pierre", "j"]), max_size=2).map(tuple)
PEOPLE = st.builds(
    Person,
    last_name=NAMES,
    first_name=NAMES,
    birth_date=st.sampled_from(["", "1980-01-01", "1980-03-04", "1980-04-03", "1981-03-04"]),
    sex=st.sampled_from(["", "F", "M"]),
    postcode=st.sampled_from(["", "29200", "29000", "75001"]),
    phone=st.sampled_from(["", "0639980001", "0639980002"]),
    antigens=st.sampled_from([(), ("A:A*02", "A:A*03"), ("A:A*03",), ("A:A*02", "A:A*11"), ("A:A2", "A:A3")]),
)


@given(PEOPLE, PEOPLE)
def test_the_order_of_two_records_does_not_matter_and_the_parts_sum_up(one, other):
    there, back = score(one, other), score(other, one)
    assert there == back
    assert there.weight == pytest.approx(math.log2(prior_odds(1000, 0.01)) + sum(p.weight for p in there.parts))
    assert 0 <= there.probability <= 1


@given(PEOPLE)
def test_a_record_meets_itself_under_each_of_its_keys(person):
    assert block_keys(person) == block_keys(person)
    assert bool(block_keys(person)) >= bool(person.birth_date or person.phone)


def test_em_finds_the_chances_that_made_the_pairs():
    true = [{"a": "same", "b": "same"}] * 81 + [{"a": "same", "b": "different"}] * 9 + [
        {"a": "different", "b": "same"}] * 9 + [{"a": "different", "b": "different"}]  # fmt: skip
    other = [{"a": "same", "b": "same"}] * 9 + [{"a": "different", "b": "different"}] * 729 + [
        {"a": "same", "b": "different"}] * 81 + [{"a": "different", "b": "same"}] * 81  # fmt: skip
    third = [{**pair, "c": "same" if at % 10 else "different"} for at, pair in enumerate(true)]
    third += [{**pair, "c": "different" if at % 10 else "same"} for at, pair in enumerate(other)]
    start = shares(third[100:], [(field, level) for field in "abc" for level in ("same", "different")])
    found = estimate(third, start=start, rounds=300)
    assert found.share == pytest.approx(0.1, abs=0.02)
    assert found.chances["a", "same"][0] == pytest.approx(0.9, abs=0.06)


def test_nothing_cannot_be_estimated_from():
    with pytest.raises(UnusableInput, match="nothing_to_estimate"):
        estimate([], start={("a", "same"): 0.5})
