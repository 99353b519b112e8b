"""The pages of standing searches: watching from the patient's page, what changed and why, and who may do what."""

from datetime import timedelta

import pytest
from sqlmodel import select

from models.standing_search import StandingSearch
from services.donor_records import record_deferral
from tests.conftest import freeze
from tests.demo_site import Page
from tests.logins import log_in
from tests.small_registry import NOW, ON, put_small_registry
from tests.standing import direct, donor, look, morning


@pytest.fixture
def site(app):
    with app.extensions["phenotheque"].engines.write_session() as session:
        put_small_registry(session)
        direct(session)
    return app


def read(client, address, status=200, language="en") -> Page:
    answer = client.get(address, headers={"Accept-Language": language})
    assert answer.status_code == status, answer.get_data(as_text=True)[:2_000]
    return Page(answer.get_data(as_text=True))


def press(client, address, status=303, **fields):
    answer = client.post(address, data=fields, headers={"Accept-Language": "en"})
    assert answer.status_code == status, answer.get_data(as_text=True)[:2_000]
    return answer


def change_a_donor(site, folder):
    engines = site.extensions["phenotheque"].engines
    look(engines, folder, -1)
    with engines.write_session() as session:
        version = donor(session, "PT0001").version_id
        asked = {"from_on": ON, "until_on": ON + timedelta(9), "reason": "travel", "actor": "nurse", "now": NOW}
        record_deferral(session, number="PT0001", version=version, **asked)
    look(engines, folder, 0)


def test_watched_from_the_patients_page_looked_at_and_stopped(site, tmp_path):
    client = log_in(site.test_client(), site, "searcher")
    assert "No directive is watched" in read(client, "/standing-searches").one("main").text
    assert "Watch this directive" in read(client, "/patients/P1").one("main").text
    press(client, "/standing-searches/P1/watch")
    assert "the first look comes tonight" in read(client, "/standing-searches").one("main").text
    assert "No look yet" in read(client, "/standing-searches/P1").one("main").text
    change_a_donor(site, tmp_path)
    shown = read(client, "/standing-searches/P1")
    text = shown.one("main").text
    assert "3 available before + 0 new − 1 lost = 2 available now, of 6 compatible." in text
    row = next(one.text for one in shown.all("tr") if "PT0001" in one.text)
    assert all(words in row for words in ("deferred", "21 Nov 2026 → 2 Dec 2026", "Bretagne")), row
    assert "first look" in read(client, f"/standing-searches/P1?day={ON - timedelta(1)}").one("main").text
    home = read(client, "/").one("main").text
    assert "Standing searches changed 1" in home
    assert "P1 −1" in home
    french = read(client, "/standing-searches/P1", language="fr").one("main").text
    assert "différé" in french or "ajourné" in french, french
    [version] = {one.attributes["value"] for one in shown.all("input", name="version")}
    press(client, "/standing-searches/P1/stop", version=version)
    assert "ended by hand" in read(client, "/standing-searches").one("main").text
    assert "ended by hand" in read(client, "/standing-searches/P1").one("main").text


def test_what_cannot_be_done_is_said(site):
    client = log_in(site.test_client(), site, "searcher")
    read(client, "/standing-searches/P1", 404)
    read(client, "/standing-searches/NOBODY", 404)
    press(client, "/standing-searches/P1/stop", 404)
    press(client, "/standing-searches/P1/watch")
    press(client, "/standing-searches/P1/watch", 409)
    press(client, "/standing-searches/P1/stop", 409, version="7")
    press(client, "/standing-searches/P1/stop", 409)
    read(client, "/standing-searches/P1?day=2026-01-01", 404)
    read(client, "/standing-searches/P1?day=tomorrow", 400)


@pytest.mark.parametrize(("role", "sees", "watches"), [("laboratory", 200, 403), ("coordinator", 403, 403)])
def test_only_whoever_writes_directives_watches_them(site, role, sees, watches):
    client = log_in(site.test_client(), site, role)
    read(client, "/standing-searches", sees)
    press(client, "/standing-searches/P1/watch", watches)
    if sees == 200:
        assert "Watch this directive" not in read(client, "/patients/P1").one("main").text


def test_the_daily_job_and_the_commands_do_the_same(site, runner):
    def run(*words, code=0):
        result = runner.invoke(args=["standing", *words])
        assert result.exit_code == code, result.output
        return result.output

    freeze(site, morning(0))
    assert "No directive is watched" in run("list")
    run("watch", "P1")
    assert "1 standing searches" in run("run")
    assert '"available": 3' in run("list", "--format", "json")
    assert "P1" in run("list")
    freeze(site, morning(1))
    assert runner.invoke(args=["jobs", "run", "standing_searches"]).exit_code == 0
    run("stop", "P1")
    run("stop", "P1", code=2)
    with site.extensions["phenotheque"].engines.read_session() as session:
        assert session.exec(select(StandingSearch)).one().ended_on == ON + timedelta(1)
