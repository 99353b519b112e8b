"""The availability report on the demo: who reads what, of which day, and as a file."""

import csv
import io
import re
from datetime import date
from itertools import pairwise

import pytest
from sqlmodel import select

from models.audit import AuditEvent
from models.availability import AvailabilityDay, AvailabilityRow
from tests.demo_site import NOW, Page

PAGE = "/reports/availability"
PATIENTS = ("DEMO-P1", "DEMO-P2", "DEMO-P3", "DEMO-P6", "DEMO-P7")


@pytest.fixture
def kept(demo_site):
    """Rows and days of the demo's snapshots."""
    with demo_site.extensions["phenotheque"].engines.read_session() as session:
        return session.exec(select(AvailabilityDay)).all(), session.exec(select(AvailabilityRow)).all()


def html(visitor, address, *roles, language="en"):
    answer = visitor(*roles).get(address, headers={"Accept-Language": language})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return re.sub(r"\s+", " ", answer.get_data(as_text=True))


def test_the_report_lists_every_directive_and_who_has_none(visitor, kept):
    page = html(visitor, PAGE, "searcher")
    assert all(f">{number}</a>" in page for number in PATIENTS)
    assert "Units are asked for patient DEMO-P1, who has no directive in force." in page
    assert page.count("/reports/availability/DEMO-") == len(PATIENTS)
    assert "Compared with 21 Nov 2026." in page
    assert kept[0][-1].versions["snapshot"] in page


def test_who_may_not_see_patients_reads_the_counts_alone(visitor):
    for address in (PAGE, f"{PAGE}/export/report.csv", f"{PAGE}?region=Corse"):
        assert "DEMO-P" not in html(visitor, address, "coordinator")
    assert "Searchable donors by region" in html(visitor, PAGE, "coordinator")
    assert visitor("coordinator").get(f"{PAGE}/DEMO-P2").status_code == 403
    assert visitor("reader").get(PAGE).status_code == 403
    assert visitor("reader").get(f"{PAGE}/export/report.pdf").status_code == 403


def test_the_page_of_a_patient_says_what_the_workbench_counts(visitor, browse):
    page = html(visitor, f"{PAGE}/DEMO-P2", "searcher")
    [compatible, can_give] = re.findall(r'<strong class="figure">(\d+)</strong>', page)[:2]
    search = visitor("searcher").post(
        "/api/v1/searches", json={"patient": "DEMO-P2"}, headers={"Accept": "application/json"}
    )
    national = search.get_json()["counts"]["national"]
    assert (int(compatible), int(can_give)) == (national["compatible"], national["available"])
    assert "trend-chart" in page
    assert browse(f"{PAGE}/DEMO-P1", roles=("searcher",))


def test_the_record_leads_to_the_report_of_whom_the_snapshot_holds_and_of_nobody_else(visitor):
    assert f'href="{PAGE}/DEMO-P2"' in html(visitor, "/patients/DEMO-P2/file", "searcher")
    assert PAGE + "/" not in html(visitor, "/patients/DEMO-P4/file", "searcher")


def test_who_could_not_be_counted_is_told_so_once_and_without_empty_tables(visitor):
    page = html(visitor, f"{PAGE}/DEMO-P1", "searcher")
    assert page.count("who has no directive in force") == 1
    assert "By region" not in page
    assert "trend-chart" not in page


def test_a_past_day_is_read_from_its_snapshot_and_one_before_all_has_none(visitor):
    assert "Snapshot of 21 Nov 2026" in html(visitor, f"{PAGE}?on=2026-11-21", "searcher")
    assert "There is no earlier one to compare with." in html(visitor, f"{PAGE}?on=2026-11-21", "searcher")
    assert "Snapshot of 22 Nov 2026" in html(visitor, f"{PAGE}?on=2027-01-01", "searcher")
    none = html(visitor, f"{PAGE}?on=2020-01-01", "searcher")
    assert "No snapshot was made on 1 Jan 2020 or before it." in none
    assert "flask jobs run availability" in none


@pytest.mark.parametrize(
    ("query", "words"),
    [("on=yesterday", "yesterday"), ("region=Atlantis", "Atlantis"), ("page=0", "0")],
)
def test_what_cannot_be_asked_is_said(visitor, query, words):
    answer = visitor("searcher").get(f"{PAGE}?{query}", headers={"Accept-Language": "en"})
    assert answer.status_code == 400
    assert words in answer.get_data(as_text=True)


@pytest.mark.parametrize("address", [f"{PAGE}/NOBODY", f"{PAGE}/BARE-1"])
def test_a_patient_who_was_not_counted_is_not_found(visitor, address):
    assert visitor("searcher").get(address).status_code == 404


def test_the_report_speaks_french(visitor):
    page = html(visitor, PAGE, "searcher", language="fr")
    assert "Donneurs disponibles pour les consignes" in page
    assert "Instantané du 22/11/2026" in page


def test_headings_follow_one_another_and_tables_name_their_columns(browse):
    page = browse(PAGE)
    levels = [int(one.tag[1]) for one in page.elements if re.fullmatch("h[1-6]", one.tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert all(one.attributes.get("scope") for one in page.elements if one.tag == "th")
    assert isinstance(page, Page)


@pytest.mark.parametrize("kind", ["pdf", "xlsx", "csv"])
def test_a_file_goes_out_under_its_name_and_is_noted(demo_site, visitor, kind):
    answer = visitor("searcher").get(f"{PAGE}/export/report.{kind}", headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    assert f"availability_whole-country_{date(2026, 11, 22)}.{kind}" in answer.headers["Content-Disposition"]
    with demo_site.extensions["phenotheque"].engines.read_session() as session:
        query = select(AuditEvent).where(AuditEvent.subject_type == "availability").order_by(AuditEvent.id.desc())
        event = session.exec(query.limit(1)).one()
    assert (event.subject_key, event.details["format"], event.details["rows"]) == ("2026-11-22", kind, len(PATIENTS))
    assert event.at == NOW


def test_the_file_without_patients_counts_the_registry(visitor):
    answer = visitor("coordinator").get(f"{PAGE}/export/report.csv?profile=international")
    rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True))))
    assert len(rows) > 10
    assert not any("DEMO-P" in cell for row in rows for cell in row.values() if cell)
