"""Operators in real processes reserve the same donor at once: exactly one wins, the others are told who did."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from models.audit import AuditEvent
from models.reservation import Reservation
from services.audit import verify_audit
from tests.reserving import NOW, TODAY
from tests.small_registry import put_small_registry

ROOT = Path(__file__).resolve().parents[2]
PROCESSES, ROUNDS = 6, 5

# Waits for a line before each round, so that all begin together; then tries, and says what came of it.
OPERATOR = """
import json, sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from domain.errors import RefusedByRule
from models.crypto import configure_keys
from models.database import make_engines
from services.matching.snapshots import SnapshotStore
from services.reservations import change_reservation, reserve
from tests.reserving import TIMING, someone, wish

given = json.loads(sys.stdin.readline())
configure_keys(given["data_keys"], given["index_key"])
engines, store = make_engines(given["url"]), SnapshotStore(Path(given["snapshots"]))
person = someone("searcher", login=given["login"])

def attempt(line):
    asked = json.loads(line)
    with engines.write_session() as session:
        if "day" in asked:
            return reserve(session, store, wish=wish(day=date.fromisoformat(asked["day"])), by=person, timing=TIMING).code
        change = {"code": asked["code"], "step": asked["step"], "version": asked["version"], "reason": "mistake"}
        return change_reservation(session, **change, by=person, timing=TIMING).status.value

print("ready", flush=True)
for line in sys.stdin:
    try:
        print(json.dumps(["won", attempt(line)]), flush=True)
    except RefusedByRule as refused:
        print(json.dumps([refused.code, refused.params.get("holder")]), flush=True)
"""


@pytest.fixture
def both(app_on, database_url):
    app = app_on(database_url)
    with app.extensions["phenotheque"].engines.write_session() as session:
        put_small_registry(session)
    return app.extensions["phenotheque"]


@pytest.fixture
def operators(both, database_url):
    """Processes that each hold a line open: `ask(question)` gives all their answers to one question."""
    settings = both.settings
    running = [
        subprocess.Popen(
            [sys.executable, "-c", OPERATOR], cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for _ in range(PROCESSES)
    ]
    for number, process in enumerate(running):
        given = {
            "url": database_url,
            "data_keys": settings.data_key_list(),
            "index_key": settings.index_key.get_secret_value(),
            "snapshots": str(both.snapshots_path),
            "login": f"operator-{number}",
        }
        tell(process, given)
    assert [process.stdout.readline().strip() for process in running] == ["ready"] * PROCESSES

    def ask(question):
        for process in running:
            tell(process, question)
        return [json.loads(process.stdout.readline()) for process in running]

    yield ask
    for process in running:
        process.stdin.close()
        assert process.wait(timeout=60) == 0
        process.stdout.close()


def tell(process, said) -> None:
    process.stdin.write(json.dumps(said) + "\n")
    process.stdin.flush()


def test_of_all_who_reserve_or_change_at_once_exactly_one_does(both, operators):
    codes = []
    for number in range(ROUNDS):
        day = TODAY + timedelta(days=30 * number)
        answers = operators({"day": day.isoformat()})
        won = [place for place, (code, _) in enumerate(answers) if code == "won"]
        assert len(won) == 1, answers
        lost = [answer for answer in answers if answer[0] != "won"]
        assert lost == [["donor_held_for", f"operator-{won[0]}"]] * (PROCESSES - 1)
        codes.append(answers[won[0]][1])
    for version, step, reached in ((1, "confirm", "confirmed"), (2, "release", "released")):
        answers = operators({"code": codes[0], "step": step, "version": version})
        assert sorted(answers, key=str) == [["changed_meanwhile", None]] * (PROCESSES - 1) + [["won", reached]]
    with both.engines.read_session() as session:
        rows = session.exec(select(Reservation).order_by(Reservation.day)).all()
        held = session.exec(select(AuditEvent).where(AuditEvent.action == "reservation_held")).all()
        assert verify_audit(session).fault is None
    assert [row.code for row in rows] == codes
    assert [(row.status, row.version_id) for row in rows] == [("released", 3)] + [("held", 1)] * (ROUNDS - 1)
    assert [event.subject_key for event in held] == codes
    assert {row.held_at for row in rows} == {NOW}
