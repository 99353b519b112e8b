"""The address of a view of the workbench, read and written back."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import UnusableInput
from services.wanted import KNOWN, Wanted
from tests.conftest import TODAY
from views.workbench.criteria import parse_criteria, parse_leniently, query_of

CRITERIA = st.builds(
    Wanted,
    on=st.dates(),
    threshold_mfi=st.none() | st.integers(1, 100_000),
    region=st.none() | st.text("ABcÎ' -", min_size=1, max_size=8).map(str.strip).filter(bool),
    policy=st.none() | st.sampled_from(["identity-first", "antibody-first"]),
    loci=st.none() | st.sampled_from(["A,B", "A,B,C"]),
    sample=st.none() | st.just("19s05214"),
    by=st.none() | st.dates(),
    sort=st.sampled_from(KNOWN["sort"]),
    page=st.integers(1, 10**6),
    unknown_page=st.integers(1, 10**6),
    **{name: st.none() | st.sampled_from(KNOWN[name]) for name in ("verdict", "grade", "abo", "rhd", "cmv")},
)


@given(CRITERIA)
def test_what_is_written_is_read_back(wanted):
    assert parse_criteria(query_of(wanted), today=TODAY) == wanted


def test_an_empty_field_is_a_field_not_given():
    empty = dict.fromkeys(("threshold", "region", "policy", "loci", "sample", "on", "by", "abo", "sort"), " ")
    assert parse_criteria(empty, today=TODAY) == Wanted(on=TODAY)


@pytest.mark.parametrize("page", ["0", "-1", "1.5", "²", "", "1000001", "9" * 30])
def test_a_page_is_a_whole_number_from_one(page):
    if page:
        with pytest.raises(UnusableInput, match="page_not_a_number"):
            parse_criteria({"page": page}, today=TODAY)
    else:
        assert parse_criteria({"page": page}, today=TODAY).page == 1


def test_a_change_leaves_the_rest():
    wanted = Wanted(on=TODAY, threshold_mfi=1500, region="Corse", abo="minor", page=4)
    changed = query_of(wanted, region=None, page=1)
    assert changed == {"threshold": "1500", "abo": "minor", "on": TODAY.isoformat()}


def test_what_cannot_be_meant_is_left_out_and_said():
    query = {"threshold": "abc", "on": "soon", "page": "x", "abo": "minor", "loci": "Q"}
    wanted, faults = parse_leniently(query, today=TODAY)
    assert wanted == Wanted(on=TODAY, abo="minor")
    assert {fault.code for fault in faults} == {
        "threshold_not_a_number", "not_a_day", "page_not_a_number", "unknown_loci",
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_a_choice_that_there_is_not_is_refused(name):
    with pytest.raises(UnusableInput, match="unknown_choice"):
        parse_criteria({name: "elsewhere"}, today=TODAY)


def test_the_old_word_for_the_day_itself_still_works():
    later = TODAY + timedelta(days=9)
    assert parse_criteria({"available": "yes", "on": later.isoformat()}, today=TODAY).by == later
