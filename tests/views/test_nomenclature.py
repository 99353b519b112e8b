"""The page that says why a typing counts as its antigens, and the command that says the same."""

import json

import pytest


def test_without_a_text_there_is_the_form_alone(demo_site, visitor):
    page = visitor("scientist").get("/nomenclature").get_data(as_text=True)
    assert '<label for="text">' in page
    assert "<table" not in page


@pytest.mark.parametrize("role", ["searcher", "coordinator", "laboratory", "scientist", "administrator"])
def test_whoever_sees_patients_donors_or_references_may_read_it(demo_site, visitor, role):
    page = visitor(role).get("/nomenclature?text=B*15:12").get_data(as_text=True)
    assert "B76" in page
    assert "rodey-1" in page
    assert "ucla-1" in page


def test_a_reader_of_reports_may_not(demo_site, visitor):
    assert visitor("reader").get("/nomenclature").status_code == 403


@pytest.mark.parametrize("text", ["A99", "%3Cscript%3E", "+", "A*02:01" * 200, "DRB1*15:01"])
def test_what_is_no_typing_is_said_and_nothing_breaks(demo_site, visitor, text):
    answer = visitor("scientist").get(f"/nomenclature?text={text}")
    assert answer.status_code == 200
    assert "<script>" not in answer.get_data(as_text=True).split("</head>")[1]


def test_the_command_says_the_same(runner):
    result = runner.invoke(args=["typing", "why", "B*15:12", "--format", "json"])
    answer = json.loads(result.stdout)
    assert (result.exit_code, answer["readings"][0]["antigens"]) == (0, ["B76"])
    text = runner.invoke(args=["typing", "why", "B*15:12"])
    assert "core-1: B*15:12 → B*15:12" in text.stdout
    assert "B76 < B15" in text.stdout
