"""Files sent by the site: named, noted in the trail, the same as the page, and only to those who may."""

import csv
import io
import re

import pytest
from openpyxl import load_workbook
from sqlmodel import select

from models.audit import AuditEvent
from services.directives import Wording, set_directive
from tests.conftest import NOW
from tests.demo_site import Page
from tests.logins import log_in
from tests.small_registry import PERSONAL, put_small_registry

KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}


@pytest.fixture
def engines(app):
    engines = app.extensions["phenotheque"].engines
    with engines.write_session() as session:
        put_small_registry(session)
        set_directive(session, patient_number="P1", wording=Wording(2000), actor="dr-a", now=NOW)
    return engines


def get(client, what, kind, query="", language="fr"):
    return client.get(f"/patients/P1/export/{what}.{kind}?{query}", headers={"Accept-Language": language})


@pytest.mark.parametrize("what", ["list", "sweep", "directive"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("language", "names"), [("fr", ("donneurs", "seuils", "consigne")), ("en", ("donors", "thresholds", "directive"))])
def test_a_file_is_named_typed_and_noted(engines, client, what, kind, language, names):
    answer = get(client, what, kind, language=language)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == KINDS[kind]
    name = names[("list", "sweep", "directive").index(what)]
    assert answer.headers["Content-Disposition"] == f"attachment; filename={name}_P1_2026-11-22.{kind}"
    assert answer.headers["Cache-Control"] == "no-store"
    assert [text for text in PERSONAL if text.encode() in answer.data] == []
    with engines.read_session() as session:
        event = session.exec(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert (event.action, event.actor, event.subject_key) == ("export", "everything", "P1")
    assert (event.details["what"], event.details["format"]) == (what, kind)
    assert event.details["rows"] > 0


@pytest.mark.parametrize("query", ["", "threshold=700", "threshold=5000&region=Corse", "threshold=5000&verdict=all&sort=donor", "grade=C&loci=A,B,C"])
def test_a_file_holds_the_rows_of_its_page(engines, client, query):
    page = Page(client.get(f"/patients/P1?{query}", headers={"Accept-Language": "en"}).get_data(as_text=True))
    shown = [re.match(r"\S+", link.text).group() for link in page.rows("why-link")]
    text = get(client, "list", "csv", f"{query}&profile=international", "en").get_data(as_text=True)
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    ranked = [row["Donor"] for row in rows]
    assert shown[: len(ranked)] == ranked
    book = load_workbook(io.BytesIO(get(client, "list", "xlsx", query, "en").data))
    lines = [line for line in book.worksheets[0].iter_rows(values_only=True) if isinstance(line[0], int)]
    assert [line[1] for line in lines] == ranked
    assert ranked


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/patients/P1/export/list.exe", 404),
        ("/patients/P1/export/list", 404),
        ("/patients/nobody/export/list.csv", 404),
        ("/patients/P1/export/list.csv?threshold=many", 400),
        ("/patients/P1/export/list.csv?threshold=0", 400),
        ("/patients/P1/export/list.csv?region=Nowhere", 400),
        ("/patients/P1/export/list.csv?sort=name", 400),
        ("/patients/P1/export/list.csv?profile=dos", 400),
    ],
)
def test_what_cannot_be_meant_is_refused_and_not_noted(engines, client, address, status):
    answer = client.get(address)
    assert (answer.status_code, answer.mimetype) == (status, "text/html")
    with engines.read_session() as session:
        assert session.exec(select(AuditEvent).where(AuditEvent.action == "export")).all() == []


def test_a_patient_without_a_directive_has_no_sheet_of_it(engines, client):
    client.post("/patients/P1/directives/close", data={"version": "1"})
    assert get(client, "directive", "pdf").status_code == 409
    assert get(client, "list", "csv").status_code == 200


@pytest.mark.parametrize("role", ["coordinator", "reader", "administrator"])
def test_who_may_not_see_patients_takes_nothing_out(app, engines, role):
    client = log_in(app.test_client(), app, role)
    for what in ("list", "sweep", "directive"):
        for kind in KINDS:
            assert get(client, what, kind).status_code == 403
    assert app.test_client().get("/patients/P1/export/list.csv").status_code == 303
