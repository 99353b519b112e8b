"""`flask directives`: put in force, shown, closed; what a rule refuses exits 1, what cannot be read exits 2."""

import json

import pytest
from sqlmodel import select

from models.audit import AuditEvent
from models.directive import Directive
from tests.small_registry import PERSONAL, put_small_registry


@pytest.fixture
def run(engines, runner):
    with engines.write_session() as session:
        put_small_registry(session)
    return lambda *words: runner.invoke(args=list(words))


@pytest.fixture
def run_json(run):
    def run_json(*words):
        result = run(*words, "--format", "json")
        assert (result.exit_code, result.stderr) == (0, ""), result.stderr
        return json.loads(result.stdout)

    return run_json


def refused(result, code):
    assert (result.exit_code, result.stdout) == (code, "")
    assert "Traceback" not in result.stderr
    assert "nobody foresaw" not in result.stderr
    [line] = result.stderr.strip().splitlines()
    return line


def test_a_directive_is_put_in_force_shown_and_closed(run, run_json):
    asked = run_json(
        "directives", "set", "P1", "--threshold", "1500", "--sample", "S1", "--loci", "A,B,C", "--add", "A9", "--add", "Bw4",
        "--remove", "B44:old serum", "--remove", "A*02:06:weak: 2 lots", "--hpa-antibody", "HPA-1a", "--anti-cd36",
        "--abo-rule", "no-major", "--valid-until", "2027-01-31", "--note", "after the second course", "--planned-donor", "A*33:01 B*57:01",
        "--serum", "peak", "--peak-months", "6",
    )  # fmt: skip
    assert asked == {
        "patient": "P1",
        "version": 1,
        "status": "current",
        "threshold": 1500,
        "sample": "S1",
        "serum": "peak",
        "peak_months": 6,
        "loci": ["A", "B", "C"],
        "add": ["A9", "Bw4"],
        "remove": [{"specificity": "B44", "reason": "old serum"}, {"specificity": "A*02:06", "reason": "weak: 2 lots"}],
        "hpa_antibodies": ["HPA-1a"],
        "anti_cd36": True,
        "abo_rule": "no-major",
        "planned_donor": "A*33:01 B*57:01",
        "planned_exclusions": [
            {"specificity": "A*33:01", "certain": True},
            {"specificity": "B*57:01", "certain": True},
        ],
        "actor": asked["actor"],
        "created_at": "2026-11-22T09:30:00+00:00",
        "add_reasons": {},
        "valid_until": "2027-01-31",
        "note": "after the second course",
        "signed_by": None,
        "signed_at": None,
        "closed_by": None,
        "closed_at": None,
    }
    assert run_json("directives", "show", "P1") == asked
    ended = {"status": "closed", "closed_by": asked["actor"], "closed_at": "2026-11-22T09:30:00+00:00"}
    assert run_json("directives", "close", "P1") == asked | ended
    assert "P1" in refused(run("directives", "show", "P1"), 1)


def test_a_directive_is_shown_in_lines_too(run):
    result = run("directives", "set", "P1", "--threshold", "1500", "--add", "A9", "--remove", "B44:old serum")
    assert (result.exit_code, result.stderr) == (0, "")
    for word in ("P1", "1500", "A9", "B44", "old serum", "2026-11-22"):
        assert word in result.stdout
    assert run("directives", "show", "P1").stdout == result.stdout


def test_a_new_directive_supersedes_and_none_is_lost(run_json, engines):
    for threshold in ("1000", "2000"):
        run_json("directives", "set", "P1", "--threshold", threshold)
    run_json("directives", "close", "P1", "--reason", "transplanted")
    with engines.read_session() as session:
        rows = session.exec(select(Directive).order_by(Directive.version)).all()
        events = session.exec(select(AuditEvent).order_by(AuditEvent.id)).all()
    assert [(row.version, row.status.value, row.threshold_mfi) for row in rows] == [(1, "superseded", 1000), (2, "closed", 2000)]
    assert [event.action for event in events] == ["directive_set", "directive_set", "directive_closed"]
    assert all(event.actor.startswith("cli:") for event in events)
    assert events[-1].details["reason"] == "transplanted"


def test_the_directive_in_force_rules_the_search(run, run_json):
    run_json("directives", "set", "P1", "--threshold", "2000", "--add", "A11", "--remove", "A2:old")
    answer = json.loads(run("search", "P1", "--format", "json").stdout)
    assert (answer["threshold"], answer["directive"]) == (2000, 1)
    numbers = {donor["donor_number"] for donor in answer["donors"]}
    assert "PT0004" not in numbers  # A*11
    assert {"PT0005", "PT0010"} <= numbers  # A2
    asked = json.loads(run("search", "P1", "--threshold", "1000", "--format", "json").stdout)
    assert asked["threshold"] == 1000
    run_json("directives", "close", "P1")
    refused(run("search", "P1"), 2)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--add", "A1"), 1, "A1"),  # the patient's own
        (("--add", "B8"), 1, "B8"),
        (("--add", "B44", "--remove", "B44:x"), 1, "B44"),
        (("--add", "A99"), 2, "A99"),
        (("--add", "A*02"), 2, "A*02"),
        (("--remove", "B44"), 2, "B44"),
        (("--remove", "B44:"), 2, "B44"),
        (("--remove", "Bw5:x"), 2, "Bw5"),
        (("--remove", "B44:x", "--remove", "b44:y"), 2, "b44"),
        (("--hpa-antibody", "HPA-1"), 2, "HPA-1"),
        (("--hpa-antibody", "nonsense"), 2, "nonsense"),
        (("--sample", "S9"), 2, "S9"),
        (("--loci", "A"), 2, "A"),
    ],
    ids=lambda part: " ".join(part) if isinstance(part, tuple) else None,
)
def test_what_may_not_be_is_said_and_leaves_the_one_in_force(run, run_json, words, code, said):
    run_json("directives", "set", "P1", "--threshold", "1000")
    assert said in refused(run("directives", "set", "P1", "--threshold", "2000", *words), code)
    assert run_json("directives", "show", "P1")["threshold"] == 1000


@pytest.mark.parametrize(
    "words",
    [("set", "P1"), ("set", "P1", "--threshold", "1000", "--abo-rule", "sometimes"), ("show",), ("drop", "P1")],
    ids=" ".join,
)
def test_wrong_arguments_exit_2(run, words):
    result = run("directives", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("words", [("show", "P9"), ("close", "P9"), ("set", "P9", "--threshold", "1000")], ids=" ".join)
def test_an_unknown_patient_exits_2(run, words):
    assert "P9" in refused(run("directives", *words), 2)


@pytest.mark.parametrize("step", ["show", "close"])
def test_no_directive_in_force_exits_1(run, step):
    assert "P1" in refused(run("directives", step, "P1"), 1)


def test_a_directive_names_nobody(run_json):
    said = json.dumps(run_json("directives", "set", "P1", "--threshold", "1000"), ensure_ascii=False)
    assert [word for word in PERSONAL if word in said] == []
