"""Passwords typed into pages: judged while others write, and guesses held back at every place that asks for one."""

import sqlite3
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlmodel import select

from models.account import Account
from models.audit import AuditEvent
from services.accounts import passwords
from services.accounts.login import MOST_FAILURES_OF_A_LOGIN, Refusal, begin_attempt, judge, log_in
from tests.demo_site import Page
from tests.logins import PASSWORD, make_account
from tests.logins import log_in as logged_in

ENGLISH = {"Accept-Language": "en"}
NEW = "quite another sentence"
PATIENT = "P1"
SIGN = f"/patients/{PATIENT}/directives/sign"


@pytest.fixture
def scientist(app, engines, now):
    """A scientist with a password, and a directive of one patient to sign."""
    from models.patient import Patient
    from services.directives import Wording, set_directive

    make_account(engines, "scientist", login="dr-s", now=now, password=PASSWORD)
    with engines.write_session() as session:
        session.add(Patient(patient_number=PATIENT, created_at=now, updated_at=now))
        session.flush()
        set_directive(session, patient_number=PATIENT, wording=Wording(2000), actor="dr-a", now=now)
    return logged_in(app.test_client(), app, "scientist", login="dr-s")


def enter(app, password=PASSWORD):
    return app.test_client().post("/login", data={"login": "dr-s", "password": password}, headers=ENGLISH)


def change(client, password=PASSWORD):
    typed = {"current_password": password, "new_password": NEW, "repeated_password": NEW}
    return client.post("/account/password", data=typed, headers=ENGLISH)


def sign(client, password=PASSWORD):
    return client.post(SIGN, data={"version": "1", "password": password}, headers=ENGLISH)


# --- hashing keeps no writer waiting ---


@pytest.fixture
def while_hashing(engines, monkeypatch):
    """The real hasher, which at every hash also begins to write into the registry, and fails where it cannot."""
    seen = []

    def write_meanwhile():
        other = sqlite3.connect(engines.write.url.database, timeout=0, isolation_level=None)
        try:
            other.execute("BEGIN IMMEDIATE")
            other.execute("ROLLBACK")
        finally:
            other.close()
        seen.append("written")

    class Writing(PasswordHasher):
        def hash(self, *given, **more):
            write_meanwhile()
            return super().hash(*given, **more)

        def verify(self, *given):
            write_meanwhile()
            return super().verify(*given)

    monkeypatch.setattr(passwords, "_hasher", Writing(time_cost=1, memory_cost=1024))  # cheaper: hashes are renewed
    return seen


@pytest.mark.parametrize("act", ["enter", "wrong", "sign", "change"])
def test_others_may_write_while_a_password_is_hashed(app, scientist, while_hashing, act):
    answer = {
        "enter": lambda: enter(app),
        "wrong": lambda: enter(app, "not this one"),
        "sign": lambda: sign(scientist),
        "change": lambda: change(scientist),
    }[act]()
    assert answer.status_code == (401 if act == "wrong" else 303)
    assert while_hashing


def test_others_may_write_while_an_administrator_gives_a_password(app, scientist, while_hashing):
    admin = logged_in(app.test_client(), app, "administrator")
    new = {"login": "camille", "display_name": "Camille", "roles": ["reader"], "active": "y", "site_id": "0"}
    assert admin.post("/admin/accounts/new", data=new).status_code == 200
    assert admin.post("/admin/accounts/camille/password").status_code == 200
    assert len(while_hashing) == 2


def test_a_hash_is_renewed_where_its_cost_changed(app, engines, scientist, while_hashing):
    assert enter(app).status_code == 303
    with engines.read_session() as session:
        kept = session.exec(select(Account).where(Account.login == "dr-s")).one().password_hash
    assert "m=1024,t=1" in kept
    assert enter(app).status_code == 303


# --- guesses ---


@pytest.mark.parametrize("act", [sign, change])
def test_guesses_of_ones_own_password_are_held_back_like_logins(app, scientist, freeze_at, now, act):
    for _ in range(MOST_FAILURES_OF_A_LOGIN):
        answer = act(scientist, "not this one")
        assert answer.status_code == 422
        assert "not your present password" in Page(answer.get_data(as_text=True)).one("div", id="faults").text
    held = act(scientist)
    assert held.status_code == 422
    assert "Try again in 15 minutes" in Page(held.get_data(as_text=True)).one("div", id="faults").text
    assert enter(app).status_code == 429
    freeze_at(now + timedelta(minutes=14))
    scientist.get("/")  # still there
    freeze_at(now + timedelta(minutes=16))
    assert act(scientist).status_code == 303


def test_failed_logins_hold_back_the_other_places_too(app, scientist):
    for _ in range(MOST_FAILURES_OF_A_LOGIN):
        enter(app, "not this one")
    assert sign(scientist).status_code == 422
    assert change(scientist).status_code == 422


def test_a_password_that_is_right_forgets_the_failures_before_it(app, scientist):
    for _ in range(3):
        for _ in range(MOST_FAILURES_OF_A_LOGIN - 1):
            sign(scientist, "not this one")
        assert enter(app).status_code == 303


def test_a_wrong_password_of_a_signature_is_in_the_trail(engines, scientist):
    sign(scientist, "not this one")
    with engines.read_session() as session:
        event = session.exec(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert (event.actor, event.action) == ("dr-s", "password_refused")


def begun(engines, now, password):
    with engines.read_session() as session:
        return judge(begin_attempt(session, login="dr-s", address="10.0.0.1", now=now), password)


def test_many_guesses_at_once_are_no_more_than_one_after_the_other(engines, scientist, now):
    attempts = [begun(engines, now, "not this one") for _ in range(MOST_FAILURES_OF_A_LOGIN)]
    attempts.append(begun(engines, now, PASSWORD))
    found = []
    for attempt in attempts:
        with engines.write_session() as session:
            found.append(log_in(session, attempt, now=now))
    assert [one.code for one in found] == ["login_refused"] * MOST_FAILURES_OF_A_LOGIN + ["login_held_back"]


def test_a_password_that_was_changed_while_it_was_judged_opens_nothing(engines, scientist, now):
    attempt = begun(engines, now, PASSWORD)
    with engines.write_session() as session:
        account = session.exec(select(Account).where(Account.login == "dr-s")).one()
        account.password_hash = passwords.hash_password(NEW)
    with engines.write_session() as session:
        assert log_in(session, attempt, now=now) == Refusal("login_refused")
