"""Groups of transfusions: exact intervals, and small groups hidden, against tables written by hand."""

import csv
from pathlib import Path

import pytest

from domain.outcome_groups import Interval, Measured, Observed, group_of, median_interval, median_rank, summarise
from domain.small_groups import Crowd, Least, hidden_groups
from domain.transfusion import Window

TABLES = Path(__file__).resolve().parents[1] / "tables"
LEAST = Least(5, 2)
EARLY, LATE = Window.EARLY, Window.LATE


def rows_of(name):
    with (TABLES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", rows_of("median_ranks.csv"), ids=lambda row: f"{row['judged']} at {row['level']}")
def test_the_ranks_that_hold_the_median(row):
    found = median_rank(int(row["judged"]), float(row["level"]))
    assert found == (int(row["rank"]) if row["rank"] else None)


def parsed(text):
    """`size: a=3 b=6; age: …`: each heading parts the same transfusions, in their order, of patients P and Q in turn."""
    rows = {}
    for heading in text.split(";"):
        name, _, groups = heading.strip().partition(":")
        first = 0
        for group in groups.split():
            key, _, count = group.partition("=")
            rows.setdefault(name, {})[f"{name}.{key}"] = sum(1 << first + at for at in range(int(count)))
            first += int(count)
    return rows, Crowd([("PQ"[at % 2], frozenset({"1h"})) for at in range(first)], LEAST)


@pytest.mark.parametrize("row", rows_of("small_groups.csv"), ids=lambda row: row["case"])
def test_small_groups_are_hidden_with_those_that_give_them_away(row):
    rows, crowd = parsed(row["headings"])
    found = hidden_groups([tuple(groups.values()) for groups in rows.values()], crowd)
    if row["hidden"] == "*":
        assert found is None
    else:
        hidden = {name for groups in rows.values() for name, group in groups.items() if group in found}
        assert hidden == set(row["hidden"].split())


def test_a_group_of_one_patient_and_one_with_few_judged_are_small():
    def allowed(members):
        crowd = Crowd(members, LEAST)
        return crowd.allows(crowd.whole)

    assert not allowed([("P", frozenset())] * 9)
    several = [("PQ"[at % 2], frozenset()) for at in range(9)]
    assert allowed(several)  # nothing was judged: there is nothing to protect
    assert not allowed([*several[:7], ("P", frozenset({"24h"})), ("Q", frozenset({"24h"}))])


def observed(group, cci, patient="P", limit=7.5):
    return Observed(patient, {"of": group}, {} if cci is None else {EARLY: Measured(cci, cci > limit)})


def test_the_figures_of_a_group_by_hand():
    values = [2.0, 4.0, 8.0, 9.0, 11.0, 13.0, None]
    group = group_of("a", [observed("a", one, "PQ"[at % 2]) for at, one in enumerate(values)], 0.95)
    figures = group.windows[EARLY]
    assert (group.transfusions, group.patients, figures.judged) == (7, 2, 6)
    assert (figures.median, figures.interval) == (8.5, Interval(2.0, 13.0))
    assert (figures.effective.found, figures.effective.of) == (4, 6)
    # Clopper-Pearson of 4 in 6, as tables of the exact binomial interval have it
    assert (round(figures.effective_interval.low, 3), round(figures.effective_interval.high, 3)) == (0.223, 0.957)
    assert group.windows[LATE].judged == 0
    assert group.windows[LATE].median is None


def test_the_whole_is_not_shown_where_it_is_small_itself():
    few = summarise([observed("a", 9.0)] * 4, ["of"], least=LEAST, level=0.95)
    assert few.whole is None
    assert [(one.groups, one.hidden_transfusions) for one in few.headings] == [((), 0)]
    assert summarise([], ["of"], least=LEAST, level=0.95).whole is None


def test_five_values_have_a_median_and_no_interval_at_95_percent():
    assert median_interval([1.0, 2.0, 3.0, 4.0, 5.0], 0.95) is None
