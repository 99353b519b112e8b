"""The pages of transfusions, as people use them: without scripts, in both languages, and who may."""

import io
import json

import pytest
from sqlmodel import select

from models.transfusion import Transfusion
from services.documents.document import Maker
from services.documents.paper import paper_data
from services.documents.transfusions import transfusion_document
from services.transfusions.page import open_follow_up
from tests.conftest import NOW
from tests.logins import log_in
from tests.reserving import TIMING
from tests.small_registry import put_patient

GOOD = {
    "ended_at": "2026-11-20T10:00", "content": "4", "pre_count": "5", "pre_at": "2026-11-20T08:30", "count_1h": "20",
    "count_1h_at": "2026-11-20T11:00", "weight_kg": "72", "height_cm": "162", "bleeding": "no",
}  # fmt: skip
PAGES = "/patients/P1/transfusions"


@pytest.fixture
def client(app):
    with app.extensions["phenotheque"].engines.write_session() as session:
        put_patient(session, "P1", "A1 A3 B7 B8", weight_kg=72.0, height_cm=162.0)
    return log_in(app.test_client(), app, "laboratory")


def text(answer, status=200):
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer.get_data(as_text=True)


def only(app):
    with app.extensions["phenotheque"].engines.read_session() as session:
        return session.exec(select(Transfusion)).one()


def test_a_transfusion_is_judged_recorded_corrected_and_withdrawn_without_scripts(app, client):
    english = {"headers": {"Accept-Language": "en"}}
    assert "No transfusion yet." in text(client.get(PAGES, **english))
    assert 'value="72"' in text(client.get(f"{PAGES}/new"))  # the weight on record
    checked = text(client.post(f"{PAGES}/new", data={**GOOD, "do": "check"}, **english))
    assert "6.75" in checked
    assert "6,750 /µL" in checked
    assert '<td class="num">7.5 ×\u00a010⁹/L</td>' in checked  # a limit has its unit, as what is compared with it
    live = text(client.post(f"{PAGES}/outcome", data=GOOD, **english))
    assert "6.75" in live
    assert "<html" not in live
    refused = text(client.post(f"{PAGES}/new", data={**GOOD, "count_1h": "250000"}, **english), 422)
    assert "250,000 per µL is 250 × 10⁹/L" in refused
    assert 'value="250000"' in refused  # nothing typed is lost
    assert client.post(f"{PAGES}/new", data=GOOD).status_code == 303
    code = only(app).code
    shown = text(client.get(f"{PAGES}/{code}", **english))
    assert "4 × 10¹¹ for 72 kg: below 5.14." in shown
    edited = {**GOOD, "content": "2", "version": "1"}
    assert "count" in text(client.post(f"{PAGES}/{code}/edit", data=edited, **english), 422)  # no reason
    assert client.post(f"{PAGES}/{code}/edit", data={**edited, "reason": "label read again"}).status_code == 303
    assert only(app).content == 2
    assert text(client.post(f"{PAGES}/{code}/edit", data={**edited, "reason": "too late", "content": "3"}), 409)
    assert client.post(f"{PAGES}/{code}/withdraw", data={"version": "2", "reason": "twice"}).status_code == 303
    assert only(app).withdrawn_by
    listed = text(client.get(PAGES, **english))
    assert "1 withdrawn" in listed
    assert "twice" in listed


def test_the_follow_up_speaks_french_says_it_is_no_diagnosis_and_goes_out_as_a_file(client):
    client.post(f"{PAGES}/new", data=GOOD)
    page = text(client.get(PAGES, headers={"Accept-Language": "fr"}))
    assert "Ce n’est pas un diagnostic" in page
    assert "<svg" in page
    assert "PI et CCI en 10⁹/L" in page
    assert "Table des seuils <small>" in page
    sheet = client.get("/patients/P1/export/transfusions.csv?profile=international", headers={"Accept-Language": "en"})
    assert "6.75" in text(sheet)
    assert client.get("/patients/P1/export/transfusions.xlsx").data[:2] == b"PK"
    assert "P1,2026-11-20T10:00:00+01:00" in text(client.get("/patients/P1/export/transfusions-data.csv"))


def test_no_decimal_is_cut_on_paper(app, client):
    client.post(f"{PAGES}/new", data=GOOD)
    with app.extensions["phenotheque"].engines.read_session() as session:
        shown = open_follow_up(session, number="P1", timing=TIMING)
    document = transfusion_document(shown, maker=Maker("who", NOW, "Europe/Paris"), locale="fr", on_paper=True)
    cells = {cell for table in paper_data(document)["tables"] for row in table["rows"] for cell in row}
    assert {"6,75", "20,25"} <= cells


def test_a_file_is_checked_imported_and_its_refused_rows_given_back(app, client):
    content = "patient_number;" + ";".join(GOOD) + "\nP1;" + ";".join(GOOD.values()) + "\nP9;"
    content += ";".join(GOOD.values()) + "\n"

    def send(mode):
        data = {"mode": mode, "file": (io.BytesIO(content.encode()), "t.csv")}
        return client.post("/transfusions/import", data=data, headers={"Accept-Language": "en"})

    assert "1 new, 0 completed, 0 unchanged, 1 refused, of 2 rows." in text(send("check"))
    assert "No transfusion yet." in text(client.get(PAGES, headers={"Accept-Language": "en"}))
    assert "The file was imported" in text(send("diff"))
    assert only(app).content == 4
    assert "P9" in text(send("refused"))
    assert text(client.post("/transfusions/import", data={"mode": "check"}), 422)


def test_who_may_not(app, client):
    coordinator = log_in(app.test_client(), app, "coordinator")
    for address in (PAGES, f"{PAGES}/new", "/transfusions/import", "/patients/P1/export/transfusions.csv"):
        assert coordinator.get(address).status_code == 403
    assert client.get(f"{PAGES}/nothing").status_code == 404


def test_the_command_says_the_arithmetic(app):
    run = app.test_cli_runner().invoke
    worked = run(args=["increments", "--pre", "5", "--post", "20", "--dose", "4", "--bsa", "1.8", "--format", "json"])
    told = json.loads(worked.stdout)
    assert (told["pi"], told["cci"], told["ppr"]) == (15, 6.75, 16.875)
    assert told["effective"] == {"pi": True, "cci": False, "ppr": False}
    body = ["increments", "--pre", "5", "--post", "20", "--weight", "72", "--height", "162", "--hours", "24"]
    unknown = json.loads(run(args=[*body, "--format", "json"]).stdout)
    assert (unknown["cci"], unknown["window"], unknown["reasons"]) == (None, "24h", ["outcome_why.no_content"])
    assert run(args=[*body, "--dose", "0"]).exit_code == 2
