"""`flask donor-tests import`: what it answers, and its exit codes."""

import json

import pytest
from sqlmodel import select

from models.campaign import Campaign, Invitation, Purpose
from models.donor import Donor
from models.donor_test import DonorTest
from services.donors import mark_registry_derived
from services.reference import active_reference
from services.rule_tables import eligibility_rules
from tests.conftest import NOW

HEADER = "donor_number,analyte,platelets,monocytes,result,sample_code,tested_on\n"
GOOD = "D1,CD36,negative,positive,,S1,2026-11-20\n"
BAD = "D9,CD36,negative,positive,,S2,2026-11-20\n"


@pytest.fixture
def importing(runner, engines, tmp_path):
    """Imports a text: exit code, the answer in JSON where there is one, standard error, and rows on record."""
    with engines.write_session() as session:
        reference, rules = active_reference(session), eligibility_rules(NOW.date())
        mark_registry_derived(session, now=NOW, reference=reference, rules=rules)
        donors = [Donor(donor_number=f"D{n}", consent_contact=True, created_at=NOW, updated_at=NOW) for n in (1, 2)]
        campaign = Campaign(
            code="c1",
            name="CD36",
            purpose=Purpose.STOCK,
            target={"kind": "cd36_negative"},
            created_at=NOW,
            created_by="t",
        )
        session.add_all([*donors, campaign])
        session.flush()
        invited = {"campaign_id": campaign.id, "donor_id": donors[0].id, "selected_at": NOW}
        session.add(Invitation(code="i1", stage="agreed", **invited))

    def run(text, *words):
        path = tmp_path / "lab.csv"
        path.write_text(text)
        done = runner.invoke(args=["donor-tests", "import", str(path), "--format", "json", *words])
        with engines.read_session() as session:
            kept = len(session.exec(select(DonorTest)).all())
            stage = session.exec(select(Invitation)).one().stage.value
        return done.exit_code, json.loads(done.stdout) if done.stdout else None, done.stderr, (kept, stage)

    return run


def test_a_good_file_is_done_and_the_same_again_changes_nothing(importing):
    code, answer, _, after = importing(HEADER + GOOD, "--campaign", "c1")
    assert (code, answer["kind"], answer["created"], after) == (0, "donor_tests", 1, (1, "tested"))
    assert isinstance(answer["batch"], int)
    code, answer, _, after = importing(HEADER + GOOD, "--campaign", "c1")
    assert (code, answer["created"], answer["unchanged"], after) == (0, 0, 1, (1, "tested"))


def test_some_rows_refused_is_three_and_says_which(importing):
    code, answer, _, after = importing(HEADER + GOOD + BAD)
    assert (code, answer["rows"], answer["created"], answer["refused"], after) == (3, 2, 1, 1, (1, "agreed"))
    issue = next(one for one in answer["issues"] if one["severity"] == "error")
    assert (issue["line"], issue["code"]) == (3, "unknown_donor")
    assert set(issue) >= {"line", "column", "code", "severity", "raw", "message"}


def test_with_a_campaign_a_donor_who_is_not_invited_is_refused(importing):
    code, answer, _, _ = importing(HEADER + "D2,HPA-1,,,a/b,S3,2026-11-20\n", "--campaign", "c1")
    assert (code, [one["code"] for one in answer["issues"]]) == (3, ["donor_not_invited"])


def test_a_check_writes_nothing(importing):
    code, answer, _, after = importing(HEADER + GOOD, "--mode", "check", "--campaign", "c1")
    assert (code, answer["created"], answer["batch"], after) == (0, 1, None, (0, "agreed"))


@pytest.mark.parametrize(
    ("text", "words", "told"),
    [
        ("donor_number,result\nD1,neg\n", (), "Columns missing: analyte"),
        (HEADER, (), "no row"),
        ("", (), "empty"),
        (HEADER + GOOD, ("--campaign", "nowhere"), "campaign"),
    ],
)
def test_what_cannot_be_used_as_a_whole_is_two(importing, text, words, told):
    code, answer, error, after = importing(text, *words)
    assert (code, answer, after) == (2, None, (0, "agreed"))
    assert told in error
