"""The antibody history as people use it: in both languages, with few and odd sera, as a file and over the API."""

import csv
import io
import json
import re
from datetime import date, timedelta

import pytest
from openpyxl import load_workbook
from sqlmodel import select

from domain.treatment import TreatmentKind
from models.audit import AuditEvent
from models.treatment import Treatment
from services.directives import Wording, set_directive
from tests.logins import log_in
from tests.small_registry import BEADS, NOW, ON, PATIENT, D, put_donors, put_patient, put_serum, put_small_registry
from tests.standing import FREED

ENGLISH = {"Accept-Language": "en"}
HISTORY = "/patients/P1/antibodies"
WEAK = BEADS.replace("B*40:02=6000", "B*40:02=60")


@pytest.fixture
def engines_of(app):
    engines = app.extensions["phenotheque"].engines
    with engines.write_session() as session:
        put_small_registry(session)
        patient = put_patient(session, "P2", PATIENT)
        put_patient(session, "P3", PATIENT)
        session.flush()
        first = {"run_on": ON - timedelta(days=60), "kit_lot": "1"}
        put_serum(session, patient, "T1", BEADS, **first)
        put_serum(session, patient, "T2", FREED, run_on=ON - timedelta(days=30))
        put_serum(session, patient, "T3", WEAK, run_on=ON - timedelta(days=10), kit_lot="2", treatment="EDTA")
        put_serum(session, patient, "T4", BEADS, run_on=None).source_format = "fusion"
        put_serum(session, patient, "T5", FREED, run_on=ON, rejected=True)
        put_serum(session, patient, "T6", FREED, run_on=ON, sampled_on=date(2027, 3, 1))
        set_directive(session, patient_number="P2", wording=Wording(threshold_mfi=1000), actor="doctor", now=NOW)
    return engines


@pytest.fixture
def client(app, engines_of):
    return log_in(app.test_client(), app, "searcher")


def page(client, address=HISTORY, status=200, **headers):
    answer = client.get(address, headers=headers or ENGLISH)
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer.get_data(as_text=True)


def history(client, number="P2", **asked):
    answer = client.get(f"/api/v1/patients/{number}/antibodies", query_string=asked, headers=ENGLISH)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.json


def test_each_serum_counts_as_the_sweep_of_it_alone(client):
    for one in history(client)["sera"]:
        swept = client.get(f"/api/v1/patients/P2/sweep?thresholds=1000&sample={one['code']}").json["thresholds"][0]
        assert one["national"] == swept["national"]
        assert one["regional"] == swept["regions"]["Bretagne"]


def test_sera_stand_in_time_and_what_breaks_between_two_is_told_instead_of_a_change(client):
    found = history(client)
    assert [one["code"] for one in found["sera"]] == ["T1", "T2", "T3", "T4"]
    assert found["latest"] == 2  # T4 has no date
    assert [one["code"] for one in found["future"]] == ["T6"]
    assert [one["code"] for one in found["rejected"]] == ["T5"]
    first, second, third, undated = (one["since"] for one in found["sera"])
    assert first is None
    assert second["breaks"] == []
    assert {"specificity": "A2", "before": 9000, "after": 90} in second["crossings"]
    assert (third["breaks"], third["crossings"]) == (["kit_lot", "treatment"], [])
    assert undated["breaks"] == ["kit_lot", "format", "treatment", "undated"]
    assert found["sera"][3]["undated"]
    a2 = next(one for one in found["specificities"] if one["name"] == "A2")
    assert [value["mfi"] for value in a2["values"]] == [9000, 90, 9000, 9000]
    assert next(one for one in found["specificities"] if one["name"] == "A1")["mark"] == "own"
    assert [one["message"] for one in found["issues"] if one["code"] == "history_future_serum"] == [
        "Serum T6 says it was drawn on 1 Mar 2027, which lies in the future: it is shown apart and not counted. Correct "
        "its date."
    ]


def test_the_page_says_all_of_it_in_both_languages(client):
    shown = page(client, "/patients/P2/antibodies")
    for text in ("A2 9,000 → 90", "not comparable", "other kit lot", "no date: the day it came in", "1 Mar 2027", "T5"):
        assert text in shown
    assert "A2 90 → 9,000" not in shown
    french = page(client, "/patients/P2/antibodies", **{"Accept-Language": "fr"})
    assert "autre lot de kit" in french
    assert "Chaque sérum est lu seul" in french
    assert "style=" not in shown


def test_a_patient_without_directive_or_without_serum_is_said(client):
    assert "No directive gives a threshold" in page(client)
    assert "No class I serum is on record" in page(client, "/patients/P3/antibodies")
    page(client, "/patients/NOBODY/antibodies", 404)
    page(client, "/patients/P3/antibodies/what-if?factor=50", 400)


def test_the_lists_name_every_donor_that_moved_and_the_specificity(client):
    opened = next(one for one in history(client)["sera"] if one["code"] == "T2")
    shown = page(client, f"/patients/P2/antibodies/{opened['id']}?way=opened")
    assert "PT0005" in shown
    assert "9,000 → 90" in shown
    assert opened["since"]["national"]["opened"] == 2
    closed = next(one for one in history(client)["sera"] if one["code"] == "T3")
    shown = page(client, f"/patients/P2/antibodies/{closed['id']}?way=closed")
    assert "PT0005" in shown
    assert "Not comparable" in shown
    assert "90 → 9,000" not in shown  # no MFI across a break
    first = history(client)["sera"][0]["id"]
    page(client, f"/patients/P2/antibodies/{first}?way=opened", 404)
    page(client, f"/patients/P1/antibodies/{closed['id']}", 404)  # another patient's serum
    page(client, f"/patients/P2/antibodies/{closed['id']}?way=sideways", 400)


def test_who_may_give_today_stands_first_and_each_part_in_the_order_of_numbers(app, client, engines_of):
    later = {"last_donation_on": ON - timedelta(days=3), "last_donation_type": "platelets"}
    with engines_of.write_session() as session:
        put_donors(session, [D("PA0001", "A*02 A*03 B*08 B*49", more=later), D("PZ0002", "A*02 A*03 B*08 B*49")])
        put_donors(session, [D("PZ0001", "A*02 A*03 B*08 B*49")])
    serum = history(client)["sera"][1]["id"]
    shown = page(client, f"/patients/P2/antibodies/{serum}?way=opened")
    assert "Those who may give today come first" in shown
    numbers = re.findall(r">(P[TAZ]\d{4})</a></th>", shown)
    assert numbers.index("PZ0001") + 1 == numbers.index("PZ0002") < numbers.index("PA0001")


def test_a_list_is_cut_into_pages_of_a_hundred(app, client, engines_of):
    with engines_of.write_session() as session:
        put_donors(session, [D(f"PX{n:04}", "A*02 A*03 B*08 B*49") for n in range(100)])
    serum = history(client)["sera"][1]["id"]
    shown = page(client, f"/patients/P2/antibodies/{serum}?way=opened&page=2")
    assert "page 2 of 2" in shown
    assert shown.count('href="/patients/P2/donors/') == 2
    assert "PX0099" in shown


def test_a_what_if_reads_the_changed_serum_again(client):
    found = history(client, "P1", factor=10, gone="A2")["what_if"]
    assert [one["kind"] for one in found] == ["factor", "gone", "both"]
    usual = history(client, "P1")["sera"][0]["national"]
    for one in found:
        assert one["national"]["compatible"] == usual["compatible"] + one["moved"]["opened"]
        assert one["moved"]["closed"] == 0
    gains = client.get("/api/v1/patients/P1/sweep?thresholds=2000").json["gains"]
    a2 = next(one["national"] for one in gains if one["specificity"] == "A2")
    assert found[1]["moved"]["opened"] == sum(a2.values())  # as the workbench's openings
    shown = page(client, f"{HISTORY}?factor=10&gone=A2")
    assert "all MFI at 10 %, and A2 gone" in shown
    assert "PT0005" in page(client, f"{HISTORY}/what-if?gone=A2")


def test_a_what_if_that_asks_nothing_is_no_answer_and_leads_to_the_form(client):
    shown = page(client, f"{HISTORY}/what-if")
    assert "Nothing was asked" in shown
    assert "newly opened" not in shown
    assert f'href="{HISTORY}#what-if-title"' in shown
    assert "Nothing was asked" not in page(client, f"{HISTORY}/what-if?gone=A2")


@pytest.mark.parametrize("query", ["factor=5", "factor=abc", "gone=B82", "gone=zzz", "factor=50&gone=%00"])
def test_a_what_if_that_cannot_be_read_is_said_and_left_out(client, query):
    shown = page(client, f"{HISTORY}?{query}", 400)
    assert 'role="alert"' in shown
    assert "Latest serum" in shown


def test_courses_of_treatment_stand_above_the_sera(client, engines_of):
    with engines_of.write_session() as session:
        by = {"recorded_at": NOW, "recorded_by": "x", "changed_at": NOW, "changed_by": "x"}
        for at, (kind, last_on, gone) in enumerate(
            (
                (TreatmentKind.RITUXIMAB, ON - timedelta(days=40), None),
                (TreatmentKind.IVIG, None, None),
                (TreatmentKind.ECULIZUMAB, None, NOW),
            )
        ):
            row = {"code": str(at), "patient_id": 2, "kind": kind, "first_on": ON - timedelta(days=50)}
            session.add(Treatment(**row, last_on=last_on, withdrawn_at=gone, **by))
    shown = page(client, "/patients/P2/antibodies")
    assert "rituximab 3 Oct 2026 – 13 Oct 2026" in shown
    assert "IVIG 3 Oct 2026 – still going on" in shown
    assert "eculizumab" not in shown


def test_the_files_hold_the_same(client, engines_of):
    sera = client.get("/patients/P2/export/antibodies.csv?profile=international", headers=ENGLISH).get_data(
        as_text=True
    )
    rows = list(csv.DictReader(io.StringIO(sera)))
    told = history(client)["sera"]
    assert [int(row["May give today"]) for row in rows] == [one["national"]["available"] for one in told]
    assert rows[2]["Not comparable with the one before"] == "other kit lot, other treatment or dilution of the serum"
    mfi = client.get("/patients/P2/export/antibodies.csv?profile=international&table=mfi", headers=ENGLISH)
    a2 = next(row for row in csv.DictReader(io.StringIO(mfi.get_data(as_text=True))) if row["Specificity"] == "A2")
    assert a2["2026-10-23 T2"] == "90"
    book = load_workbook(io.BytesIO(client.get("/patients/P2/export/antibodies.xlsx", headers=ENGLISH).data))
    assert book.sheetnames == ["Sera", "Specificities"]
    assert client.get("/patients/P2/export/antibodies.pdf", headers=ENGLISH).data.startswith(b"%PDF")
    with engines_of.read_session() as session:
        events = session.exec(select(AuditEvent).where(AuditEvent.action == "export")).all()
    assert [one.details["format"] for one in events] == ["csv", "csv", "xlsx", "pdf"]


def test_the_command_tells_what_the_api_tells(app, client):
    result = app.test_cli_runner().invoke(args=["antibodies", "history", "P2", "--format", "json"])
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["sera"] == history(client)["sera"]
    table = app.test_cli_runner().invoke(args=["antibodies", "history", "P2"])
    assert table.exit_code == 0, table.output
    assert "T3" in table.output


def test_rows_are_chosen_and_ordered(client):
    def names(query=""):
        table = page(client, f"{HISTORY}?{query}").split("The same as a table")[1].split("</table>")[0]
        return re.findall(r'<th scope="row">(\w+)', table)

    assert names() == ["A2", "A203", "B44", "B61"]  # B7 and what is below stay away, and the patient's own
    assert names("order=highest") == ["A2", "B61", "A203", "B44"]
    assert {"A11", "A1", "B7", "Cw7"} <= {*names("rows=all")}
