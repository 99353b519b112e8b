"""Files sent by pages: nothing is written before they are confirmed, and once only."""

import csv
import io
import re
from pathlib import Path

import pytest
from sqlmodel import func, select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from models.antibody import SerumSample
from models.audit import AuditEvent
from models.donor import Donor, DonorIdentity, DonorStatus
from models.importing import ImportBatch
from models.job import Upload, UploadStatus
from models.patient import Patient
from tests.logins import log_in

HEAD = "donor_number,last_name,first_name,birth_date,phone,weight_kg,consent_contact,status,hla_a_1,hla_a_2,hla_b_1,hla_b_2\n"
ROW = "D1,Zzsecret,Anne,1980-05-17,0699000001,62,yes,active,A*01,A*02,B*07,B*08\n"
BAD = "D2,Qqhidden,Paul,80-5-1/7,0699000002,62,yes,active,A*01,A*02,B*07,B*08\n"
PATIENTS = "patient_number,antibody_sample,abo\nP1,S1,A\n"
BEADS = "Sample ID,Patient Name,Lot ID,Run Date,Allele,Assignment,Raw Value\n"


class Site:
    """A visitor of the import pages, and what the database holds."""

    def __init__(self, app, *roles):
        self.app, self.engines = app, app.extensions["phenotheque"].engines
        self.folder = Path(app.extensions["phenotheque"].settings.instance_path) / "uploads"
        self.client = log_in(app.test_client(), app, *roles)
        self.english = {"Accept-Language": "en"}

    def send(self, content, name="file.csv", **fields):
        stream = io.BytesIO(content.encode() if isinstance(content, str) else content)
        data = {"file": FileStorage(stream, name), **fields}
        boundary, body = encode_multipart(data)  # the client's own way leaves a temporary file open
        form = f'multipart/form-data; boundary="{boundary}"'
        return self.client.post("/imports/new", data=body, content_type=form, headers=self.english)

    def sent(self, content, name="file.csv", **fields):
        """The id of a file that was kept."""
        answer = self.send(content, name, **fields)
        assert answer.status_code == 303, answer.get_data(as_text=True)
        return answer.location.rsplit("/", 1)[-1]

    def page(self, upload, words=""):
        answer = self.client.get(f"/imports/{upload}{words}", headers=self.english)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.get_data(as_text=True)

    def post(self, upload, step, **fields):
        seen = re.search(r'name="seen" value="([^"]*)"', self.page(upload))
        data = {"seen": seen[1] if seen else "", **fields}
        return self.client.post(f"/imports/{upload}/{step}", data=data, headers=self.english)

    def upload(self, upload):
        with self.engines.read_session() as session:
            return session.get(Upload, upload)

    def count(self, table):
        with self.engines.read_session() as session:
            return session.exec(select(func.count()).select_from(table)).one()

    def confirmed(self, upload, **fields):
        assert self.post(upload, "confirm", **fields).status_code == 303
        found = self.upload(upload)
        assert found.status is UploadStatus.IMPORTED, found.result
        return found

    def actions(self):
        with self.engines.read_session() as session:
            return [event.action for event in session.exec(select(AuditEvent))]


@pytest.fixture
def site(app):
    return Site(app)


@pytest.fixture
def laboratory(app):
    return Site(app, "laboratory")


@pytest.fixture
def coordinator(app):
    return Site(app, "coordinator")


def test_a_file_is_shown_before_anything_is_written_then_imported_and_the_same_again_is_unchanged(site):
    upload = site.sent(HEAD + ROW)
    page = site.page(upload)
    assert "What importing it would do" in page
    assert (site.count(Donor), site.count(ImportBatch)) == (0, 0)
    found = site.confirmed(upload)
    assert (found.result["created"], site.count(Donor), found.batch_id) == (1, 1, 1)
    assert "What was done" in site.page(upload)
    again = site.sent(HEAD + ROW)
    assert site.upload(again).result["unchanged"] == 1
    assert "on record already" in site.page(again) or site.confirmed(again).result["unchanged"] == 1
    assert site.client.get("/imports", headers=site.english).get_data(as_text=True).count("file.csv") == 2


def test_the_file_is_kept_encrypted_readable_by_its_owner_alone_and_gone_once_imported(site):
    upload = site.sent(HEAD + ROW)
    path = site.folder / upload
    assert b"Zzsecret" not in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    assert site.folder.stat().st_mode & 0o777 == 0o700
    site.confirmed(upload)
    assert not path.exists()


def test_a_second_click_imports_nothing_and_shows_the_result(site):
    upload = site.sent(HEAD + ROW)
    seen = re.search(r'name="seen" value="([^"]*)"', site.page(upload))[1]
    for _ in range(2):
        answer = site.client.post(f"/imports/{upload}/confirm", data={"seen": seen}, headers=site.english)
        assert (answer.status_code, answer.location) == (303, f"/imports/{upload}")
    assert site.count(ImportBatch) == 1
    assert "confirmed already" in site.page(upload)


def test_a_file_read_otherwise_meanwhile_is_not_imported_by_the_page_seen_before(site):
    upload = site.sent(HEAD + ROW)
    seen = re.search(r'name="seen" value="([^"]*)"', site.page(upload))[1]
    with site.engines.write_session() as session:
        found = session.get(Upload, upload)
        found.changed_at = found.changed_at.replace(year=2025)
        session.add(found)
    answer = site.client.post(f"/imports/{upload}/confirm", data={"seen": seen}, headers=site.english)
    assert (answer.status_code, site.count(Donor)) == (409, 0)


def test_refused_rows_come_back_with_reasons_to_be_corrected_and_sent_again(site):
    upload = site.sent(HEAD + ROW + BAD.replace("Qqhidden", "=Qqhidden"))
    assert site.confirmed(upload).result["refused"] == 1
    answer = site.client.get(f"/imports/{upload}/refused.csv", headers=site.english)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    text = answer.get_data(as_text=True)
    (row,) = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";")
    assert (row["donor_number"], row["last_name"]) == ("D2", "'=Qqhidden")
    assert row["Reason"].startswith("line 3 · birth_date: ")
    assert "refused_rows_downloaded" in site.actions()
    again = site.sent(text.replace("80-5-1/7", "1980-05-17"))
    found = site.confirmed(again)
    assert (found.result["created"], found.result["refused"], found.result["codes"]) == (1, 0, [])
    with site.engines.read_session() as session:
        names = {identity.last_name for identity in session.exec(select(DonorIdentity))}
    assert names == {"Zzsecret", "=Qqhidden"}


def test_who_may_not_see_identity_reads_none_of_it_in_issues_and_refused_rows(laboratory, coordinator):
    misshapen = "Wwmisplaced,D9\n"
    upload = laboratory.sent(HEAD + ROW + BAD + misshapen)
    page = laboratory.page(upload)
    laboratory.confirmed(upload)
    texts = [page, laboratory.page(upload)]
    text = laboratory.client.get(f"/imports/{upload}/refused.csv", headers=laboratory.english).get_data(as_text=True)
    for secret in ("Zzsecret", "Qqhidden", "80-5-1/7", "Wwmisplaced", "0699000002"):
        assert all(secret not in one for one in (*texts, text)), secret
    (row,) = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";")
    assert set(row) == {"donor_number", "weight_kg", "consent_contact", "status", "hla_a_1", "hla_a_2", "hla_b_1", "hla_b_2", "Reason"}
    assert "•••" in row["Reason"]
    assert "identity_in_issues_seen" not in laboratory.actions()
    assert "80-5-1/7" in coordinator.page(upload)
    assert "identity_in_issues_seen" in coordinator.actions()


def test_what_the_masked_file_has_no_column_for_is_left_as_it_is_on_record(laboratory):
    laboratory.confirmed(laboratory.sent(HEAD + ROW))
    upload = laboratory.sent(HEAD + ROW.replace(",62,", ",9999,"))
    laboratory.confirmed(upload)
    text = laboratory.client.get(f"/imports/{upload}/refused.csv", headers=laboratory.english).get_data(as_text=True)
    assert laboratory.confirmed(laboratory.sent(text.replace("9999", "63"))).result["updated"] == 1
    with laboratory.engines.read_session() as session:
        assert session.exec(select(DonorIdentity.last_name)).one() == "Zzsecret"
        assert session.exec(select(Donor.weight_kg)).one() == 63


def test_headings_are_suggested_and_taken_only_when_a_person_says_so(site):
    content = HEAD.replace("weight_kg", "weigth_kg") + ROW
    upload = site.sent(content)
    page = site.page(upload)
    assert "1 suggestion to confirm" in page
    assert "weigth_kg" not in site.upload(upload).columns
    assert site.post(upload, "check", take="suggestions").status_code == 303
    assert site.upload(upload).columns == {"weigth_kg": "weight_kg"}
    site.confirmed(upload)
    with site.engines.read_session() as session:
        assert session.exec(select(Donor.weight_kg)).one() == 62


def test_a_key_heading_nobody_knows_is_named_by_hand(site):
    upload = site.sent(HEAD.replace("donor_number", "code") + ROW)
    assert site.upload(upload).status is UploadStatus.REFUSED
    assert "No column is donor_number" in site.page(upload)
    site.post(upload, "check", **{"column-0": "donor_number"})
    assert site.confirmed(upload).result["created"] == 1


def test_a_heading_may_be_left_out_by_hand(site):
    upload = site.sent(HEAD + ROW)
    site.post(upload, "check", **{"column-5": ""})
    assert site.upload(upload).columns == {"weight_kg": ""}
    site.confirmed(upload)
    with site.engines.read_session() as session:
        assert session.exec(select(Donor.weight_kg)).one() is None


def test_two_headings_for_one_column_are_said_and_nothing_is_lost(site):
    upload = site.sent(HEAD + ROW)
    site.post(upload, "check", **{"column-5": "phone"})
    assert "Two headings say phone" in site.page(upload)
    site.post(upload, "check", **{"column-5": "weight_kg"})
    assert site.upload(upload).status is UploadStatus.CHECKED


def test_a_number_alone_means_what_the_person_says(site):
    upload = site.sent(HEAD + ROW.replace("A*01,A*02", "1,2"))
    site.post(upload, "check", bare="serological")
    site.confirmed(upload)
    with site.engines.read_session() as session:
        assert session.exec(select(Donor.hla_a_1)).one() == "A1"


def test_a_serum_of_nobody_is_given_its_patient(laboratory):
    laboratory.confirmed(laboratory.sent(PATIENTS))
    upload = laboratory.sent(BEADS + "S9,x,L1,10-12-2019,A*01:01,Negative,128\n")
    page = laboratory.page(upload)
    assert "Name its patient above" in page
    laboratory.post(upload, "check", sample_code="S9", sample_patient="P1")
    assert laboratory.upload(upload).result["samples"][0]["patient"] == "P1"
    laboratory.confirmed(upload)
    assert laboratory.count(SerumSample) == 1


def test_two_columns_get_the_name_and_day_of_the_sample(laboratory):
    laboratory.confirmed(laboratory.sent(PATIENTS))
    upload = laboratory.sent("allele;MFI\nA*01:01;5\n")
    laboratory.post(upload, "check", sample="S1", run_on="2026-11-02")
    laboratory.confirmed(upload)
    with laboratory.engines.read_session() as session:
        serum = session.exec(select(SerumSample)).one()
    assert (serum.sample_code, str(serum.run_on)) == ("S1", "2026-11-02")


def test_platelet_antibodies_are_recognised(laboratory):
    laboratory.confirmed(laboratory.sent(PATIENTS))
    content = "patient_number;specificity;result;method;tested_on\nP1;HPA-1a;positive;MAIPA;2026-11-02\n"
    found = laboratory.confirmed(laboratory.sent(content))
    assert (found.kind.value, found.result["created"]) == ("platelet_antibodies", 1)


def test_a_full_import_asks_once_more_with_how_many_become_inactive(site):
    site.confirmed(site.sent(HEAD + ROW + ROW.replace("D1", "D3")))
    upload = site.sent(HEAD + ROW, mode="full")
    assert "Mark 1 donor absent from the file as inactive" in site.page(upload)
    answer = site.post(upload, "confirm")
    assert (answer.status_code, "confirm it by its own box" in answer.get_data(as_text=True)) == (422, True)
    assert site.upload(upload).status is UploadStatus.CHECKED
    assert site.confirmed(upload, deactivate="yes").result["deactivated"] == 1
    with site.engines.read_session() as session:
        assert session.exec(select(Donor.status).where(Donor.donor_number == "D3")).one() is DonorStatus.INACTIVE


def test_a_file_given_up_is_deleted_and_cannot_be_imported(site):
    upload = site.sent(HEAD + ROW)
    assert site.post(upload, "abandon").status_code == 303
    assert not (site.folder / upload).exists()
    assert site.post(upload, "confirm").status_code == 409
    assert site.count(Donor) == 0


def test_files_of_patients_are_not_for_who_may_not_see_patients(coordinator, laboratory):
    answer = coordinator.send(PATIENTS)
    assert (answer.status_code, "your roles do not let you" in answer.get_data(as_text=True)) == (422, True)
    assert not list(coordinator.folder.glob("*")) if coordinator.folder.exists() else True
    upload = laboratory.sent(PATIENTS)
    for address in ("", "/refused.csv", "/progress"):
        assert coordinator.client.get(f"/imports/{upload}{address}").status_code == 404
    assert coordinator.client.post(f"/imports/{upload}/confirm").status_code == 404
    assert upload not in coordinator.client.get("/imports").get_data(as_text=True)
    assert coordinator.count(Patient) == 0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty"),
        (b"%PDF-1.7 x", "This is a file of type PDF"),
        (b"a,b\n1,2\n", "No heading of this file is one of ours"),
        (b"abcd\x00\x81\x8d\x90" * 50, "neither text nor a spreadsheet"),
        (b"PK\x03\x04 broken", "damaged"),
        (b'<?xml version="1.0"?><a/>', "not HAML"),
    ],
)
def test_what_cannot_be_read_is_said(content, words, site):
    answer = site.send(content)
    if answer.status_code == 303:  # an XML file is kept: another version of it may be one of ours
        text = site.page(answer.location.rsplit("/", 1)[-1])
    else:
        assert answer.status_code == 422
        text = answer.get_data(as_text=True)
        assert site.count(Upload) == 0
    assert words in text
    assert site.count(ImportBatch) == 0


def test_no_file_chosen_is_said(site):
    answer = site.client.post("/imports/new", data={"kind": "donors", "mode": "full"}, headers=site.english)
    assert (answer.status_code, "Choose a file first" in answer.get_data(as_text=True)) == (422, True)
    assert 'value="donors" selected' in answer.get_data(as_text=True)


def test_a_file_over_the_limit_is_refused_and_nothing_is_kept(site):
    answer = site.send(b"x" * (50 << 20))
    assert answer.status_code == 413
    assert "The file is larger than this site accepts (40 MB)" in answer.get_data(as_text=True)
    assert site.count(Upload) == 0
    assert not site.folder.exists()


@pytest.mark.parametrize("upload", ["nothing", "00000000-0000-0000-0000-000000000000", "..%2f..%2fkeys.json", "%00"])
def test_an_unknown_file_is_not_found(upload, site):
    assert site.client.get(f"/imports/{upload}").status_code == 404
    assert site.client.get(f"/imports/{upload}/refused.csv").status_code == 404
    assert site.client.post(f"/imports/{upload}/confirm").status_code == 404


@pytest.mark.parametrize("fields", [{"kind": "cats"}, {"mode": "all"}, {"bare": "maybe"}, {"column-0": "shoe_size"}])
def test_choices_that_are_none_are_refused_or_said(fields, site):
    upload = site.sent(HEAD + ROW)
    answer = site.post(upload, "check", **fields)
    assert answer.status_code in (303, 400)
    assert site.count(Donor) == 0


@pytest.mark.slow
def test_a_long_file_waits_for_the_jobs_process_and_says_that_none_is_there(site):
    long = HEAD + "".join(ROW.replace("D1", f"D{n}") for n in range(14_000))
    upload = site.sent(long)
    assert site.upload(upload).status is UploadStatus.RECEIVED
    page = site.page(upload)
    assert "No jobs process is running" in page
    assert "Do it now, while this page waits" in page
    assert "No jobs process" in site.page(upload, "/progress")
    assert site.client.post(f"/imports/{upload}/run").status_code == 303
    assert site.upload(upload).status is UploadStatus.CHECKED
    site.post(upload, "confirm")
    assert (site.upload(upload).status, site.count(Donor)) == (UploadStatus.CONFIRMED, 0)
    assert site.client.post(f"/imports/{upload}/run").status_code == 303
    assert (site.upload(upload).status, site.count(Donor)) == (UploadStatus.IMPORTED, 14_000)
    answer = site.client.get(f"/imports/{upload}/progress")
    assert answer.headers["HX-Refresh"] == "true"
    assert site.client.post(f"/imports/{upload}/run").status_code == 409


def test_a_failure_nobody_foresaw_leaves_nothing_half_written(site, monkeypatch):
    upload = site.sent(HEAD + ROW)
    monkeypatch.setattr("services.uploads.runs.finish_import", lambda *_args, **_words: 1 / 0)
    assert site.post(upload, "confirm").status_code == 500
    assert (site.upload(upload).status, site.count(Donor), site.count(ImportBatch)) == (UploadStatus.CHECKED, 0, 0)
    monkeypatch.undo()
    site.confirmed(upload)


def test_markup_in_a_file_is_text_on_the_page(site):
    upload = site.sent(HEAD + BAD.replace("80-5-1/7", "<script>alert(1)</script>"), name="<b>x</b>.csv")
    page = site.page(upload)
    assert "<script>alert(1)" not in page
    assert "&lt;b&gt;x&lt;/b&gt;.csv" in page or "b&gt;.csv" in page


def test_issues_are_counted_by_code_and_shown_in_pages(site):
    rows = "".join(BAD.replace("D2", f"D{n}") for n in range(120))
    upload = site.sent(HEAD + rows)
    page = site.page(upload)
    assert page.count('class="issue issue-error"') == 50
    assert "page 1 of 3" in page
    assert site.page(upload, "?page=3").count('class="issue issue-error"') == 20
    assert site.page(upload, "?code=date_unreadable").count('class="issue issue-error"') == 50


@pytest.mark.parametrize("roles", [("searcher",), ("reader",), ("scientist",), ("administrator",)])
def test_imports_are_for_those_who_import(roles, app):
    client = log_in(app.test_client(), app, *roles)
    for address in ("/imports", "/imports/new", "/imports/00000000-0000-0000-0000-000000000000"):
        assert client.get(address).status_code == 403


@pytest.mark.slow
def test_the_shared_files_are_imported_by_pages(site, shared_path):
    data = shared_path / "data"
    for path, kind, rows in (
        (data / "patients" / "patients.csv", "patients", None),
        (data / "donors" / "simulated_asian_4000.csv", "donors", 4_000),
        (data / "antibodies" / "matchit_class1_6_patients.csv", "antibodies", None),
        (data / "antibodies" / "haml_0.4.4_sample.xml", "antibodies", None),
    ):
        upload = site.sent(path.read_bytes(), path.name)
        found = site.confirmed(upload)
        assert found.kind.value == kind
        assert rows in (None, found.result["created"])
        again = site.confirmed(site.sent(path.read_bytes(), path.name))
        assert again.result["unchanged"] == again.result["rows"] - again.result["refused"]
    assert site.count(Donor) == 4_000
    assert site.count(SerumSample) >= 6
