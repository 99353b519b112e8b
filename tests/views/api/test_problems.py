"""What the API says when something is wrong: the status, a stable code, where it is, in the reader's language."""

import json

import pytest

PATIENTS = "/api/v1/patients"
SEARCHES = "/api/v1/searches"


def pointers(problem: dict) -> dict[str, str]:
    return {one["pointer"]: one["code"] for one in problem["errors"]}


def test_an_address_that_is_not_there_and_a_method_that_is_not_are_problems(call):
    assert call("GET", "/api/v1/nothing", status=404).json["code"] == "address_unknown"
    refused = call("PATCH", "/api/v1/me", status=405)
    assert "GET" in refused.headers["Allow"]


def test_a_problem_names_the_request_by_the_id_that_was_given(call):
    refused = call("GET", f"{PATIENTS}/nobody", status=404, headers={"X-Request-ID": "proxy-42"})
    assert refused.json["instance"] == refused.headers["X-Request-ID"] == "proxy-42"
    forged = call("GET", f"{PATIENTS}/nobody", status=404, headers={"X-Request-ID": "a b<script>"})
    assert forged.headers["X-Request-ID"] == forged.json["instance"] != "a b<script>"


def test_a_problem_speaks_the_language_asked_for_and_keeps_its_code(call):
    french = call("GET", f"{PATIENTS}/nobody", status=404, headers={"Accept-Language": "fr"}).json
    english = call("GET", f"{PATIENTS}/nobody", status=404, headers={"Accept-Language": "en"}).json
    assert french["code"] == english["code"] == "unknown_patient"
    assert french["detail"] != english["detail"]
    assert (french["title"], english["title"]) == ("Introuvable", "Not found")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, {"/patient": "field_missing"}),
        ({"patient": 1}, {"/patient": "field_not_text"}),
        ({"patient": ""}, {"/patient": "field_text_short"}),
        ({"patient": "x" * 101}, {"/patient": "field_text_long"}),
        ({"patient": "a\x00b"}, {"/patient": "field_not_text"}),
        ({"patient": "P", "threshold": "2000"}, {"/threshold": "field_not_whole"}),
        ({"patient": "P", "threshold": 2000.0}, {"/threshold": "field_not_whole"}),
        ({"patient": "P", "threshold": float("nan")}, {"/threshold": "field_not_whole"}),
        ({"patient": "P", "threshold": True}, {"/threshold": "field_not_whole"}),
        ({"patient": "P", "threshold": 0}, {"/threshold": "field_below"}),
        ({"patient": "P", "threshold": 2**63}, {"/threshold": "field_above"}),
        ({"patient": "P", "limit": 1001}, {"/limit": "field_above"}),
        ({"patient": "P", "on": 0}, {"/on": "field_not_day"}),
        ({"patient": "P", "on": "22/11/2026"}, {"/on": "field_not_day"}),
        ({"patient": "P", "on": "2026-02-30"}, {"/on": "field_not_day"}),
        ({"patient": "P", "on": "9999-12-31"}, {"/on": "field_not_day"}),
        ({"patient": "P", "on": "2026-11-22T00:00:00"}, {"/on": "field_not_day"}),
        ({"patient": "P", "loci": "DR"}, {"/loci": "field_unusable"}),
        ({"patient": "P", "policy": "best"}, {"/policy": "field_not_one_of"}),
        ({"patient": "P", "a/b~": 1, "limit": 0}, {"/a~1b~0": "field_unknown", "/limit": "field_below"}),
        ([], {"": "field_not_object"}),
    ],
)
def test_a_body_is_taken_as_it_is_written_or_refused_field_by_field(call, body, expected):
    problem = call("POST", SEARCHES, status=422, json=body).json
    assert pointers(problem) == expected
    assert {one["in"] for one in problem["errors"]} == {"body"}


@pytest.mark.parametrize(
    "text", ["", "{", '{"patient": "\\ud800"}', "\ufeff{}", "[" * 100_000, b'{"patient": "\xe9"}']
)
def test_a_body_that_is_no_json_is_unreadable(call, text):
    sent = text if isinstance(text, bytes) else text.encode()
    problem = call("POST", SEARCHES, status=400, data=sent, content_type="application/json").json
    assert problem["code"] == "json_unreadable"


def test_another_media_type_is_refused(call):
    sent = json.dumps({"patient": "DEMO-P1"})
    call("POST", SEARCHES, status=415, data=sent, content_type="text/plain")
    call("POST", SEARCHES, status=415, data={"patient": "DEMO-P1"})


def test_a_body_over_the_limit_is_refused(call, site, monkeypatch):
    monkeypatch.setitem(site.config, "MAX_CONTENT_LENGTH", 1_000)
    body = json.dumps({"patient": "x" * 2_000})
    call("POST", SEARCHES, status=413, data=body, content_type="application/json")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("limit=0", {"/limit": "field_below"}),
        ("limit=201", {"/limit": "field_above"}),
        ("limit=1e2", {"/limit": "field_not_whole"}),
        ("limit=+5", {"/limit": "field_not_whole"}),
        ("limit=1_0", {"/limit": "field_not_whole"}),
        ("limit=%D9%A3", {"/limit": "field_not_whole"}),
        (f"limit={2**63}", {"/limit": "field_not_whole"}),
        ("limit=1&limit=2", {"/limit": "field_not_whole"}),
        ("after=%00", {"/after": "field_not_text"}),
        ("after=a&after=b", {"/after": "field_not_text"}),
        ("page=2", {"/page": "field_unknown"}),
    ],
)
def test_a_query_is_read_strictly(call, query, expected):
    problem = call("GET", f"{PATIENTS}?{query}", status=422).json
    assert pointers(problem) == expected
    assert problem["errors"][0]["in"] == "query"


def test_an_address_without_query_takes_none(call):
    assert pointers(call("GET", "/api/v1/me?x=1", status=422).json) == {"/x": "field_unknown"}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("thresholds=1000&all=true", "thresholds_or_all"),
        ("thresholds=", "fields_unusable"),
        ("thresholds=1000,0", "fields_unusable"),
        ("thresholds=1000,,2000", "fields_unusable"),
        ("all=yes", "fields_unusable"),
        ("on=2026-13-01", "fields_unusable"),
        ("sample=nothing", "unknown_sample"),
        ("on=1970-01-01", "no_rules_in_force"),
    ],
)
def test_a_sweep_that_cannot_be_meant_is_refused(call, query, code):
    assert call("GET", f"{PATIENTS}/DEMO-P1/sweep?{query}", status=422).json["code"] == code


@pytest.mark.parametrize("number", ["9223372036854775808", "%00", "a%0Ab", "%ED%A0%80", "%F0%9F%92%89", "..%2F", "%25"])
def test_a_number_that_nobody_has_is_not_found(call, number):
    for address in (f"{PATIENTS}/{number}", f"/api/v1/donors/{number}", f"{PATIENTS}/{number}/sweep"):
        call("GET", address, status=404)


@pytest.mark.parametrize("number", [2**63, 10**9, 999_999_999, "x", "-1", "1.0"])
def test_a_token_that_is_not_ones_own_is_not_found(call, number):
    call("DELETE", f"/api/v1/tokens/{number}", status=404)


def test_a_threshold_that_nobody_gave_is_asked_for(call):
    assert call("POST", SEARCHES, status=422, json={"patient": "BARE-1"}).json["code"] == "threshold_needed"


def test_a_failure_nobody_foresaw_is_a_problem_that_tells_nothing(call, monkeypatch, caplog):
    def fail(*_args, **_kwargs):
        raise RuntimeError("Fictif")

    monkeypatch.setattr("views.api.patients.patients_after", fail)
    problem = call("GET", PATIENTS, status=500, headers={"X-Request-ID": "asked-1"}).json
    assert problem["code"] == "request_failed"
    assert "Fictif" not in json.dumps(problem) + caplog.text
    assert "asked-1" in caplog.text


def test_a_database_that_is_busy_is_not_ready(call, monkeypatch):
    import sqlite3

    from sqlalchemy.exc import OperationalError

    def fail(*_args, **_kwargs):
        raise OperationalError("x", {}, sqlite3.OperationalError("database is locked"))

    monkeypatch.setattr("views.api.patients.patients_after", fail)
    assert call("GET", PATIENTS, status=503).json["code"] == "database_busy"
