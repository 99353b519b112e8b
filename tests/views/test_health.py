"""Signs of life: the process alone, and whether the site can serve."""

from datetime import timedelta

import pytest

from models.donor import Donor
from models.job import JobHeartbeat
from tests.logins import log_in


@pytest.fixture
def beat(engines, now):
    """Has the jobs process given a sign of life so many minutes ago."""

    def make(minutes: float) -> None:
        with engines.write_session() as session:
            session.merge(JobHeartbeat(id=1, at=now - timedelta(minutes=minutes), host="here", pid=1))

    return make


def ready(client, status: int) -> dict:
    answer = client.get("/readyz", headers={"Accept-Language": "en"})
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer.json


def test_the_process_answers_without_its_database(app, settings):
    app.extensions["phenotheque"].engines.dispose()
    (settings.instance_path / "phenotheque.sqlite").unlink()
    client = log_in_by_cookie(app.test_client())
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "alive"})


def log_in_by_cookie(client):
    with client.session_transaction() as cookie:
        cookie.update(token="of a database that is away", seen=2_000_000_000)
    return client


def test_a_site_with_everything_is_ready(app, beat):
    beat(1)
    (app.extensions["phenotheque"].snapshots_path / "r0-19700101T000000000000").mkdir(parents=True)
    said = ready(app.test_client(), 200)
    assert said == {"status": "ready", "parts": {"database": "ok", "index": "ok", "jobs": "ok"}, "details": None}


@pytest.mark.parametrize("minutes", [None, 3])
def test_a_site_without_jobs_or_index_serves_all_the_same(app, beat, minutes):
    if minutes:
        beat(minutes)
    said = ready(app.test_client(), 200)
    assert said["status"] == "degraded"
    assert said["parts"] == {"database": "ok", "index": "degraded", "jobs": "degraded"}


def test_what_is_wrong_is_said_in_words_to_administrators_alone(app):
    assert ready(log_in(app.test_client(), app, "searcher"), 200)["details"] is None
    details = ready(log_in(app.test_client(), app, "administrator"), 200)["details"]
    assert [one["part"] for one in details] == ["database", "index", "jobs"]
    assert "never run" in details[2]["message"]


def test_a_database_that_was_not_migrated_is_not_ready(app, engines):
    with engines.write.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    said = ready(app.test_client(), 503)
    assert said == {"status": "unavailable", "parts": {"database": "failed"}, "details": None}


def test_donors_read_under_other_names_stop_the_searches(app, engines, now):
    with engines.write_session() as session:
        session.connection().exec_driver_sql(
            "INSERT INTO registry_state (id, version, reference_name, rules_name, changed_at) "
            "VALUES (1, 1, 'core-0', 'FR-2026', '2026-11-22 09:30:00')"
        )
        session.add(Donor(donor_number="D1", created_at=now, updated_at=now))
    assert ready(app.test_client(), 503)["parts"]["index"] == "failed"


@pytest.mark.parametrize("address", ["/healthz", "/readyz", "/login", "/no-such-page"])
def test_every_answer_names_its_request(app, address):
    client = app.test_client()
    assert client.get(address, headers={"X-Request-ID": "given-1"}).headers["X-Request-ID"] == "given-1"
    first, second = (client.get(address).headers["X-Request-ID"] for _ in range(2))
    assert first != second
