"""The pages of treatments and of crossmatches, as people use them: without scripts, in both languages, and who may."""

import io

import pytest
from sqlmodel import select

from models.crossmatch import Crossmatch
from models.treatment import Treatment
from tests.logins import log_in
from tests.small_registry import D, put_donors, put_patient

COURSE = {"kind": "rituximab", "first_on": "2026-06-22", "last_on": "2026-07-13", "note": "4 ×"}
TEST = {"donor_number": "D1", "kind": "platelet", "result": "negative", "tested_on": "2026-11-17", "method": "MASPAT"}
TREATMENTS, CROSSMATCHES = "/patients/P1/treatments", "/patients/P1/crossmatches"
ENGLISH = {"headers": {"Accept-Language": "en"}}


@pytest.fixture
def client(app):
    with app.extensions["phenotheque"].engines.write_session() as session:
        put_patient(session, "P1", "A1 A3 B7 B8")
        put_donors(session, [D("D1", "A*01 A*03 B*08 B*49")])
    return log_in(app.test_client(), app, "laboratory")


def text(answer, status=200):
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer.get_data(as_text=True)


def only(app, model):
    with app.extensions["phenotheque"].engines.read_session() as session:
        return session.exec(select(model)).one()


@pytest.mark.parametrize(
    ("pages", "model", "typed", "edited", "shown"),
    [
        (TREATMENTS, Treatment, COURSE, {"last_on": "2026-07-20"}, "20 Jul 2026"),
        (CROSSMATCHES, Crossmatch, TEST, {"result": "indeterminate"}, "indeterminate"),
    ],
)
def test_a_row_is_recorded_corrected_and_withdrawn_without_scripts(app, client, pages, model, typed, edited, shown):
    assert "on record." in text(client.get(pages, **ENGLISH))  # none yet
    missing = text(client.post(f"{pages}/new", data={**typed, "kind": ""}, **ENGLISH), 422)
    assert "Say which" in missing
    assert client.post(f"{pages}/new", data=typed).status_code == 303
    assert text(client.post(f"{pages}/new", data=typed), 422)  # it is on record
    code = only(app, model).code
    assert 'value="1"' in text(client.get(f"{pages}/{code}/edit"))
    changed = {**typed, **edited, "version": "1"}
    assert "reason" in text(client.post(f"{pages}/{code}/edit", data=changed, **ENGLISH), 422)
    assert client.post(f"{pages}/{code}/edit", data={**changed, "reason": "letter"}).status_code == 303
    listed = text(client.get(pages, **ENGLISH))
    assert f"<ins>{shown}</ins>" in listed
    assert "letter" in listed
    assert text(client.post(f"{pages}/{code}/edit", data={**changed, "note": "!", "reason": "late"}), 409)
    assert text(client.post(f"{pages}/{code}/withdraw", data={"version": "2"}), 422)
    assert client.post(f"{pages}/{code}/withdraw", data={"version": "2", "reason": "twice"}).status_code == 303
    assert only(app, model).withdrawn_by
    listed = text(client.get(pages, **ENGLISH))
    assert "1 withdrawn" in listed
    assert "twice" in listed


def test_the_record_tells_them_and_a_donor_leads_to_a_crossmatch(client):
    client.post(f"{TREATMENTS}/new", data={**COURSE, "last_on": ""})
    client.post(f"{CROSSMATCHES}/new", data=TEST)
    record = text(client.get("/patients/P1/file", headers={"Accept-Language": "fr"}))
    assert "Rituximab · <span" in record
    assert "en cours" in record
    assert "D1 · plaquettes · négatif" in record  # what was done
    assert 'value="D1"' in text(client.get(f"{CROSSMATCHES}/new?donor=D1"))


@pytest.mark.parametrize(
    ("page", "columns", "good", "bad"),
    [
        ("treatments", "patient_number,kind,first_on,last_on", "P1,IgIV,2026-06-01,", "P9,IgIV,2026-06-01,"),
        (
            "crossmatches", "patient_number,donor_number,kind,result,tested_on", "P1,D1,platelet,negative,2026-11-01",
            "P1,D9,platelet,negative,2026-11-01",
        ),
    ],
)  # fmt: skip
def test_a_file_is_checked_imported_and_its_refused_rows_given_back(app, client, page, columns, good, bad):
    content = "\n".join([columns, good, bad, ""]).encode()

    def send(mode):
        data = {"mode": mode, "file": (io.BytesIO(content), "t.csv")}
        return client.post(f"/{page}/import", data=data, **ENGLISH)

    assert "1 new, 0 completed, 0 unchanged, 1 refused, of 2 rows." in text(send("check"))
    assert "on record." in text(client.get(f"/patients/P1/{page}", **ENGLISH))
    assert "The file was imported" in text(send("diff"))
    assert "0 new, 0 completed, 1 unchanged, 1 refused" in text(send("diff"))
    assert text(send("refused")).splitlines()[1].startswith(bad.replace(",", ";"))
    assert text(client.post(f"/{page}/import", data={"mode": "check"}), 422)
    long = io.BytesIO((columns + "\n" + f"{good}\n" * 1001).encode())
    too_long = client.post(f"/{page}/import", data={"mode": "diff", "file": (long, "t.csv")}, **ENGLISH)
    assert f"flask {page} import" in text(too_long, 422)


def test_the_commands_import_files_and_check_without_writing(app, client, tmp_path):
    files = {
        "treatments": "patient_number,kind,first_on\nP1,EP,2026-06-01\n",
        "crossmatches": "patient_number,donor_number,kind,result,tested_on\nP1,D1,platelet,negative,2026-11-01\n",
    }
    run = app.test_cli_runner().invoke
    for command, content in files.items():
        path = tmp_path / f"{command}.csv"
        path.write_text(content, encoding="utf-8")
        for mode, told in (("check", '"created": 1'), ("diff", '"created": 1'), ("diff", '"unchanged": 1')):
            done = run(args=[command, "import", str(path), "--mode", mode, "--format", "json"])
            assert done.exit_code == 0, done.output
            assert told in done.stdout
    assert only(app, Treatment).last_on is None


def test_who_may_not(app, client):
    searcher = log_in(app.test_client(), app, "searcher")
    coordinator = log_in(app.test_client(), app, "coordinator")
    for pages in (TREATMENTS, CROSSMATCHES):
        assert coordinator.get(pages).status_code == 403
        assert "/import" in text(client.get(pages))
        assert client.get(f"{pages}/nothing/edit").status_code == 404
    assert searcher.get(f"{TREATMENTS}/new").status_code == 200
    assert "/import" not in text(searcher.get(CROSSMATCHES))
    for address in (f"{CROSSMATCHES}/new", "/crossmatches/import"):
        assert searcher.get(address).status_code == 403
