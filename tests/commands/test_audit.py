"""`flask audit verify` says that the trail is whole, or which row is not."""

import json

import pytest
import sqlalchemy as sa

from services.audit import record_audit


@pytest.fixture
def trail(engines, now):
    with engines.write_session() as session:
        for key in ("P1", "P2"):
            record_audit(
                session, actor="a", action="b", subject_type="patient", subject_key=key, details={}, now=now
            )
    return engines


def test_a_whole_trail_is_said_whole_with_its_seal(runner, trail):
    result = runner.invoke(args=["audit", "verify", "--format", "json"])
    answer = json.loads(result.stdout)
    assert (result.exit_code, answer["rows"], answer["fault"]) == (0, 2, None)
    said = runner.invoke(args=["audit", "verify", "--noted", answer["last_hash"]])
    assert said.exit_code == 0
    assert answer["last_hash"] in said.stderr


def test_an_altered_row_is_named_with_exit_code_1(runner, trail):
    with trail.write_session() as session:
        session.execute(sa.text("DROP TRIGGER audit_event_no_update"))
        session.execute(sa.text("UPDATE audit_event SET actor = 'x' WHERE id = 2"))
    result = runner.invoke(args=["audit", "verify"])
    assert result.exit_code == 1
    assert "row 2" in result.stderr
    answer = json.loads(runner.invoke(args=["audit", "verify", "--format", "json"]).stdout)
    assert answer["broken_id"] == 2


def test_a_seal_that_is_not_there_means_a_trail_cut_short(runner, trail):
    result = runner.invoke(args=["audit", "verify", "--noted", "f" * 64])
    assert result.exit_code == 1
    assert "cut short" in result.stderr
