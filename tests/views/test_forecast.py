"""The forecast's pages, files, command and address of the API, as people use them."""

import csv
import io
import json
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from models.audit import AuditEvent
from models.patient_need import PatientNeed
from services.requests import create_request
from tests.logins import log_in
from tests.small_registry import PERSONAL, put_patient, put_small_registry

PAGE = "/patients/P1/forecast"
ENGLISH = {"headers": {"Accept-Language": "en"}}
NEED = {"units_per_week": "7", "from_on": "", "until_on": "", "reason": "conditionnement <b>"}


@pytest.fixture
def registry_app(app):
    with app.extensions["phenotheque"].engines.write_session() as session:
        put_small_registry(session)
        put_patient(session, "P2", "A*01 A*03 B*08 B*49", region=None)
    return app


@pytest.fixture
def client(registry_app):
    return log_in(registry_app.test_client(), registry_app, "searcher")


def text(answer, status=200):
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer.get_data(as_text=True)


def test_a_need_is_written_down_compared_with_donors_and_ended(registry_app, client):
    assert "No need is on record" in text(client.get(PAGE, **ENGLISH))
    refused = text(client.post(PAGE, data={**NEED, "units_per_week": "500", "reason": ""}, **ENGLISH), 422)
    assert 'value="500"' in refused  # nothing typed is lost
    assert "Say why they are needed." in refused
    assert f'action="{PAGE}#faults"' in refused  # the form is far down: the page opens on its faults
    assert client.post(PAGE, data=NEED).status_code == 303
    twice = text(client.post(PAGE, data=NEED, **ENGLISH), 409)
    assert "counts on some of these days" in twice
    shown = text(client.get(PAGE, **ENGLISH))
    assert "First gap in week 1" in shown
    assert "conditionnement &lt;b&gt;" in shown
    assert "What would close the gap?" in shown
    assert "donors of the whole country" in shown
    assert 'id="supply-chart"' in shown
    assert not any(name in shown for name in PERSONAL)
    assert "7 units a week · from 22 Nov 2026" in text(client.get("/patients/P1/file", **ENGLISH))
    french = text(client.get(PAGE, headers={"Accept-Language": "fr"}))
    assert "Premier manque en semaine 1" in french
    assert "donneurs de toute la France" in french
    with registry_app.extensions["phenotheque"].engines.read_session() as session:
        code = session.exec(select(PatientNeed)).one().code
    assert client.post(f"{PAGE}/needs/{code}/end").status_code == 303
    assert text(client.post(f"{PAGE}/needs/{code}/end", **ENGLISH), 409)
    assert text(client.post(f"{PAGE}/needs/nobody/end"), 404)
    assert "No need is on record" in text(client.get(PAGE, **ENGLISH))


def test_what_is_wanted_before_any_donation_is_ready_is_said_with_the_state_and_in_the_list(registry_app, client):
    now, zone = registry_app.extensions["phenotheque"].now(), "Europe/Paris"
    day = now.astimezone(ZoneInfo(zone)).date().isoformat()
    typed = {"hospital": "CHU", "units": "1", "needed_on": day, "needed_at": "23:59", "urgency": "bleeding"}
    with registry_app.extensions["phenotheque"].engines.write_session() as session:
        create_request(session, patient_number="P1", typed=typed, zone=zone, actor="test", now=now)
    state = text(client.get(PAGE, **ENGLISH)).split("<strong>")[-1]
    assert "Needed before any donation to come is ready: 1." in state.split("</strong>")[0]
    assert "1 unit by" in text(client.get("/reports/forecast", **ENGLISH))


def test_weeks_and_scopes_that_are_none_are_refused_on_every_page(client):
    for asked in ("weeks=0", "weeks=1000", "weeks=-3", "weeks=x", "weeks=1e3", "weeks=99999999999", "scope=moon"):
        for address in (PAGE, "/reports/forecast", "/reports/forecast/export/forecast.csv"):
            assert client.get(f"{address}?{asked}").status_code == 400


def test_all_patients_are_listed_and_those_who_need_nothing_and_have_no_directive_are_not(client):
    client.post(PAGE, data=NEED)
    client.post("/patients/P2/forecast", data={**NEED, "units_per_week": "1"})
    page = text(client.get("/reports/forecast", **ENGLISH))
    assert page.index(">P1<") < page.index(">P2<")
    assert "threshold not prescribed" in page
    for heading in (">1<small>23/11</small>", ">8<small>11/01</small>"):
        assert heading in page
    assert ">P2<" not in text(client.get("/reports/forecast?region=Bretagne"))
    assert "No patient here" in text(client.get("/reports/forecast?region=Corse", **ENGLISH))
    assert "/reports/forecast" in text(client.get(PAGE))


def test_who_sees_no_patient_sees_no_forecast(registry_app):
    for role in ("reader", "coordinator", "administrator"):
        client = log_in(registry_app.test_client(), registry_app, role)
        for address in (PAGE, "/reports/forecast", "/api/v1/patients/P1/forecast", "/patients/P1/export/forecast.csv"):
            assert client.get(address).status_code == 403
        assert client.post(PAGE, data=NEED).status_code == 403


@pytest.mark.parametrize("kind", ["csv", "xlsx", "pdf"])
def test_forecasts_go_out_as_files_and_the_trail_says_so(registry_app, client, kind):
    client.post(PAGE, data=NEED)
    for address in ("/patients/P1/export/forecast", "/reports/forecast/export/forecast"):
        answer = client.get(f"{address}.{kind}?weeks=3&profile=international", **ENGLISH)
        assert answer.status_code == 200
        assert b"conditionnement" not in answer.data
        if kind == "csv":
            rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True))))
            assert len(rows) == (3 if "P1" in address else 1)
    with registry_app.extensions["phenotheque"].engines.read_session() as session:
        events = session.exec(select(AuditEvent).where(AuditEvent.action == "export")).all()
    assert [(one.subject_type, one.details["what"]) for one in events] == [
        ("patient", "forecast"),
        ("forecast", "forecast"),
    ]


def test_the_api_answers_what_the_command_answers(registry_app, client):
    client.post(PAGE, data=NEED)
    told = client.get("/api/v1/patients/P1/forecast?weeks=2&scope=country", **ENGLISH)
    assert told.status_code == 200
    assert client.get("/api/v1/patients/P1/forecast?weeks=0").status_code == 422
    assert client.get("/api/v1/patients/P77/forecast").status_code == 404
    words = ["forecast", "P1", "--weeks", "2", "--scope", "country", "--format", "json"]
    run = registry_app.test_cli_runner().invoke(args=words)
    assert run.exit_code == 0, run.output
    command, api = json.loads(run.stdout), told.get_json()
    for name in ("weeks", "first_gap", "missing", "donors"):
        assert command[name] == api[name]
    assert [one["kinds"] for one in command["relaxations"]] == [one["kinds"] for one in api["relaxations"]]


def test_the_command_prints_one_patient_and_all(registry_app, client, tmp_path):
    client.post(PAGE, data=NEED)
    run = registry_app.test_cli_runner().invoke
    assert "P1" in run(args=["forecast"]).output
    assert "First gap in week 1" in run(args=["forecast", "P1"]).output
    for words, code in (
        (["--weeks", "0"], 2),
        (["P77"], 2),
        (["P1", "--region", "Corse"], 2),
        (["--format", "csv"], 2),
        (["--on", "x"], 2),
    ):
        assert run(args=["forecast", *words]).exit_code == code
    for words in ([], ["P1"]):
        path = tmp_path / "forecast.csv"
        assert run(args=["forecast", *words, "--format", "csv", "-o", str(path)]).exit_code == 0
        assert path.read_text(encoding="utf-8-sig").startswith("Week;" if words else "Patient;")
