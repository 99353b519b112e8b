"""What of a file of donors the laboratory reads, who may not see identities: enough to correct typings, and nobody."""

import csv
import io
import re

import pytest
from sqlmodel import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from models.audit import AuditEvent
from tests.logins import log_in

HEAD = "donor_number,last_name,birth_date,region,last_donation_on,weight_kg,consent_contact,status,hla_a_1,hla_b_1\n"
GOOD = "D1,Zzgood,1980-01-02,Bretagne,2026-01-02,62,yes,active,A*01,B*07\n"
HEADLESS = "D1,Zzheading,1980-01-02,Zzbretagne,2026-01-02,62,yes,active,A*01,B*07\n"


class Reader:
    """Somebody of some roles, and the texts that they are answered."""

    def __init__(self, app, *roles):
        self.engines, self.client = app.extensions["phenotheque"].engines, log_in(app.test_client(), app, *roles)
        self.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"

    def sent(self, content, kind="donors"):
        data = {"file": FileStorage(io.BytesIO(content.encode()), "d.csv"), "kind": kind}
        boundary, body = encode_multipart(data)  # the client's own way leaves a temporary file open
        form = f'multipart/form-data; boundary="{boundary}"'
        return self.client.post("/imports/new", data=body, content_type=form).location.rsplit("/", 1)[-1]

    def get(self, address):
        return self.client.get(address).get_data(as_text=True)

    def page(self, upload):
        return self.get(f"/imports/{upload}")

    def all_of(self, upload):
        return self.page(upload) + self.get(f"/api/v1/imports/{upload}") + self.get(f"/imports/{upload}/refused.csv")

    def post(self, upload, step, **fields):
        seen = re.search(r'name="seen" value="([^"]*)"', self.page(upload))[1]
        return self.client.post(f"/imports/{upload}/{step}", data={"seen": seen, **fields})

    def refused(self, upload):
        text = self.get(f"/imports/{upload}/refused.csv").removeprefix("\ufeff")
        return list(csv.DictReader(io.StringIO(text), delimiter=";"))


@pytest.fixture
def laboratory(app):
    return Reader(app, "laboratory")


@pytest.fixture
def coordinator(app):
    return Reader(app, "coordinator")


@pytest.mark.parametrize("typed", ["A*9999", "24:02", "A2 4", "B44"])
def test_a_typing_error_is_read_as_it_was_written(typed, laboratory):
    page = laboratory.page(laboratory.sent(HEAD + GOOD.replace("A*01", typed)))
    assert f'<td class="raw">{typed}</td>' in page


@pytest.mark.parametrize(
    "row",
    [
        "D2,1980-01-02,Bretagne,2026-01-02,62,Zzshifted,yes,active,A*01,B*07\n",
        "D2,,,,,,,Zzshifted,,A*01\n",
        "D2,x,1980-01-02,Bretagne,Zzshifted,62,Zzshifted,Zzshifted,Zzshifted,Zzshifted\n",
        "Zzshifted,D2,x,1980-01-02,Bretagne,2026-01-02,62,yes,active,A*01\n",
    ],
)
def test_a_name_under_another_heading_is_masked_and_its_row_left_out(row, laboratory, coordinator):
    upload = laboratory.sent(HEAD + GOOD + row)
    assert "Zzshifted" not in laboratory.all_of(upload)
    laboratory.post(upload, "confirm")
    assert "Zzshifted" not in laboratory.all_of(upload)
    assert laboratory.refused(upload) == []
    assert "Zzshifted" in str(coordinator.refused(upload))


def test_the_refused_row_of_a_slip_is_given_back_without_what_may_be_a_persons(laboratory):
    upload = laboratory.sent(HEAD + GOOD.replace(",62,", ",999,"))
    laboratory.post(upload, "confirm")
    [row] = laboratory.refused(upload)
    reason = row.pop("Reason")
    assert row == {
        "donor_number": "D1", "weight_kg": "999", "consent_contact": "yes", "status": "active", "hla_a_1": "A*01",
        "hla_b_1": "B*07",
    }  # fmt: skip
    assert "999" in reason


def test_a_word_of_no_column_is_masked_and_the_words_that_are_accepted_are_said(laboratory):
    page = laboratory.page(laboratory.sent(HEAD + GOOD.replace("active", "Zzword")))
    assert "Zzword" not in page
    assert "active, deferred, inactive" in page


def test_the_first_row_of_a_file_without_headings_is_masked_and_can_still_be_named(laboratory, coordinator):
    upload = laboratory.sent(HEADLESS + GOOD)
    assert "Zzheading" not in laboratory.all_of(upload)
    assert "No column is donor_number" in laboratory.page(upload)
    assert "#2 •••" in laboratory.page(upload)
    assert "Zzheading" in coordinator.page(upload)
    laboratory.post(upload, "check", **{"column-0": "donor_number", "column-1": "last_name"})
    text = laboratory.all_of(upload)
    assert "What importing it would do" in text
    assert "Zz" not in text
    named = laboratory.client.get(f"/api/v1/imports/{upload}").json["columns"]
    assert named == {"#1 •••": "donor_number", "#2 •••": "last_name"}
    laboratory.post(upload, "confirm")
    assert "Zz" not in laboratory.all_of(upload)


def test_headings_that_may_be_a_person_are_a_look_at_an_identity(coordinator):
    def looks():
        with coordinator.engines.read_session() as session:
            return len(session.exec(select(AuditEvent).where(AuditEvent.action == "identity_in_issues_seen")).all())

    coordinator.page(coordinator.sent(HEAD + GOOD))
    assert looks() == 0
    coordinator.page(coordinator.sent(HEADLESS))
    assert looks() == 1


def test_the_laboratory_does_not_read_a_file_of_donors_as_one_that_is_not_masked(laboratory, coordinator):
    upload = coordinator.sent(HEAD + GOOD.replace("1980-01-02", "80-1-1/1"))
    assert laboratory.post(upload, "check", kind="patients").status_code == 409
    assert '<option value="patients"' not in laboratory.page(upload)
