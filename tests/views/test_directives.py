"""The pages of directives: a form that loses nothing, shows before it saves, and asks who signs."""

import pytest
from sqlmodel import select

from models.account import Account
from models.directive import Directive
from models.request import AntibodyResult, PlateletAntibody
from services.accounts.passwords import hash_password
from services.directives import Removal, Wording, set_directive
from services.patients import get_patient
from tests.conftest import NOW
from tests.demo_site import Page
from tests.logins import PASSWORD, log_in
from tests.small_registry import put_small_registry

FORM, HISTORY = "/patients/P1/directive", "/patients/P1/directives"


@pytest.fixture
def engines(app):
    engines = app.extensions["phenotheque"].engines
    with engines.write_session() as session:
        put_small_registry(session)
    return engines


@pytest.fixture
def in_force(engines):
    with engines.write_session() as session:
        wording = Wording(1000, remove=[Removal("B44", "weak")], hpa_antibodies=["HPA-1a"])
        set_directive(session, patient_number="P1", wording=wording, actor="dr-a", now=NOW)


def english(answer, status=200):
    assert answer.status_code == status, answer.get_data(as_text=True)
    return Page(answer.get_data(as_text=True))


def post(client, address=FORM, status=200, **fields):
    answer = client.post(address, data=fields, headers={"Accept-Language": "en"})
    return english(answer, status) if status != 303 else answer


def asked(**more):
    return {"threshold": "2000", "sample": "", "loci": "A,B", "abo_rule": "none", "version": "0", "valid_until": "", "note": ""} | more


def kept(engines):
    with engines.read_session() as session:
        rows = session.exec(select(Directive).order_by(Directive.version)).all()
        return [(row.version, row.status.value, row.threshold_mfi) for row in rows]


def seen_of(page):
    return page.one("input", name="seen").attributes["value"]


def test_a_directive_is_shown_and_then_put_in_force(engines, client):
    fields = asked(added=["A11", ""], added_reason=["seen", ""], removed="B44", removed_reason="weak", anti_cd36="y", note="n")
    shown = post(client, step="show", **fields)
    assert kept(engines) == []
    assert [e.attributes["value"] for e in shown.all("input", name="added")] == ["A11", "", ""]
    proposed = [e for e in shown.elements if "data-proposed" in e.attributes]
    assert len(proposed) == 5
    answer = post(client, status=303, step="save", seen=seen_of(shown), **fields)
    assert answer.headers["Location"].endswith(HISTORY)
    assert kept(engines) == [(1, "current", 2000)]
    page = english(client.get(HISTORY, headers={"Accept-Language": "en"}))
    assert "Directive version 1 is in force." in page.html
    assert "A11" in page.html


def test_what_was_not_shown_is_not_saved(engines, client):
    shown = post(client, step="show", **asked())
    again = post(client, step="save", seen=seen_of(shown), **asked(threshold="5000"))
    assert "look at them again" in again.html
    assert kept(engines) == []
    post(client, status=303, step="save", seen=seen_of(again), **asked(threshold="5000"))
    assert kept(engines) == [(1, "current", 5000)]


def test_every_fault_is_beside_its_field_and_nothing_is_lost(engines, client):
    fields = asked(
        threshold="soon", added=["A1", "B35"], added_reason=["mine <b>", ""], removed=["A99", "B7"], removed_reason=["x", ""],
        valid_until="2020-01-01", note="kept note", hpa_antibodies=["HPA-1a", "HPA-5b"],
    )  # fmt: skip
    page = post(client, status=422, step="show", **fields)
    assert page.one("input", id="threshold").attributes["value"] == "soon"
    assert page.one("input", id="added-0-reason").attributes["value"] == "mine <b>"
    assert "<b>" not in page.html.replace("&lt;b&gt;", "")
    assert page.one("textarea", id="note").text == "kept note"
    ticked = [e.attributes["value"] for e in page.all("input", name="hpa_antibodies") if "checked" in e.attributes]
    assert ticked == ["HPA-1a", "HPA-5b"]
    wrong = {e.attributes["id"] for e in page.elements if e.attributes.get("aria-invalid") == "true"}
    assert wrong == {"threshold", "added-0", "removed-0", "removed-1-reason", "valid_until"}
    links = {e.attributes["href"] for e in page.all("a") if e.attributes.get("href", "").startswith("#")}
    assert {f"#{one}" for one in wrong} <= links
    assert page.all("button", value="save") == []
    assert kept(engines) == []


def test_more_rows_keep_what_was_typed(engines, client):
    page = post(client, step="more_removed", **asked(removed=["B7", "", "B8"], removed_reason=["x", "", "y"], threshold="x"))
    values = [e.attributes["value"] for e in page.all("input", name="removed")]
    assert values == ["B7", "B8", "", "", "", ""]
    assert page.one("input", id="threshold").attributes["value"] == "x"


def test_the_form_is_filled_from_the_one_in_force_and_the_address(in_force, client):
    page = english(client.get(f"{FORM}?threshold=3000&loci=A,B,C&sample=S1", headers={"Accept-Language": "en"}))
    assert page.one("input", id="threshold").attributes["value"] == "3000"
    assert page.one("input", id="removed-0").attributes["value"] == "B44"
    assert page.one("input", name="version").attributes["value"] == "1"
    assert [o.attributes["value"] for o in page.all("option") if "selected" in o.attributes] == ["A,B,C", "S1", "current", "none"]
    assert [e for e in page.elements if e.attributes.get("data-in_force") == "compatible"] != []


def test_an_address_that_cannot_be_meant_is_a_form_to_correct(in_force, client):
    page = english(client.get(f"{FORM}?threshold=many", headers={"Accept-Language": "en"}))
    assert page.one("input", id="threshold").attributes["value"] == "many"
    assert "not a threshold" in page.html


def test_two_people_do_not_overwrite_each_other(in_force, engines, client):
    shown = post(client, step="show", **asked(version="1"))
    with engines.write_session() as session:
        set_directive(session, patient_number="P1", wording=Wording(1500), actor="dr-b", now=NOW)
    refused = post(client, status=409, step="save", seen=seen_of(shown), **asked(version="1"))
    assert "Somebody changed this" in refused.html
    assert refused.one("input", id="threshold").attributes["value"] == "2000"
    assert kept(engines)[-1] == (2, "current", 1500)
    post(client, status=303, step="save", seen=seen_of(refused), **asked(version="2"))
    assert kept(engines)[-1] == (3, "current", 2000)


def test_positive_results_are_hinted(engines, client):
    with engines.write_session() as session:
        patient = get_patient(session, "P1")
        session.add(
            PlateletAntibody(
                patient_id=patient.id, specificity="HPA-5b", result=AntibodyResult.POSITIVE, method="MAIPA",
                tested_on=NOW.date(), recorded_by="x", recorded_at=NOW,
            )
        )  # fmt: skip
    page = english(client.get(FORM, headers={"Accept-Language": "en"}))
    assert "anti-HPA-5b" in next(e.text for e in page.all("p") if "patient's results" in e.text)


# --- signing and closing ---


@pytest.fixture
def scientist(app, engines):
    with engines.write_session() as session:
        row = Account(login="dr-s", display_name="Dr S", roles=["scientist"], password_hash=hash_password(PASSWORD), created_at=NOW, updated_at=NOW)
        session.add(row)
    return log_in(app.test_client(), app, "scientist", login="dr-s")


def test_a_scientist_signs_with_their_password(in_force, engines, scientist):
    english(scientist.get(f"{HISTORY}/sign"))
    wrong = post(scientist, f"{HISTORY}/sign", 422, version="1", password="not the password")
    assert "not your present password" in wrong.html
    assert "not the password" not in wrong.html
    post(scientist, f"{HISTORY}/sign", 303, version="1", password=PASSWORD)
    with engines.read_session() as session:
        assert session.exec(select(Directive)).one().signed_by == "dr-s"
    assert "Signed by dr-s" in english(scientist.get(HISTORY, headers={"Accept-Language": "en"})).html
    assert post(scientist, f"{HISTORY}/sign", 409, version="1", password=PASSWORD)


@pytest.mark.parametrize("version", ["2", "", "x", "9" * 30, "-1"])
def test_signing_and_closing_ask_the_version_that_was_seen(in_force, engines, scientist, version):
    post(scientist, f"{HISTORY}/sign", 409, version=version, password=PASSWORD)
    post(scientist, f"{HISTORY}/close", 409, version=version)
    assert kept(engines) == [(1, "current", 1000)]


def test_closing_asks_first(in_force, engines, client):
    page = english(client.get(f"{HISTORY}/close", headers={"Accept-Language": "en"}))
    assert kept(engines) == [(1, "current", 1000)]
    version = page.one("input", name="version").attributes["value"]
    post(client, f"{HISTORY}/close", 303, version=version, reason="transplanted")
    assert kept(engines) == [(1, "closed", 1000)]
    record = client.get("/patients/P1/file", headers={"Accept-Language": "en"}).get_data(as_text=True)
    assert "transplanted" in record
    assert "threshold 1,000 MFI" in record
    for act in ("sign", "close"):
        assert client.get(f"{HISTORY}/{act}").status_code == 409


# --- who may ---


@pytest.mark.parametrize(
    ("role", "statuses"),
    [
        ("searcher", (200, 200, 403, 200)),
        ("scientist", (200, 200, 200, 200)),
        ("laboratory", (200, 403, 403, 403)),
        ("coordinator", (403, 403, 403, 403)),
        ("reader", (403, 403, 403, 403)),
        ("administrator", (403, 403, 403, 403)),
    ],
)
def test_each_role_opens_what_it_may(app, in_force, role, statuses):
    client = log_in(app.test_client(), app, role)
    addresses = (HISTORY, FORM, f"{HISTORY}/sign", f"{HISTORY}/close")
    assert tuple(client.get(address).status_code for address in addresses) == statuses
    page = client.get(HISTORY, headers={"Accept-Language": "en"}).get_data(as_text=True)
    assert ("Sign</a>" in page) == (statuses[2] == 200)


def test_an_unknown_patient_has_no_pages(engines, client):
    for address in ("directive", "directives", "directives/sign", "directives/close"):
        assert client.get(f"/patients/nobody/{address}").status_code == 404
