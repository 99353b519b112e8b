"""What is hidden cannot be worked out from what is shown: against linear algebra, and the figures against a recount."""

from statistics import median

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from domain.outcome_groups import Measured, Observed, summarise
from domain.small_groups import Least
from domain.transfusion import Window

LEAST, LEVEL = Least(5, 2), 0.95
SHARED = frozenset({"no_donor", "no_serum"})
# What each heading says of a transfusion without a donor, or without a serum: some part them, some do not care.
HEADINGS = {
    "grade": ("no_donor",),
    "sum": ("no_donor", "no_serum"),
    "calibration": ("no_donor", "no_serum", "no_directive"),
    "age": (),
}


@st.composite
def transfusions(draw):
    why = draw(st.sampled_from(["", "", "", "no_donor", "no_serum", "no_directive"]))
    groups = {name: why if why in said else draw(st.sampled_from("abc")) for name, said in HEADINGS.items()}
    measured = {
        window: Measured(cci, cci > 7.5)
        for window in Window
        if (cci := draw(st.one_of(st.none(), st.integers(-2, 20)))) is not None
    }
    return Observed(draw(st.sampled_from("PQR")), groups, measured)


def cells(headings):
    """Every structural cell with its column; a shared key is one cell under all headings."""
    names = {cell_of(name, key) for name, keys in headings.items() for key in keys}
    return {cell: at for at, cell in enumerate(sorted(names))}


def cell_of(name, key):
    return ("", key) if key in SHARED else (name, key)


def is_small(members):
    def few(some):
        return len(some) < LEAST.transfusions or len({one.patient for one in some}) < LEAST.patients

    judged = [[one for one in members if window in one.measured] for window in Window]
    return few(members) or any(some and few(some) for some in judged)


@settings(deadline=None, max_examples=50)
@given(st.lists(transfusions(), min_size=0, max_size=70))
def test_no_hidden_group_follows_from_what_is_shown(given_ones):
    found = summarise(given_ones, HEADINGS, least=LEAST, level=LEVEL, shared=SHARED)
    if found.whole is None:
        assert is_small(given_ones)
        assert all(not one.groups and not one.hidden_transfusions for one in found.headings)
        return
    headings = {one.name: [*one.hidden, *(group.key for group in one.groups)] for one in found.headings}
    columns = cells(headings)
    known = []  # each published number as a sum of cells: the total of every heading, and each group shown
    for one in found.headings:
        known.append({columns[cell_of(one.name, key)] for key in headings[one.name]})
        known += [{columns[cell_of(one.name, group.key)]} for group in one.groups]
    matrix = np.array([[float(at in row) for at in range(len(columns))] for row in known])
    rank = np.linalg.matrix_rank(matrix)
    for one in found.headings:
        for group in one.groups:
            assert not is_small([o for o in given_ones if o.groups[one.name] == group.key])
        hidden = [o for o in given_ones if o.groups[one.name] in one.hidden]
        shown_too = {cell_of(other.name, group.key) for other in found.headings for group in other.groups}
        assert not {cell_of(one.name, key) for key in one.hidden} & shown_too
        if one.hidden and (one.groups or len(one.hidden) > 1):
            assert len(hidden) == one.hidden_transfusions
            assert not is_small(hidden)
        for key in one.hidden:
            if is_small([o for o in given_ones if o.groups[one.name] == key]):
                alone = np.zeros(len(columns))
                alone[columns[cell_of(one.name, key)]] = 1
                assert np.linalg.matrix_rank(np.vstack([matrix, alone])) > rank, key


@settings(deadline=None, max_examples=25)
@given(st.lists(transfusions(), min_size=5, max_size=70))
def test_what_is_shown_is_a_plain_recount(given_ones):
    found = summarise(given_ones, HEADINGS, least=LEAST, level=LEVEL, shared=SHARED)
    for heading in found.headings:
        for group in heading.groups:
            members = [one for one in given_ones if one.groups[heading.name] == group.key]
            assert group.transfusions == len(members)
            assert group.patients == len({one.patient for one in members})
            for window in Window:
                values = sorted(one.measured[window].cci for one in members if window in one.measured)
                figures = group.windows[window]
                assert figures.judged == len(values)
                assert figures.median == (median(values) if values else None)
                above = sum(value > 7.5 for value in values)
                assert (figures.effective.found if figures.effective else 0) == above
                ends = [
                    k for k in range(1, len(values) // 2 + 1)
                    if 1 - 2 * binom.cdf(k - 1, len(values), 0.5) >= LEVEL - 1e-12
                ]  # fmt: skip
                expected = (values[max(ends) - 1], values[-max(ends)]) if ends else None
                assert (figures.interval and (figures.interval.low, figures.interval.high)) == expected
