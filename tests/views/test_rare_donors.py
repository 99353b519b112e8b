"""The pages of the rare-donor file, on the demo: what they say, to whom, and what changes the care of a donor."""

import csv
import io
import re

import pytest
from flask import url_for
from openpyxl import load_workbook
from sqlmodel import select

from domain.reservation import Timing
from models.audit import AuditEvent
from models.donor import Donor
from models.rare_donor import RareDonor, RareDonorCare
from services.donor_tests.recording import SampleResult, record_test
from services.families.opening import create_family
from services.rare_donors.refreshing import refresh_rare_donors
from tests.demo_site import NOW, Page
from tests.logins import log_in
from tests.reserving import someone
from tests.small_registry import PERSONAL, put_small_registry

RARE = "PT0007"


@pytest.fixture
def cared_for(site_engines):
    """The number of the demo's rare donor whose care is recorded."""
    with site_engines.read_session() as session:
        return session.exec(select(Donor.donor_number).join(RareDonorCare)).one()


@pytest.fixture
def site_engines(demo_site):
    return demo_site.extensions["phenotheque"].engines


@pytest.fixture
def made(engines):
    with engines.write_session() as session:
        put_small_registry(session)
        refresh_rare_donors(session, now=NOW, actor="test")
    return engines


@pytest.fixture
def as_role(app, made):
    def browser(*roles: str):
        client = log_in(app.test_client(), app, *roles)
        client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
        return client

    return browser


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", answer.get_data(as_text=True))


def test_the_list_names_each_phenotype_with_its_counts(browse):
    page = browse("/rare-donors?phenotype=cd36_negative_type_1")
    assert page.one("h2", id="rare-list-title").text.startswith("5 donors of 1")
    assert "13 rows of the table of rare phenotypes are to be confirmed by the medical lead." in page.html
    options = {one.attributes["value"]: one.text for one in page.all("option")}
    assert options["cd36_negative_type_1"] == "CD36-negative, type I (5)"
    assert "hpa_5b_negative" not in options
    counted = [row for row in page.all("tr") if row.text.startswith("HPA-5b-negative")]
    assert re.search(r"705 / 867 .* too common here to be listed", counted[0].text)


def test_confirmed_and_contradicted_donors_are_said_apart(browse):
    confirmed = browse("/rare-donors?status=confirmed")
    assert confirmed.one("h2", id="rare-list-title").text.startswith("1 donor of")
    disagreeing = browse("/rare-donors?alert=contradicted")
    assert disagreeing.one("h2", id="rare-list-title").text.startswith("1 donor of")


def test_the_card_shows_the_samples_and_the_care(browse, cared_for):
    page = browse(f"/rare-donors/{cared_for}")
    assert {"S-1", "S-2"} <= {one.text for one in page.all("th", scope="row")}
    assert "every 3 months" in page.html
    assert "prefers mornings" in page.html
    assert "13 rows of the table of rare phenotypes are to be confirmed by the medical lead." in page.html


def test_notes_are_for_those_who_run_campaigns(browse, cared_for):
    page = browse(f"/rare-donors/{cared_for}", roles=("searcher",))
    assert "prefers mornings" not in page.html
    assert "no export" not in page.html
    assert "Further limits are on record" in page.html


def test_the_donors_page_says_that_they_are_rare(browse, cared_for):
    page = browse(f"/donors/{cared_for}", roles=("searcher",))
    assert "Spare this donor for patients who need it." in page.html
    assert page.all("a", href=f"/rare-donors/{cared_for}")


def test_the_first_page_counts_what_needs_somebody_and_names_nobody(browse, cared_for):
    page = browse("/", roles=("coordinator",))
    assert page.all("a", href="/rare-donors?alert=contradicted")
    assert cared_for not in page.html
    assert "rare-title" not in browse("/", roles=("laboratory",)).html


@pytest.mark.parametrize("asked", ["phenotype=x", "status=x", "gives=x", "alert=x", "sort=x", "region=%00"])
def test_a_question_that_cannot_be_read_is_said(browse, asked):
    page = browse(f"/rare-donors?{asked}", status=422)
    assert page.all("div", id="faults")


def test_an_unknown_donor_has_no_card(browse):
    assert "is not in the rare-donor file" in browse("/rare-donors/nobody", status=404).html
    browse("/rare-donors?page=0", status=400)


def test_nobody_without_donors_opens_the_file(visitor):
    for address in ("/rare-donors", "/rare-donors/export/list.csv"):
        assert visitor("reader").get(address).status_code == 403


@pytest.mark.parametrize("role", ["searcher", "laboratory", "scientist"])
def test_only_those_who_run_campaigns_change_anything(visitor, cared_for, role):
    assert visitor(role).post(f"/rare-donors/{cared_for}", data={}).status_code in (400, 403)
    assert visitor(role).post("/rare-donors/refresh", data={}).status_code in (400, 403)


@pytest.mark.parametrize("role", ["searcher", "coordinator", "laboratory", "scientist"])
def test_no_page_and_no_file_names_a_donor(as_role, made, role):
    client = as_role(role)
    for address in ("/rare-donors", f"/rare-donors/{RARE}", "/rare-donors/export/list.csv?profile=international"):
        answer = client.get(address)
        assert answer.status_code == 200
        assert [one for one in PERSONAL if one in answer.get_data(as_text=True)] == []


def token_in(page: str) -> str:
    return Page(page).all("input", name="csrf_token")[0].attributes["value"]


def test_a_coordinator_records_the_care_of_a_donor(as_role, made):
    client = as_role("coordinator")
    token = token_in(client.get(f"/rare-donors/{RARE}").get_data(as_text=True))
    form = {"csrf_token": token, "version": "0", "recall_months": "4", "spare": "y", "note": "after work"}
    answer = client.post(f"/rare-donors/{RARE}", data=form, follow_redirects=True)
    assert "is recorded" in text_of(answer)
    with made.read_session() as session:
        row = session.exec(select(RareDonorCare)).one()
        assert (row.recall_months, row.spare, row.note, row.changed_by) == (4, True, "after work", "coordinator")
    stale = client.post(f"/rare-donors/{RARE}", data=form | {"note": "lost?"})
    assert stale.status_code == 409
    assert "lost?" in text_of(stale)
    assert "Somebody changed this" in text_of(stale)


def test_what_cannot_be_kept_comes_back_as_typed(as_role, made):
    client = as_role("coordinator")
    token = token_in(client.get(f"/rare-donors/{RARE}").get_data(as_text=True))
    answer = client.post(f"/rare-donors/{RARE}", data={"csrf_token": token, "version": "0", "recall_months": "99"})
    assert answer.status_code == 422
    assert "“99” is no rhythm" in text_of(answer)
    assert 'value="99"' in text_of(answer)
    with made.read_session() as session:
        assert session.exec(select(RareDonorCare)).first() is None


def test_the_file_is_brought_up_to_date_by_its_button(as_role, made):
    with made.write_session() as session:
        for row in session.exec(select(RareDonor)).all():
            session.delete(row)
    client = as_role("coordinator")
    token = token_in(client.get("/rare-donors").get_data(as_text=True))
    answer = client.post("/rare-donors/refresh", data={"csrf_token": token}, follow_redirects=True)
    assert "Donors in the file: 1. Entered: 2" in text_of(answer)
    assert RARE in text_of(answer)


def test_the_list_goes_out_by_number_and_the_trail_says_so(as_role, made):
    client = as_role("coordinator")
    text = client.get("/rare-donors/export/list.csv?profile=international").get_data(as_text=True)
    (row,) = [row for row in csv.reader(io.StringIO(text)) if row and row[0] == RARE]
    assert "CD36-negative, type not known; HPA-1a-negative" in row
    book = load_workbook(io.BytesIO(client.get("/rare-donors/export/list.xlsx").data))
    assert book.sheetnames[:2] == ["Rare donors", "Phenotypes"]
    assert client.get("/rare-donors/export/list.pdf").data.startswith(b"%PDF")
    with made.read_session() as session:
        events = session.exec(select(AuditEvent).where(AuditEvent.action == "export")).all()
    assert [(one.subject_type, one.details["format"], one.details["rows"]) for one in events] == [
        ("rare_donors", "csv", 1), ("rare_donors", "xlsx", 1), ("rare_donors", "pdf", 1),
    ]  # fmt: skip


def test_every_page_about_a_donor_answers_to_the_number_of_a_record_merged_into_theirs(app, made, client):
    old = "PT0010"
    with made.write_session() as session:
        kept = session.exec(select(Donor).where(Donor.donor_number == RARE)).one()
        session.exec(select(Donor).where(Donor.donor_number == old)).one().merged_into_id = kept.id
        result = SampleResult(RARE, "HPA-1", "b/b", "S-77", NOW.date())
        record_test(session, result=result, campaign=None, actor="lab", timing=Timing(NOW, "Europe/Paris", 24))
        by = someone("coordinator")
        share = {"phenotype": "CD36", "prevalence": "4 %", "source": "deck"}
        create_family(session, **share, donor_number=RARE, by=by, now=NOW)
    given = {"donor": old, "patient": "P1", "deferral": "1"}
    rules = [one for one in app.url_map.iter_rules() if "donor" in one.arguments and "GET" in one.methods]
    with app.test_request_context():
        addresses = [url_for(one.endpoint, **{name: given[name] for name in one.arguments}) for one in rules]
    assert len(addresses) > 10
    for address in [*addresses, f"/families?donor={old}"]:
        mine, other = (client.get(one, follow_redirects=True) for one in (address.replace(old, RARE), address))
        assert (other.status_code, address) == (mine.status_code, address)
        assert other.status_code == 404 or RARE in text_of(other)  # there is no such deferral
    assert "S-77" in text_of(client.get(f"/donors/{old}", follow_redirects=True))
    card = client.get(f"/rare-donors/{old}")
    version = re.search(r'name="version"[^>]*value="(\d+)"', card.get_data(as_text=True)).group(1)
    client.post(f"/rare-donors/{old}", data={"version": version, "recall_months": "3"})
    with made.read_session() as session:
        assert session.get_one(RareDonorCare, kept.id).recall_months == 3
    assert client.get("/rare-donors/PT9999").status_code == 404
