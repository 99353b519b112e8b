"""`flask allocate` on the demo: what it gives is what the searches list, and what it does not give it explains."""

import json
from datetime import date, timedelta

import pytest

from services.requests import create_request
from tests.conftest import NOW, close, freeze
from tests.demo_site import make_demo_site, take_keys


@pytest.fixture(scope="module")
def site(tmp_path_factory, migrated_sqlite):
    app = make_demo_site(tmp_path_factory.mktemp("allocation"), migrated_sqlite)
    freeze(app, NOW)
    with app.extensions["phenotheque"].engines.write_session() as session:
        for patient, units, days in (("DEMO-P2", 2, 4), ("DEMO-P3", 1, 5), ("DEMO-P5", 1, 5)):
            ask_units(session, patient, units, NOW + timedelta(days=days))
    yield app
    close(app)


def ask_units(session, patient, units, needed):
    typed = {"hospital": "CHU", "units": str(units), "urgency": "planned", "contact": "", "note": ""}
    typed |= {"needed_on": needed.date().isoformat(), "needed_at": "09:00"}
    create_request(session, patient_number=patient, typed=typed, zone="Europe/Paris", actor="test", now=NOW)


@pytest.fixture
def ask(site):
    take_keys(site)
    return lambda *words: site.test_cli_runner().invoke(args=list(words))


def test_each_donation_is_of_a_compatible_donor_who_may_give_that_day(ask):
    answer = json.loads(ask("allocate", "--days", "14", "--format", "json").stdout)
    assert answer["given"]
    units = {one["request"]: one["units"] for one in answer["requests"]}
    lacking = {one["request"]: one["units"] for one in answer["unmet"]}
    assert all(one["met"] + lacking.get(one["request"], 0) == units[one["request"]] for one in answer["requests"])
    days = [date.fromisoformat(one["day"]) for one in answer["given"]]
    assert all(NOW.date() <= day < NOW.date() + timedelta(days=14) for day in days)
    assert len({one["donor_number"] for one in answer["given"]}) == len(answer["given"])
    for one in answer["given"]:
        told = ask("explain", one["patient"], one["donor_number"], "--on", one["day"], "--format", "json")
        seen = json.loads(told.stdout)["donor"]
        assert (seen["verdict"], seen["first_eligible_on"]) == ("compatible", one["day"])


def test_the_table_says_what_is_missing_and_why(ask):
    told = ask("allocate", "--days", "1")
    assert told.exit_code == 0
    assert "No day of these serves it" in told.stdout


def test_a_patient_without_a_directive_gets_nobody_and_it_is_said(ask):
    answer = json.loads(ask("allocate", "--days", "14", "--format", "json").stdout)
    assert [(one["why"], one["held_by"]) for one in answer["unmet"] if one["patient"] == "DEMO-P5"] == [
        ("no_directive", [])
    ]


@pytest.mark.parametrize(("words", "said"), [(("--days", "0"), "92"), (("--days", "93"), "92"), (("--from", "x"), "x")])
def test_a_span_that_is_none_is_refused(ask, words, said):
    told = ask("allocate", *words)
    assert (told.exit_code, told.stdout) == (2, "")
    assert said in told.stderr


def test_a_division_that_is_kept_is_accepted_once(ask):
    kept = json.loads(ask("allocate", "--days", "14", "--keep", "--format", "json").stdout)
    assert kept["given"]
    told = ask("allocation", "accept", kept["run"], "--format", "json")
    assert told.exit_code == 0
    pairs = {(one["request"], one["donor_number"]) for one in json.loads(told.stdout)["reserved"]}
    assert pairs == {(one["request"], one["donor_number"]) for one in kept["given"]}
    again = json.loads(ask("allocation", "accept", kept["run"], "--format", "json").stdout)
    assert all(one["was_there"] for one in again["reserved"])
    assert json.loads(ask("allocate", "--days", "14", "--format", "json").stdout)["given"] == []
    assert ask("allocation", "accept", "x").exit_code == 2
