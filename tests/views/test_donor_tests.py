"""The pages of results: by hand, from a file, withdrawn, on the donor's page, and who may."""

import csv
import io

import pytest
from sqlmodel import select

from models.campaign import Campaign, Invitation, Purpose
from models.donor import Donor
from models.donor_test import DonorTest
from services.donor_tests.importing import open_test_layout
from tests.conftest import NOW, TODAY
from tests.demo_site import Page
from tests.logins import log_in
from tests.reserving import FREE
from tests.small_registry import put_small_registry
from views.campaigns.results import MOST_ROWS

PAGE = "/campaigns/c1/results"


@pytest.fixture
def site(app):
    with app.extensions["phenotheque"].engines.write_session() as session:
        put_small_registry(session)
        campaign = Campaign(
            code="c1", name="CD36 2026", purpose=Purpose.STOCK, target={"kind": "cd36_negative"}, created_at=NOW,
            created_by="t",
        )  # fmt: skip
        session.add(campaign)
        session.flush()
        donor = session.exec(select(Donor).where(Donor.donor_number == FREE)).one()
        donor.cd36 = ""
        session.add(Invitation(code="i1", campaign_id=campaign.id, donor_id=donor.id, stage="agreed", selected_at=NOW))
    return app


@pytest.fixture
def laboratory(site):
    return log_in(site.test_client(), site, "laboratory")


def typed(**changed):
    given = {
        "donor_number": FREE, "analyte": "CD36", "platelets": "negative", "monocytes": "negative",
        "sample_code": "S1", "tested_on": TODAY.isoformat(),
    }  # fmt: skip
    return {**given, **changed}


def stage(site):
    with site.extensions["phenotheque"].engines.read_session() as session:
        donor = session.exec(select(Donor).where(Donor.donor_number == FREE)).one()
        return session.exec(select(Invitation)).one().stage.value, donor.cd36


def test_a_result_by_hand_and_its_second_sample(site, laboratory):
    assert laboratory.post(PAGE, data=typed()).status_code == 303
    assert stage(site) == ("tested", "negative type I")
    assert laboratory.post(PAGE, data=typed(sample_code="S2")).status_code == 303
    assert stage(site) == ("confirmed", "negative type I")
    page = Page(laboratory.get(PAGE, headers={"Accept-Language": "en"}).get_data(as_text=True))
    assert "confirmed by two samples" in page.html
    assert "confirmed by two samples" in laboratory.get(f"/donors/{FREE}", headers={"Accept-Language": "en"}).get_data(
        as_text=True
    )


@pytest.mark.parametrize(
    ("changed", "status", "words"),
    [
        ({"donor_number": "NOBODY"}, 404, ""),
        ({"platelets": "blue"}, 422, "blue"),
        ({"sample_code": ""}, 422, "The number of the sample is needed"),
        ({"tested_on": "2030-01-01"}, 422, "has not come yet"),
    ],
)
def test_what_cannot_be_taken_comes_back_with_its_reason(site, laboratory, changed, status, words):
    answer = laboratory.post(PAGE, data=typed(**changed), headers={"Accept-Language": "en"})
    assert answer.status_code == status
    assert words in answer.get_data(as_text=True)
    assert stage(site) == ("agreed", "")


@pytest.mark.parametrize(("mode", "after"), [("check", ("agreed", "")), ("diff", ("tested", "negative type II"))])
def test_a_file_is_checked_or_imported(site, laboratory, mode, after):
    text = f"donneur;analyse;plaquettes;monocytes;échantillon;testé le\n{FREE};CD36;neg;pos;S1;20/11/2026\n"
    given = {"mode": mode, "file": (io.BytesIO(text.encode()), "lab.csv")}
    answer = laboratory.post(PAGE + "/file", data=given, headers={"Accept-Language": "en"})
    assert (answer.status_code, "1 new" in answer.get_data(as_text=True)) == (200, True)
    assert stage(site) == after


def test_a_withdrawn_result_no_longer_counts_and_the_invitation_goes_back(site, laboratory):
    laboratory.post(PAGE, data=typed())
    assert laboratory.post("/donor-tests/1/withdraw", data={"reason": ""}).status_code == 422
    assert laboratory.post("/donor-tests/1/withdraw", data={"reason": "wrong tube"}).status_code == 303
    assert stage(site) == ("sampled", "")


@pytest.mark.parametrize("role", ["searcher", "scientist", "reader"])
def test_others_neither_see_nor_record(site, role):
    other = log_in(site.test_client(), site, role)
    assert other.get(PAGE).status_code == 403
    assert other.post(PAGE, data=typed()).status_code == 403


HEADINGS = "donneur;analyse;plaquettes;monocytes;échantillon;testé le\n"


def send(laboratory, text, mode="diff", **options):
    given = {"mode": mode, "file": (io.BytesIO((HEADINGS + text).encode()), "lab.csv")}
    return laboratory.post(PAGE + "/file", data=given, headers={"Accept-Language": "en"}, **options)


def test_a_file_over_the_limit_of_the_page_is_refused_whole(site, laboratory):
    row = f"{FREE};CD36;neg;pos;S1;20/11/2026\n"
    answer = send(laboratory, row * (MOST_ROWS + 1))
    assert (answer.status_code, "The file has 401 rows; this page takes 400 at most." in answer.get_data(as_text=True)) == (
        422, True,
    )  # fmt: skip
    assert stage(site) == ("agreed", "")


def test_no_writer_waits_while_a_file_is_read(site, laboratory, monkeypatch):
    opened = []

    def opening(*given, **options):
        with site.extensions["phenotheque"].engines.write_session():  # refused where another writer is not done
            opened.append(1)
        return open_test_layout(*given, **options)

    monkeypatch.setattr("views.campaigns.result_files.open_test_layout", opening)
    assert send(laboratory, f"{FREE};CD36;neg;pos;S1;20/11/2026\n").status_code == 200
    assert (opened, stage(site)) == ([1], ("tested", "negative type II"))


def test_of_many_faults_the_first_are_shown_and_a_file_gives_every_refused_row_back(site, laboratory):
    text = "".join(f"NOBODY{n};CD36;neg;neg;S{n};20/11/2026\n" for n in range(70))
    page = Page(send(laboratory, text, mode="check").get_data(as_text=True))
    assert "The first 50 of 70 remarks" in page.html
    assert page.html.count("NOBODY") < 70 * 2
    answer = send(laboratory, text + f"{FREE};CD36;neg;pos;S1;20/11/2026\n", mode="refused")
    heading, *rows = csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig")), delimiter=";")
    assert (heading[:2], len(rows), rows[-1][0]) == (["donneur", "analyse"], 70, "NOBODY69")
    assert all("NOBODY" in row[-1] for row in rows)
    assert stage(site) == ("agreed", "")


@pytest.mark.parametrize("mode", ["check", "refused"])
def test_a_file_that_cannot_be_read_comes_back_with_its_reason(laboratory, mode):
    given = {"mode": mode, "file": (io.BytesIO(b"donor_number;result\nD1;neg\n"), "lab.csv")}
    answer = laboratory.post(PAGE + "/file", data=given, headers={"Accept-Language": "en"})
    assert (answer.status_code, "Columns missing: analyte" in answer.get_data(as_text=True)) == (422, True)


def test_results_are_listed_in_pages(site, laboratory):
    with site.extensions["phenotheque"].engines.write_session() as session:
        donor, invitation = (
            session.exec(select(Donor).where(Donor.donor_number == FREE)).one(),
            session.exec(select(Invitation)).one(),
        )
        for n in range(60):
            session.add(
                DonorTest(
                    donor_id=donor.id, invitation_id=invitation.id, analyte="CD36", sample_code=f"T{n:02}",
                    result="positive", tested_on=TODAY, recorded_at=NOW, recorded_by="t",
                )
            )  # fmt: skip
    first, second = (
        laboratory.get(f"{PAGE}?page={n}", headers={"Accept-Language": "en"}).get_data(as_text=True) for n in (1, 2)
    )
    assert ("60 results" in first, "T59" in first, "T09" in first) == (True, True, False)
    assert ("60 results" in second, "T59" in second, "T09" in second) == (True, False, True)


def test_the_form_begins_with_what_the_campaign_looks_for(laboratory):
    page = laboratory.get(PAGE, headers={"Accept-Language": "en"}).get_data(as_text=True)
    assert '<option selected value="CD36">' in page


def test_a_file_of_results_sent_among_the_other_imports_is_told_where_it_belongs(site):
    coordinator = log_in(site.test_client(), site, "coordinator")
    given = {
        "kind": "",
        "mode": "diff",
        "file": (io.BytesIO((HEADINGS + "X1;CD36;neg;neg;S1;20/11/2026\n").encode()), "l.csv"),
    }
    answer = coordinator.post("/imports/new", data=given, headers={"Accept-Language": "en"})
    assert (answer.status_code, "send it on the page of results of its campaign" in answer.get_data(as_text=True)) == (
        422,
        True,
    )
