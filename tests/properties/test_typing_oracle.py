"""The domain's reading of typed texts against the oracle's, form by form (MATCHING §2)."""

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.phenotype import parse_locus
from domain.typing_text import parse_typed_value
from services.reference import core_reference
from tests.oracle import nomenclature, tables, values

REFERENCE = core_reference()
LETTERS = {"A": "A", "B": "B", "C": "Cw"}


@st.composite
def serological_texts(draw):
    """A2, A 2, HLA-A2, a2, C3, A24(9), A9(24), and antigens that do not exist."""
    locus = draw(st.sampled_from("ABC"))
    prefix = draw(st.sampled_from({"A": ["A", "a", "A "], "B": ["B", "b"], "C": ["Cw", "C", "cw"]}[locus]))
    known = sorted(a.removeprefix(LETTERS[locus]) for a in tables.ANTIGENS if a.startswith(LETTERS[locus]))
    number = draw(st.one_of(st.sampled_from(known), st.integers(1, 99).map(str)))
    antigen = LETTERS[locus] + number
    related = [
        a
        for a in tables.ANTIGENS
        if a != antigen and (a in nomenclature.closure(antigen) or antigen in nomenclature.closure(a))
    ]
    inner = draw(st.sampled_from(["", *(f"({a.removeprefix(LETTERS[locus])})" for a in sorted(related))]))
    return draw(st.sampled_from(["", "", "HLA-"])) + prefix + number + inner


@st.composite
def allele_texts(draw):
    """A*02:01 and its longer and older forms; suffixes; first fields that do not exist."""
    locus = draw(st.sampled_from("ABC"))
    first = draw(st.one_of(st.sampled_from(sorted(tables.FIRST_FIELDS[locus])), st.integers(1, 99).map("{:02}".format)))
    second = draw(st.integers(1, 299).map("{:02}".format))
    rest = draw(st.sampled_from(["", "", ":01", ":01:02", ":01:02N", ":01:02L", "N", "L", "Q", "P", ":01G"]))
    star = "*" if draw(st.booleans()) or locus != "C" else "w*"
    return f"{locus}{star}{first}:{second}{rest}"


@st.composite
def group_texts(draw):
    """A*02, A*2, A*02:XX."""
    locus = draw(st.sampled_from("ABC"))
    first = draw(st.one_of(st.sampled_from(sorted(tables.FIRST_FIELDS[locus])), st.integers(1, 99).map("{:02}".format)))
    return f"{locus}*" + draw(st.sampled_from([first, first + ":XX", str(int(first))]))


@st.composite
def old_texts(draw):
    """A*0201, Cw*0702, A*9201, B*9501."""
    locus = draw(st.sampled_from("ABC"))
    renamed = {"A": ["92"], "B": ["95"], "C": []}[locus]
    first = draw(st.sampled_from(sorted(tables.FIRST_FIELDS[locus]) + renamed * 5))
    return ("Cw" if locus == "C" else locus) + f"*{first}{draw(st.integers(1, 99)):02}"


@st.composite
def list_texts(draw):
    """A*02:01/A*02:05 and the short form A*02:01/05, repeats and nulls among them."""
    locus = draw(st.sampled_from("ABC"))
    firsts = sorted(tables.FIRST_FIELDS[locus])
    head = draw(st.sampled_from(firsts))
    fields = draw(st.lists(st.sampled_from(["01", "02", "03", "05", "06", "18", "09N"]), min_size=2, max_size=4))
    if draw(st.booleans()):
        return f"{locus}*{head}:{'/'.join(fields)}"
    others = [head, draw(st.sampled_from(firsts))]
    return "/".join(f"{locus}*{draw(st.sampled_from(others))}:{field}" for field in fields)


TEXTS = st.one_of(serological_texts(), allele_texts(), group_texts(), old_texts(), list_texts())


@settings(max_examples=1500, deadline=None)
@given(TEXTS)
def test_a_text_stands_for_the_same_alleles_and_antigens(text):
    found, expected = parse_typed_value(text, reference=REFERENCE).value, values.parse_value(text)
    if expected is None:
        assert found is None, (text, found)
        return
    assert found is not None, (text, expected)
    assert found.locus == expected.locus
    assert found.kind.value == expected.kind
    assert set(found.alleles) == set(expected.alleles)
    assert found.antigens == expected.antigens


@settings(max_examples=1000, deadline=None)
@given(TEXTS)
def test_the_canonical_form_reads_as_the_text_it_came_from(text):
    first = parse_typed_value(text, reference=REFERENCE)
    if first.value is not None:
        again = parse_typed_value(first.value.canonical, reference=REFERENCE).value
        assert again is not None
        assert (again.key, again.kind, again.alleles, again.antigens, again.canonical) == (
            first.value.key,
            first.value.kind,
            first.value.alleles,
            first.value.antigens,
            first.value.canonical,
        )


@settings(max_examples=1000, deadline=None)
@given(TEXTS, TEXTS)
def test_two_texts_are_one_value_for_both_readers_or_for_neither(first, second):
    mine = [values.parse_value(text) for text in (first, second)]
    theirs = [parse_typed_value(text, reference=REFERENCE).value for text in (first, second)]
    if all(mine) and all(theirs) and not any(value.kind == "list" for value in mine):
        assert (mine[0].key == mine[1].key) == (theirs[0].key == theirs[1].key)


ODD = st.sampled_from(["", "X", "-", "A99", "B7"])


@settings(max_examples=1000, deadline=None)
@given(st.one_of(ODD, TEXTS), st.one_of(ODD, TEXTS), st.sampled_from("ABC"))
def test_the_two_positions_of_a_locus_read_alike(first, second, locus):
    found = parse_locus(first, second, locus=locus, reference=REFERENCE)
    expected = values.parse_locus(first, second, locus)
    assert [v and v.antigens for v in found.values] == [v and v.antigens for v in (expected.first, expected.second)]
    assert found.is_typed == expected.typed
