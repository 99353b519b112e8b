"""The address of a view of the workbench, read and written back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import UnusableInput
from tests.conftest import TODAY
from views.workbench.criteria import Criteria, parse_criteria

CRITERIA = st.builds(
    Criteria,
    on=st.dates(),
    threshold_mfi=st.none() | st.integers(1, 100_000),
    region=st.none() | st.text("ABcÎ' -", min_size=1, max_size=8).map(str.strip).filter(bool),
    policy=st.none() | st.sampled_from(["identity-first", "antibody-first"]),
    loci=st.none() | st.sampled_from(["A,B", "A,B,C"]),
    sample=st.none() | st.just("19s05214"),
    page=st.integers(1, 10**6),
    unknown_page=st.integers(1, 10**6),
)


@given(CRITERIA)
def test_what_is_written_is_read_back(criteria):
    assert parse_criteria(criteria.query(), today=TODAY) == criteria


def test_an_empty_field_is_a_field_not_given():
    empty = dict.fromkeys(("threshold", "region", "policy", "loci", "sample", "on"), " ")
    assert parse_criteria(empty, today=TODAY) == Criteria(on=TODAY)


@pytest.mark.parametrize("page", ["0", "-1", "1.5", "²", "", "1000001", "9" * 30])
def test_a_page_is_a_whole_number_from_one(page):
    if page:
        with pytest.raises(UnusableInput, match="page_not_a_number"):
            parse_criteria({"page": page}, today=TODAY)
    else:
        assert parse_criteria({"page": page}, today=TODAY).page == 1


def test_a_change_leaves_the_rest():
    criteria = Criteria(on=TODAY, threshold_mfi=1500, region="Corse", page=4)
    assert criteria.query(region=None, page=1) == {"threshold": "1500", "on": TODAY.isoformat()}
