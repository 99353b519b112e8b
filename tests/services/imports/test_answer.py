"""The answer as data: every issue has a sentence without a hole in it."""

import ast
from pathlib import Path

import pytest

from services.imports.answer import import_json, issue_json, issue_sentence
from services.imports.outcome import MAX_ISSUES_IN_ANSWER, FileIssue, NoJournal, RowResult, Tally
from services.wording.catalogue import messages

ROOT = Path(__file__).resolve().parents[3]
SAYING = {"Fault", "FileIssue", "_issue", "UnusableInput"}


def codes_in_source():
    """Code → place, for every code written out in the import services."""
    found = {}
    for path in sorted((ROOT / "services" / "imports").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in SAYING and node.args:
                codes = [
                    one.value
                    for one in ast.walk(node.args[0])
                    if isinstance(one, ast.Constant) and isinstance(one.value, str)
                ]
                found |= {code: f"{path.name}:{node.lineno}" for code in codes if code.islower() and "_" in code}
    return found


def test_every_code_of_an_import_has_a_sentence():
    codes = codes_in_source()
    assert {"date_order_unknown", "serum_differs", "unknown_bead", "key_empty"} <= codes.keys()
    assert {code: place for code, place in codes.items() if code not in messages()} == {}


@pytest.mark.parametrize("locale", ["en", "fr"])
def test_the_sentence_shows_the_raw_text(locale):
    issue = FileIssue("date_unreadable", "error", 3, "birth_date", "soon")
    assert "soon" in issue_sentence(issue, locale)
    assert issue_json(issue, locale) == {
        "line": 3, "column": "birth_date", "code": "date_unreadable", "severity": "error", "raw": "soon", "params": {},
        "message": issue_sentence(issue, locale),
    }  # fmt: skip


BAD = {
    "birth_date": "03/04/1985", "sex": "?!", "weight_kg": "1.234", "hla_a_1": "A99", "hla_a_2": "24:02", "hla_b_1": "",
    "hpa_1": "1a+", "cd36": "perhaps", "last_donation_on": "2027-06-01", "consent_contact": "", "status": "gone",
}  # fmt: skip


@pytest.mark.parametrize("locale", ["en", "fr"])
def test_no_sentence_of_a_real_import_has_a_hole(locale, import_donor_file, donor_csv):
    result = import_donor_file(donor_csv({**BAD, "updated_at": "2027-01-01", "mystery": "x"}, {"donor_number": ""}))
    answer = import_json(result, locale)
    assert len({issue["code"] for issue in answer["issues"]}) >= 12
    assert [issue["message"] for issue in answer["issues"] if "{" in issue["message"]] == []


def test_an_answer_stays_small_however_many_issues_there_are():
    tally = Tally(NoJournal())
    for _ in range(3):
        tally.add([FileIssue("key_empty", "error", line) for line in range(MAX_ISSUES_IN_ANSWER)])
    assert (len(tally.issues), tally.left_out) == (MAX_ISSUES_IN_ANSWER, 2 * MAX_ISSUES_IN_ANSWER)
    tally.count([RowResult(2, "D1", "refused")])
    assert tally.outcomes == {"refused": 1}
