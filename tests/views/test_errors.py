"""What cannot be answered: a clear sentence and the right status, in the reader's language."""

import sqlite3

import pytest
from flask import abort
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from tests.conftest import close, make_app
from tests.demo_site import Page
from tests.logins import log_in
from views.access import anybody


def said_of(page: Page) -> str:
    """What a page says is wrong: its title, or an alert above the page as far as it can be shown."""
    return " ".join(element.text for element in (*page.all("h1"), *(one for one in page.elements if one.attributes.get("role") == "alert")))


@pytest.mark.parametrize(
    ("address", "status", "sentence"),
    [
        ("/patients/NOBODY", 404, "No patient has the number NOBODY."),
        ("/patients/NOBODY/donors/X", 404, "No patient has the number NOBODY."),
        ("/patients/DEMO-P1?threshold=abc", 400, "“abc” is not a threshold"),
        ("/patients/DEMO-P1?threshold=12.5", 400, "“12.5” is not a threshold"),
        ("/patients/DEMO-P1?threshold=-1", 400, "-1 MFI is no usable threshold: it goes from 1 to 100,000."),
        ("/patients/DEMO-P1?threshold=0", 400, "0 MFI is no usable threshold"),
        ("/patients/DEMO-P1?threshold=1000000000", 400, "1,000,000,000 MFI is no usable threshold"),
        ("/patients/DEMO-P1?threshold=" + "9" * 5000, 400, "is not a threshold"),
        ("/patients/DEMO-P1?region=Atlantis", 400, "No donor is of the region “Atlantis”"),
        ("/patients/DEMO-P1?policy=luck-first", 400, "There is no order named “luck-first”"),
        ("/patients/DEMO-P1?loci=A,DRB1", 400, "“A,DRB1” cannot be searched"),
        ("/patients/DEMO-P1?sample=NONE", 400, "has no class I serum NONE"),
        ("/patients/DEMO-P1?on=tomorrow", 400, "“tomorrow” is not a day"),
        ("/patients/DEMO-P1?page=0", 400, "“0” is not the number of a page."),
        ("/patients/DEMO-P1?page=two", 400, "“two” is not the number of a page."),
        ("/patients?page=-3", 400, "“-3” is not the number of a page."),
        ("/nowhere", 404, "There is no such page."),
    ],
)
def test_what_cannot_be_used_is_said(browse, address, status, sentence):
    page = browse(address, status=status)
    assert sentence in said_of(page)
    assert page.one("html").attributes["lang"] == "en"


def test_the_same_in_french(browse):
    page = browse("/patients/DEMO-P1?threshold=abc", status=400, language="fr")
    assert "«\u00a0abc\u00a0» n’est pas un seuil\u00a0: écrivez un nombre entier de MFI." in said_of(page)


@pytest.mark.parametrize("on", ["0001-01-01", "1969-12-31", "2200-01-01", "9999-12-31"])
def test_a_day_far_away_is_answered_or_refused_but_never_fails(visitor, on):
    answer = visitor().get(f"/patients/DEMO-P4?threshold=2000&on={on}")
    assert answer.status_code in {200, 400}


def test_what_a_reader_writes_is_shown_as_text(browse):
    page = browse("/patients/DEMO-P1?threshold=<script>alert(1)</script>", status=400)
    scripts = [script for script in page.all("script") if "src" not in script.attributes]
    assert [script for script in scripts if script.attributes.get("type") != "application/json"] == []
    assert "<script>alert(1)" in said_of(page)


def test_a_database_that_is_not_migrated_is_said(tmp_path):
    app = make_app(tmp_path, f"sqlite:///{tmp_path / 'empty.sqlite'}")
    for address in ("/login", "/login?next=/patients/P0001"):
        answer = app.test_client().get(address, headers={"Accept-Language": "en"})
        assert answer.status_code == 503
        assert "run “flask db upgrade” first" in Page(answer.get_data(as_text=True)).one("h1").text
    close(app)


def test_an_empty_registry_says_how_to_fill_it(client):
    page = Page(client.get("/patients", headers={"Accept-Language": "en"}).get_data(as_text=True))
    assert "No patient yet" in page.html
    assert "flask seed demo" in page.html


def test_a_failure_nobody_foresaw_shows_no_trace(app, caplog):
    @app.get("/failing")
    @anybody
    def fail():
        raise RuntimeError("secret detail")

    answer = app.test_client().get("/failing", headers={"Accept-Language": "en"})
    assert answer.status_code == 500
    assert "secret detail" not in answer.get_data(as_text=True)
    assert "nobody foresaw" in answer.get_data(as_text=True)


def test_a_method_that_is_not_allowed_says_which_are(client):
    answer = client.post("/")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


@pytest.mark.parametrize(("revision", "sentence"), [("9999", "newer than this program"), ("0002", "flask db upgrade")])
def test_a_database_of_another_revision_is_said(app, client, revision, sentence):
    with app.extensions["phenotheque"].engines.write.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :it"), {"it": revision})
    for address in ("/", "/patients/P0001", "/patients/P0001/donors/D1?threshold=2000"):
        answer = client.get(address, headers={"Accept-Language": "en"})
        assert answer.status_code == 503
        assert sentence in Page(answer.get_data(as_text=True)).one("h1").text


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("database is locked", "Another task is writing"),
        ("database disk image is malformed", "restore the last backup"),
        ("database or disk is full", "The disk is full"),
        ("unable to open database file", "cannot be reached"),
    ],
)
def test_a_fault_of_the_database_is_explained_without_its_trace(app, caplog, said, sentence):
    @app.get("/failing")
    @anybody
    def fail():
        raise OperationalError("SELECT 1", {}, sqlite3.OperationalError(said))

    answer = app.test_client().get("/failing", headers={"Accept-Language": "en"})
    assert answer.status_code == 503
    assert sentence in Page(answer.get_data(as_text=True)).one("h1").text
    assert "Traceback" not in caplog.text


def test_an_unforeseen_failure_is_logged_by_its_kind_alone(app, caplog):
    @app.get("/failing")
    @anybody
    def fail():
        raise RuntimeError("Fictif, 12 rue de Nulle-Part")

    app.test_client().get("/failing")
    assert "RuntimeError" in caplog.text
    assert "Fictif" not in caplog.text


STATUSES = (400, 401, 403, 404, 405, 409, 413, 422, 500, 503)


def failing(app, status: int):
    """The application with an address that fails so."""

    @app.get(f"/failing-{status}")
    @anybody
    def fail():
        abort(status)

    return log_in(app.test_client(), app)


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("status", STATUSES)
def test_every_error_is_a_page_with_a_sentence_and_an_advice(app, status, language):
    answer = failing(app, status).get(f"/failing-{status}", headers={"Accept-Language": language})
    page = Page(answer.get_data(as_text=True))
    assert answer.status_code == status
    assert len(page.one("h1").text) > 10
    assert "http_" not in page.one("section").text
    assert page.one("html").attributes["lang"] == language
    assert page.all("nav", aria_label="Main" if language == "en" else "Principale")


@pytest.mark.parametrize("status", STATUSES)
def test_htmx_gets_an_alert_it_can_put_into_the_page(app, status):
    answer = failing(app, status).get(f"/failing-{status}", headers={"HX-Request": "true", "Accept-Language": "en"})
    page = Page(answer.get_data(as_text=True))
    assert answer.status_code == status
    assert len(page.one("div", role="alert").text) > 10
    assert not page.all("html")


def test_htmx_that_replaces_the_whole_page_gets_one(app):
    asked = {"HX-Request": "true", "HX-Request-Type": "full"}
    assert failing(app, 404).get("/failing-404", headers=asked).get_data(as_text=True).startswith("<!doctype html>")


def test_a_refusal_of_a_service_is_an_alert_too(visitor):
    asked = {"HX-Request": "true", "Accept-Language": "en"}
    answer = visitor().get("/patients/NOBODY", headers=asked)
    assert answer.status_code == 404
    assert "No patient has the number NOBODY." in Page(answer.get_data(as_text=True)).one("div", role="alert").text


def test_a_login_that_ended_is_said_in_place_and_leaves_the_page_alone(app):
    answer = app.test_client().get("/patients", headers={"HX-Request": "true", "Accept-Language": "en"})
    page = Page(answer.get_data(as_text=True))
    assert answer.status_code == 401
    assert page.one("div", role="alert").text.startswith("Log in first.")
    assert page.one("a").attributes["href"] == "/login"
