"""`flask users`: the first account, and the demo's."""

import json

from tests.demo_site import bare_patient


def test_the_first_account_is_made_with_a_password_that_opens_it(runner, app):
    made = runner.invoke(args=["users", "create", "Andrea", "--role", "administrator"])
    assert made.exit_code == 0
    password = made.stderr.strip().rsplit(" ", 1)[1]
    assert app.test_client().post("/login", data={"login": "andrea", "password": password}).status_code == 303
    assert app.test_client().post("/login", data={"login": "andrea", "password": "x"}).status_code == 401


def test_an_account_is_listed_given_a_new_password_and_closed(runner):
    runner.invoke(args=["users", "create", "andrea", "--role", "administrator"])
    runner.invoke(args=["users", "create", "camille", "--role", "searcher", "--role", "laboratory"])
    listed = json.loads(runner.invoke(args=["users", "list", "--format", "json"]).stdout)
    assert [(one["login"], one["roles"]) for one in listed] == [
        ("andrea", ["administrator"]),
        ("camille", ["searcher", "laboratory"]),
    ]
    assert runner.invoke(args=["users", "password", "camille"]).exit_code == 0
    assert runner.invoke(args=["users", "close", "camille"]).exit_code == 0
    assert runner.invoke(args=["users", "close", "andrea"]).exit_code == 1  # nobody would be left
    assert runner.invoke(args=["users", "close", "nobody"]).exit_code == 2


def test_the_demo_has_one_login_for_each_role_and_remembers_them(runner, app, engines):
    with engines.write_session() as session:
        patient = bare_patient()
        patient.patient_number = "DEMO-P1"
        session.add(patient)
    first = runner.invoke(args=["users", "demo"])
    assert first.exit_code == 0
    rows = [line.split() for line in first.stdout.splitlines()]
    assert sorted(role for role, _, _ in rows) == [
        "administrator", "coordinator", "laboratory", "reader", "scientist", "searcher",
    ]  # fmt: skip
    for _, login, password in rows:
        assert app.test_client().post("/login", data={"login": login, "password": password}).status_code == 303
    assert runner.invoke(args=["users", "demo"]).stdout == first.stdout
    kept = app.extensions["phenotheque"].settings.instance_path / "demo_logins.json"
    assert kept.stat().st_mode & 0o077 == 0


def test_real_data_gets_no_demo_logins(runner, engines):
    with engines.write_session() as session:
        session.add(bare_patient())
    result = runner.invoke(args=["users", "demo"])
    assert (result.exit_code, result.stdout) == (0, "")
    assert json.loads(runner.invoke(args=["users", "list", "--format", "json"]).stdout) == []
