"""`flask campaigns yield`: the JSON of INTERFACES §3, its sentences, and what is refused."""

import json

import pytest


@pytest.fixture
def plan(runner):
    return lambda *words: runner.invoke(args=["campaigns", "yield", *words])


def test_the_deck_s_campaign_is_planned(plan):
    done = plan("--prevalence", "0.04", "--uptake", "27/334", "--found", "1/27", "--chance", "0.95", "--format", "json")
    assert (done.exit_code, done.stderr) == (0, "")
    answer = json.loads(done.stdout)
    assert (answer["tests"], answer["contacts"], answer["contacts_range"]) == (74, 925, [648, 1387])
    assert {name: round(answer["uptake"][name], 3) for name in ("rate", "low", "high")} == {
        "rate": 0.081, "low": 0.054, "high": 0.115,
    }  # fmt: skip
    prevalence = {name: round(answer["prevalence"][name], 3) for name in ("rate", "observed", "low", "high")}
    assert prevalence == {"rate": 0.04, "observed": 0.037, "low": 0.001, "high": 0.19}
    assert answer["so_far"] == {"prior": 0.5, "more_tests": 171}


def test_without_an_uptake_no_contacts_are_made_up(plan):
    answer = json.loads(plan("--prevalence", "7%", "--format", "json").stdout)
    assert (answer["tests"], answer["contacts"], answer["contacts_range"], answer["uptake"]) == (42, None, None, None)


def test_without_a_prevalence_the_observed_one_is_taken(plan):
    answer = json.loads(plan("--found", "1/27", "--format", "json").stdout)
    assert (answer["prevalence"]["rate"], answer["tests"]) == (1 / 27, 80)


def test_the_plan_in_sentences(plan):
    words = ("--prevalence", "0.04", "--uptake", "27/334")
    tests, contacts, observed, more = plan(*words, "--found", "1/27").stdout.splitlines()
    assert ("74 tests" in tests, "925 contacts" in contacts, "1 of 27" in observed) == (True, True, True)
    assert "171 more tests" in more
    assert "too little to plan with" in plan(*words, "--found", "0/1000").stdout.splitlines()[-1]
    assert plan("--prevalence", "0.04", "--uptake", "0.2").stdout.count("\n") == 2


@pytest.mark.parametrize(
    "words",
    [
        ("--prevalence", "0"),
        ("--prevalence", "120%"),
        ("--found", "0/27"),
        (),
        ("--prevalence", "0.04", "--uptake", "0/334"),
        ("--prevalence", "0.04", "--found", "28/27"),
        ("--prevalence", "0.04", "--uptake", "0/0"),
        ("--prevalence", "0.04", "--chance", "1"),
        ("--prevalence", "0.04", "--chance", "0"),
        ("--prevalence", "0.04", "--finds", "0"),
    ],
)
def test_what_cannot_be_planned_is_refused_in_one_sentence(plan, words):
    done = plan(*words)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert done.stderr.strip()
