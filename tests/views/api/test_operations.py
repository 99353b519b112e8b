"""Every operation does what it says, and answers as the description promises."""

import uuid

import pytest
from sqlmodel import col, select

from domain.gl_string import read_gl_string
from domain.phenotype import parse_locus, phenotype_key
from models.audit import AuditEvent
from models.search import Search
from services.explanations import get_donor
from services.reference import core_reference

PATIENT = "/api/v1/patients/DEMO-P1"


def events(engines, action: str) -> list[AuditEvent]:
    with engines.read_session() as session:
        return list(session.exec(select(AuditEvent).where(AuditEvent.action == action).order_by(col(AuditEvent.id))))


@pytest.fixture
def first_donor(call):
    return call("GET", "/api/v1/donors?limit=1").json["items"][0]["donor_number"]


def test_every_described_operation_succeeds(call, browser, description, first_donor, more_operations):
    by_browser = browser()
    search = call("POST", "/api/v1/searches", status=201, json={"patient": "DEMO-P1", "threshold": 2000})
    call("PUT", f"{PATIENT}/directive", json={"threshold": 2000}, headers={"If-None-Match": "*"})
    held = call("GET", f"{PATIENT}/directive").headers["ETag"]
    call("DELETE", f"{PATIENT}/directive", status=204, headers={"If-Match": held})
    new = by_browser("POST", "/api/v1/tokens", status=201, json={"name": "t", "scope": "read", "days": 1}).json
    call("DELETE", f"/api/v1/tokens/{new['id']}", status=204)
    for address in (
        "/api/v1/me", "/api/v1/tokens", "/api/v1/patients", PATIENT, f"{PATIENT}/sweep", f"{PATIENT}/forecast",
        f"{PATIENT}/donors/{first_donor}?threshold=2000", "/api/v1/searches", search.headers["Location"],
        "/api/v1/donors", f"/api/v1/donors/{first_donor}", f"/api/v1/donors/{first_donor}/identity",
    ):  # fmt: skip
        call("GET", address)
    done = {
        "searches_create", "directives_put", "directives_show", "directives_close", "people_create", "people_revoke",
        "people_me", "people_index", "patients_index", "patients_show", "patients_sweep", "patients_explain",
        "forecast_show", "searches_index", "searches_show", "donors_index", "donors_show", "donors_identity", *more_operations,
    }  # fmt: skip
    described = {one["operationId"] for path in description["paths"].values() for one in path.values()}
    assert done == described


@pytest.fixture
def more_operations():
    """Those whose successes have tests of their own."""
    return (
        "reservations_index", "reservations_create", "reservations_show", "reservations_change",
        "imports_create", "imports_show", "imports_confirm",
        "campaigns_index", "campaigns_show", "antibodies_show",
        "transfusions_index", "transfusions_create", "transfusions_show",
        "treatments_index", "treatments_create", "crossmatches_index", "crossmatches_create",
    )  # fmt: skip


def test_a_donor_and_a_patient_come_with_a_gl_string_that_reads_back(call, engines):
    reference = core_reference()
    molecular = 0
    for entry in call("GET", "/api/v1/donors?limit=40").json["items"]:
        said = call("GET", f"/api/v1/donors/{entry['donor_number']}").json
        texts = read_gl_string(said["gl_string"] or "").positions
        with engines.read_session() as session:
            key = get_donor(session, entry["donor_number"]).phenotype_key
        if not said["gl_left_out"]:
            molecular += 1
            back = {
                locus: parse_locus(*texts.get(locus, ("", "")), locus=locus, reference=reference) for locus in "ABC"
            }
            assert phenotype_key(back) == key
        assert all(value in key for value in said["gl_left_out"])
    assert molecular > 5
    assert {"gl_string", "gl_left_out"} <= call("GET", PATIENT).json.keys()


def test_a_search_is_kept_audited_and_read_again_in_parts(call, engines):
    body = {"patient": "DEMO-P1", "threshold": 2000, "limit": 7, "region": "Bretagne", "policy": "antibody-first"}
    made = call("POST", "/api/v1/searches", status=201, json=body)
    found = made.json
    assert (found["threshold"], found["region"], found["policy"]) == (2000, "Bretagne", "antibody-first")
    assert made.headers["Location"] == f"/api/v1/searches/{found['search']}"
    with engines.read_session() as session:
        kept = session.get(Search, found["search"])
    assert kept.actor == "everything"
    assert events(engines, "search")[-1].details["search"] == found["search"]
    read, address = [], made.headers["Location"] + "?limit=3"
    while address:
        part = call("GET", address)
        read += [(donor["rank"], donor["donor_number"]) for donor in part.json["donors"]]
        address = part.headers["Link"].partition("<")[2].partition(">")[0] if part.json["next"] else None
    assert read == [(donor["rank"], donor["donor_number"]) for donor in found["donors"]]


def test_the_searches_of_one_patient_are_listed_latest_first_and_none_twice(call, freeze_site):
    made = []
    for minute, patient in ((1, "DEMO-P2"), (2, "DEMO-P3"), (2, "DEMO-P2"), (3, "DEMO-P2")):
        freeze_site(minute)
        body = {"patient": patient, "threshold": 1000, "limit": 1}
        made.append((patient, call("POST", "/api/v1/searches", status=201, json=body).json["search"]))
    read, after = [], ""
    while True:
        part = call("GET", f"/api/v1/searches?patient=DEMO-P2&limit=1{after}").json
        read += part["items"]
        if part["next"] is None:
            break
        after = f"&after={part['next']}"
    ids = [one["search"] for one in read]
    mine = [search for patient, search in made if patient == "DEMO-P2"]
    assert [one for one in ids if one in mine] == mine[::-1]
    assert len(ids) == len(set(ids))
    assert {one["patient"] for one in read} == {"DEMO-P2"}


@pytest.fixture
def freeze_site(site):
    from datetime import timedelta

    from tests.conftest import freeze
    from tests.demo_site import NOW

    yield lambda minutes: freeze(site, NOW + timedelta(minutes=minutes))
    freeze(site, NOW)


@pytest.mark.parametrize(("kind", "key"), [("donors", "donor_number"), ("patients", "number")])
def test_a_list_read_in_parts_is_the_list_in_order(call, kind, key):
    whole = [one[key] for one in call("GET", f"/api/v1/{kind}?limit=200").json["items"]]
    read, address = [], f"/api/v1/{kind}?limit=3"
    while address and len(read) < 12:
        part = call("GET", address)
        read += [one[key] for one in part.json["items"]]
        address = part.headers["Link"].partition("<")[2].partition(">")[0] if part.json["next"] else None
    assert read == whole[: len(read)]
    assert whole == sorted(whole)


def test_donors_are_listed_by_region(call):
    items = call("GET", "/api/v1/donors?region=Bretagne&limit=5").json["items"]
    assert {one["region"] for one in items} == {"Bretagne"}


def test_a_directive_is_written_over_the_version_it_names_and_no_other(call):
    address = "/api/v1/patients/DEMO-P3/directive"
    call("PUT", address, status=428, json={"threshold": 1500})
    if call.client.get(address, headers=call.headers).status_code == 200:
        held = call("GET", address).headers["ETag"]
        call("DELETE", address, status=204, headers={"If-Match": held})
    assert call("PUT", address, status=412, json={"threshold": 1500}, headers={"If-Match": '"v1"'}).json["code"]
    first = call("PUT", address, json={"threshold": 1500}, headers={"If-None-Match": "*"})
    call("PUT", address, status=412, json={"threshold": 1600}, headers={"If-None-Match": "*"})
    body = {
        "threshold": 1600,
        "add": ["A32"],
        "add_reasons": {"A32": "found elsewhere"},
        "remove": [{"specificity": "B44", "reason": "denatured bead"}],
        "valid_until": "2027-01-31",
    }
    second = call("PUT", address, json=body, headers={"If-Match": first.headers["ETag"]})
    assert second.json | body == second.json
    call("PUT", address, status=412, json=body, headers={"If-Match": first.headers["ETag"]})
    call("PUT", address, status=412, json=body, headers={"If-Match": "W/" + second.headers["ETag"]})
    call("DELETE", address, status=428)
    call("DELETE", address, status=412, headers={"If-Match": first.headers["ETag"]})
    assert call("GET", address).json["threshold"] == 1600
    call("DELETE", address, status=204, headers={"If-Match": second.headers["ETag"]})
    call("GET", address, status=404)
    call("DELETE", address, status=404, headers={"If-Match": second.headers["ETag"]})


def test_a_directive_refused_by_a_rule_is_a_conflict_and_one_unreadable_is_not(call):
    address, first = "/api/v1/patients/DEMO-P2/directive", {"If-None-Match": "*"}
    held = call.client.get(address, headers=call.headers).headers.get("ETag")
    named = {"If-Match": held} if held else first
    refused = call("PUT", address, status=409, json={"threshold": 1000, "add": ["A*23:01"]}, headers=named).json
    assert refused["code"] == "added_own_antigen"
    unreadable = call("PUT", address, status=422, json={"threshold": 1000, "add": ["Z99"]}, headers=named).json
    assert unreadable["errors"][0]["message"]


def test_reading_an_identity_is_audited_and_reading_a_donor_is_not(call, engines, first_donor):
    before = len(events(engines, "donor_identity_shown"))
    call("GET", f"/api/v1/donors/{first_donor}")
    assert len(events(engines, "donor_identity_shown")) == before
    said = call("GET", f"/api/v1/donors/{first_donor}/identity").json
    assert said["last_name"]
    seen = events(engines, "donor_identity_shown")
    assert (len(seen), seen[-1].subject_key) == (before + 1, first_donor)
    assert said["last_name"] not in str(seen[-1].details)


def test_an_unknown_search_is_not_found(call):
    assert call("GET", f"/api/v1/searches/{uuid.uuid4()}", status=404).json["code"] == "unknown_search"
