"""Patients' pages: list, record, the forms without scripts, and who may do what."""

import pytest
from sqlmodel import select

from models.audit import AuditEvent
from models.patient import Patient
from tests.conftest import NOW
from tests.demo_site import Page
from tests.logins import log_in
from tests.small_registry import put_patient, put_serum

MARKUP = '<img src=x onerror="alert(1)">'
GOOD = {"patient_number": "N1", "weight_kg": "70,5", "birth_date": "28/02/1980", "hla_text": "A2 A24\nB7 B44", "do": "save"}


@pytest.fixture
def desk(client):
    """Reads and sends pages in English: `desk("/patients")`, `desk("/patients/new", {…})`."""

    def send(address, fields=None, *, by=client, status=200):
        headers = {"Accept-Language": "en"}
        answer = by.get(address, headers=headers) if fields is None else by.post(address, data=fields, headers=headers)
        assert answer.status_code == status, answer.get_data(as_text=True)
        return Page(answer.get_data(as_text=True))

    return send


@pytest.fixture
def patients(engines):
    with engines.write_session() as session:
        put_patient(session, "P1", "A*01 A*03 B*08 B*49")
        put_serum(session, put_patient(session, "P2", "A*02 A*24 B*07 B*44", region=None), "S2", "A*02:01=50", rejected=True)


def stored(engines, number):
    with engines.read_session() as session:
        return session.exec(select(Patient).where(Patient.patient_number == number)).one()


def values_of(page: Page) -> dict[str, str]:
    """What the form on a page would send."""
    fields = {one.attributes["name"]: one.attributes.get("value", "") for one in page.all("input") if one.attributes.get("type") != "checkbox" and "name" in one.attributes}
    fields |= {one.attributes["name"]: "".join(one.texts).strip("\r\n") for one in page.all("textarea")}
    return {name: value for name, value in fields.items() if name not in ("csrf_token", "q")}


def faults(page: Page) -> list[str]:
    return [one.text for one in page.elements if one.tag == "p" and one.has_class("fault")]


def test_the_list_marks_what_is_missing_and_forgives_a_typing_error(desk, patients):
    page = desk("/patients")
    assert "no serum" in page.html
    assert "no directive" in page.html
    near = desk("/patients?q=P11")
    assert "No number holds “P11”; these are the nearest." in near.html
    assert ">P1<" in near.html
    assert "No patient is like this." in desk("/patients?region=Corse").html
    assert ">P2<" in desk("/patients?region=-").html


def test_an_empty_registry_offers_to_make_a_patient(desk):
    assert "No patient yet" in desk("/patients").html


@pytest.mark.parametrize("address", ["/patients?sort=zz", "/patients?page=0"])
def test_a_list_that_cannot_be_asked_for_is_refused(desk, address):
    desk(address, status=400)


@pytest.mark.parametrize("address", ["file", "edit", "requests/new", "antibodies/new", "antibodies/1/withdraw", "requests/x/edit", "requests/x/close"])
@pytest.mark.parametrize("number", ["NOBODY", "%00", "9223372036854775808"])
def test_an_unknown_patient_is_not_found(desk, number, address):
    desk(f"/patients/{number}/{address}", status=404)


def test_a_typing_is_read_aloud_before_anything_is_saved(desk, engines):
    page = desk("/patients/new", {**GOOD, "hla_text": "A*02:01,24:02 A99", "do": "read"})
    assert "no antigen A99 is known" in page.html
    assert "A*24:02" in page.html
    assert "A*02:01,24:02 A99" in values_of(page)["hla_text"]
    with engines.read_session() as session:
        assert session.exec(select(Patient)).all() == []
    part = desk("/patients/typing", {"hla_text": f"A2 A2 {MARKUP}"})
    assert "homozygous" in part.html
    assert "<img" not in part.html
    assert "<html" not in part.html


def test_a_refused_form_comes_back_filled_with_every_fault(desk):
    page = desk("/patients/new", {**GOOD, "weight_kg": "7000", "birth_date": "31/02/1980", "centre": MARKUP}, status=422)
    assert faults(page) == ["“31/02/1980” is a day that does not exist.", "“7000” cannot be true here (from 1 to 400)."]
    assert (values_of(page)["weight_kg"], values_of(page)["centre"]) == ("7000", MARKUP)


def test_a_patient_is_made_and_edited_with_a_reason(desk, engines):
    desk("/patients/new", GOOD, status=303)
    assert "The number N1 is taken" in desk("/patients/new", GOOD, status=422).html
    form = values_of(desk("/patients/N1/edit"))
    assert (form["birth_date"], form["hla_text"]) == ("", "A2 A24\nB7 B44")
    page = desk("/patients/N1/edit", {**form, "hla_text": "A2 A24\r\nB7 B60"}, status=422)
    assert faults(page) == ["Say why: the reason is kept in the patient's history."]
    desk("/patients/N1/edit", {**form, "hla_text": "A2 A24\r\nB7 B60", "reason": f"split typed {MARKUP}"}, status=303)
    assert (stored(engines, "N1").hla_b_2, stored(engines, "N1").birth_date) == ("B60", "1980-02-28")
    record = desk("/patients/N1/file")
    assert "patient edited" in record.html
    assert "split typed &lt;img" in record.html
    assert "<img" not in record.html
    assert "1980" not in record.html


def test_an_edit_nobody_needed_changes_nothing(desk, engines, patients):
    form = values_of(desk("/patients/P1/edit")) | {"sex": "", "abo": "A", "rhd": ""}
    desk("/patients/P1/edit", form, status=303)
    assert stored(engines, "P1").version_id == 1


def test_a_stale_edit_shows_what_it_is_now_and_keeps_what_was_typed(desk, engines, patients):
    form = values_of(desk("/patients/P1/edit")) | {"abo": "A"}
    desk("/patients/P1/edit", {**form, "diagnosis": "leukaemia", "reason": "letter"}, status=303)
    page = desk("/patients/P1/edit", {**form, "diagnosis": "lymphoma", "reason": "call"}, status=409)
    assert "Somebody changed this while you were editing" in page.html
    row = next(one for one in page.all("tr") if one.text.startswith("Diagnosis"))
    assert row.text == "Diagnosis leukaemia lymphoma"
    again = values_of(page)
    assert (again["diagnosis"], again["reason"], again["version"]) == ("lymphoma", "call", "2")
    desk("/patients/P1/edit", again | {"abo": "A"}, status=303)
    assert stored(engines, "P1").diagnosis == "lymphoma"


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 30, "²"])
def test_a_form_without_its_version_overwrites_nobody(desk, engines, patients, version):
    form = values_of(desk("/patients/P1/edit")) | {"version": version, "diagnosis": "other", "reason": "x"}
    desk("/patients/P1/edit", form, status=409)
    assert stored(engines, "P1").diagnosis is None


def test_the_record_tells_raw_text_sera_and_what_the_directive_lacks(desk, patients):
    desk("/patients/P2/antibodies/new", {"specificity": "1a", "result": "positive", "method": "MAIPA", "tested_on": "2026-11-20"}, status=303)
    page = desk("/patients/P2/file")
    assert "rejected by the laboratory" in page.html
    assert "Positive result not in the directive:" in page.html
    assert "/patients/P2?sample=S2" in page.html
    assert "anti-HPA-1a" in page.html


def test_results_are_recorded_once_and_withdrawn_with_a_reason(desk, patients):
    fields = {"specificity": "HPA-1a", "result": "positive", "method": "MAIPA", "tested_on": "2026-11-20", "sample": MARKUP}
    empty = desk("/patients/P1/antibodies/new", {}, status=422)
    assert len(faults(empty)) == 4
    assert "lies in the future" in desk("/patients/P1/antibodies/new", {**fields, "tested_on": "2026-11-23"}, status=422).html
    assert "HPA-77" in desk("/patients/P1/antibodies/new", {**fields, "specificity": "HPA-77a"}, status=422).html
    desk("/patients/P1/antibodies/new", fields, status=303)
    again = desk("/patients/P1/antibodies/new", fields, status=409)
    assert "is on record" in again.html
    assert values_of(again)["sample"] == MARKUP
    assert "<img" not in desk("/patients/P1/file").html
    desk("/patients/P2/antibodies/1/withdraw", {"reason": "x"}, status=404)
    desk("/patients/P1/antibodies/1/withdraw", {"reason": " "}, status=422)
    desk("/patients/P1/antibodies/1/withdraw", {"reason": "other tube"}, status=303)
    assert "other tube" in desk("/patients/P1/file").html


REQUEST = {"hospital": f"CHU {MARKUP}", "units": "2", "needed_on": "2026-11-23", "needed_at": "18:00", "urgency": "bleeding", "contact": "Mme Quelquundautre"}


def request_code(engines):
    from models.request import TransfusionRequest

    with engines.read_session() as session:
        return session.exec(select(TransfusionRequest)).one().code


def test_a_request_stands_on_the_record_the_banner_and_the_list(desk, engines, patients):
    assert "No open request" in desk("/requests").html
    desk("/patients/P1/requests/new", REQUEST, status=303)
    listed = desk("/requests")
    assert "0 of 2 reserved" in listed.html
    assert "Mme Quelquundautre" in listed.html
    assert "<img" not in listed.html
    banner = next(one for one in desk("/patients/P1/file").elements if one.has_class("banner-request"))
    assert banner.text.endswith("bleeding · 2 units by 23 Nov 2026 18:00")
    with engines.read_session() as session:
        assert "Quelquundautre" not in str([event.details for event in session.exec(select(AuditEvent)).all()])


def test_a_request_is_edited_and_closed_against_what_it_is_now(desk, engines, patients):
    desk("/patients/P1/requests/new", REQUEST, status=303)
    address = f"/patients/P1/requests/{request_code(engines)}"
    form = values_of(desk(f"{address}/edit")) | {"urgency": "bleeding"}
    desk(f"{address}/edit", {**form, "units": "3"}, status=303)
    stale = desk(f"{address}/edit", {**form, "units": "4"}, status=409)
    assert next(one for one in stale.all("tr") if one.text.startswith("Units")).text == "Units of platelets 3 4"
    desk(f"{address}/edit", values_of(stale) | {"urgency": "bleeding"}, status=303)
    version = values_of(desk(f"{address}/close"))["version"]
    desk(f"{address}/close", {"version": version, "outcome": "cancelled"}, status=422)
    desk(f"{address}/close", {"version": version, "outcome": "nonsense"}, status=409)
    desk(f"{address}/close", {"version": version, "outcome": "fulfilled"}, status=303)
    desk(f"{address}/edit", values_of(stale) | {"urgency": "bleeding"}, status=409)
    assert "closed already" in desk(f"{address}/close").html


@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("searcher", {"/patients/new": 200, "/patients/P1/edit": 200, "/patients/P1/antibodies/new": 403, "/requests": 200}),
        ("laboratory", {"/patients/new": 200, "/patients/P1/antibodies/new": 200, "/patients/P1/requests/new": 200}),
        ("coordinator", {"/patients": 403, "/patients/P1/file": 403, "/requests": 403, "/patients/new": 403}),
        ("reader", {"/patients/P1/file": 403, "/patients/P1/edit": 403, "/requests": 403}),
    ],
)
def test_each_role_opens_what_it_may(app, desk, patients, role, may):
    browser = log_in(app.test_client(), app, role)
    for address, status in may.items():
        desk(address, by=browser, status=status)


def test_the_record_offers_only_what_its_reader_may_do(app, desk, patients):
    seen = desk("/patients/P1/file", by=log_in(app.test_client(), app, "searcher"))
    assert "/patients/P1/edit" in seen.html
    assert "/patients/P1/antibodies/new" not in seen.html


def test_the_pages_speak_french(client, patients):
    answer = client.get("/patients/P1/edit", headers={"Accept-Language": "fr"}).get_data(as_text=True)
    assert "Motif de la modification" in answer
    assert "femme" in answer
    assert NOW.year == 2026
