"""The page on which a laboratory states how a serum was treated."""

import pytest
from sqlmodel import select

from models.antibody import SerumSample
from tests.logins import log_in
from tests.small_registry import put_patient, put_serum


@pytest.fixture
def engines(app):
    return app.extensions["phenotheque"].engines


@pytest.fixture
def address(engines):
    with engines.write_session() as session:
        patient = put_patient(session, "P1", "A1 A3 B7 B8")
        serum = put_serum(session, patient, "S1", "A*02:01=9000")
        return f"/patients/P1/sera/{serum.id}/treatment"


def test_a_laboratory_states_a_treatment_with_its_reason(app, engines, address):
    client = app.test_client()
    log_in(client, app, "laboratory")
    assert client.get(address).status_code == 200
    assert client.post(address, data={"treatment": "EDTA", "reason": ""}).status_code == 422
    answer = client.post(address, data={"treatment": "EDTA", "reason": "on the report"})
    assert (answer.status_code, answer.location) == (303, "/patients/P1/file#sera-title")
    with engines.read_session() as session:
        assert session.exec(select(SerumSample)).one().treatment == "EDTA"
    assert client.get("/patients/P1/sera/999/treatment").status_code == 404


def test_only_who_records_antibodies_may(app, address):
    client = app.test_client()
    log_in(client, app, "searcher")
    assert client.get(address).status_code == 403
