"""The state of a series of transfusions against a table; the checklist, what to do next, and laws of the timeline."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.refractoriness import READINGS, Lead, Result, Selection, State, Transfused, series, timeline
from domain.transfusion import Held, Verdict
from services.transfusions.rules import causes, next_rules
from tests.rule_cases import read_cases

CASES = read_cases("refractoriness")
VERDICTS = {"E": Verdict.EFFECTIVE, "I": Verdict.INEFFECTIVE, "N": Verdict.NOT_JUDGED}
START = datetime(2026, 11, 1, 10, tzinfo=UTC)


def transfused(place: int, text: str, **more) -> Transfused:
    """`II:met:random`: the verdicts at 1 h and 24 h, whether valid, how it was chosen (? for not known)."""
    verdicts, valid, chosen = (text.split(":") + ["met", "random"][text.count(":") :])[:3]
    selection = None if chosen == "?" else Selection(chosen)
    early, late = (VERDICTS[letter] for letter in verdicts)
    return Transfused(f"{place:03}", START + timedelta(days=place), early, late, Held(valid), selection, **more)


def read(text: str, known=(), **more):
    found = [transfused(place, one, **more) for place, one in enumerate(text.split())]
    return series(found, causes=causes(), rules=next_rules(), known=dict.fromkeys(known, True))


@pytest.mark.parametrize("row", CASES, ids=lambda row: row["case"])
def test_a_case_of_the_table(row):
    found = read(row["transfusions"])
    assert [step.result.value for step in found.steps] == row["results"].split()
    states = row["states"].split()
    assert [step.state.value for step in found.steps] == (states if found.steps else [])
    assert found.state.value == states[-1]
    assert (found.lead.value if found.lead else "") == row["lead"]


def test_every_pair_of_verdicts_is_in_the_table_of_readings():
    assert set(READINGS) == {(early, late) for early in Verdict for late in Verdict}


def test_since_is_the_day_the_state_began():
    assert read("II II II").since == START + timedelta(days=1)
    assert read("EE").since == START


def test_a_cause_is_absent_only_where_it_was_looked_for_at_each_failure():
    found = series(
        [
            transfused(0, "EE", causes={"sepsis": True}),  # no failure: what it had explains none
            transfused(1, "II", causes={"fever": True, "sepsis": False, "vancomycin": False}),
            transfused(2, "II", causes={"sepsis": False}),
        ],
        causes=("fever", "sepsis", "vancomycin", "dic"),
        rules=(),
        known={},
    )
    assert {one.name: one.seen for one in found.causes} == {
        "fever": True,
        "sepsis": False,
        "vancomycin": None,
        "dic": None,
    }


def test_an_immune_lead_asks_for_hla_hpa_and_cd36_and_says_what_is_on_record():
    found = read("II II", known=("hla_tested",))
    assert [(one.name, one.done) for one in found.todo] == [
        ("test_hla", True),
        ("test_hpa", False),
        ("test_cd36", False),
        ("type_patient", False),
    ]


def test_consumption_asks_for_the_causes_first():
    assert read("EI EI").todo[0].name == "look_for_causes"
    assert read("NI NI").todo[0].name == "count_both"
    assert read("EE").todo == ()


letters = st.sampled_from("EIN")
texts = st.lists(
    st.builds(
        lambda early, late, valid, chosen: f"{early}{late}:{valid}:{chosen}",
        letters,
        letters,
        st.sampled_from(list(Held)),
        st.sampled_from(["?", *Selection]),
    ),
    max_size=8,
)


@given(texts, st.randoms())
def test_the_order_of_recording_changes_nothing_and_what_does_not_count_changes_nothing(found, chance):
    rows = [transfused(place, text) for place, text in enumerate(found)]
    steps = timeline(rows)
    mixed = list(rows)
    chance.shuffle(mixed)
    assert timeline(mixed) == steps
    counted = {step.code for step in steps if step.result is not Result.NOT_COUNTED}
    kept = timeline([one for one in rows if one.code in counted])
    assert [step.state for step in kept] == [step.state for step in steps if step.code in counted]


@given(texts)
def test_refractory_needs_two_failures_in_a_row_and_a_random_success_ends_it(found):
    steps = timeline([transfused(place, text) for place, text in enumerate(found)])
    failures = 0
    for step, text in zip(steps, found, strict=True):
        if step.result is Result.FAILURE:
            failures += 1
        elif step.result is Result.SUCCESS:
            if text.endswith("random"):
                assert step.state is State.RESPONDING
            failures = failures if step.state is State.REFRACTORY else 0
        assert (step.state is State.REFRACTORY) == (failures >= 2)
        assert step.lead in (None, *Lead)
