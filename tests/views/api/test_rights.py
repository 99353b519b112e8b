"""Who may call what: roles, bearer tokens, the logins of browsers; and nobody reads who a donor is without the right."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel import select

from models.account import Role
from models.donor import DonorIdentity
from services.accounts.permissions import Permission, permissions_of
from services.accounts.tokens import list_tokens, revoke_token
from services.explanations import get_donor
from tests.conftest import freeze
from tests.demo_site import NOW
from tests.logins import make_account
from views.access import ANYBODY, LOGGED_IN, need_of

DONOR = "DEMO-00001"
READS = (
    "/api/v1/patients", "/api/v1/patients/DEMO-P1", "/api/v1/patients/DEMO-P1/sweep", "/api/v1/searches",
    "/api/v1/patients/DEMO-P1/forecast",
    f"/api/v1/patients/DEMO-P1/donors/{DONOR}?threshold=1000", "/api/v1/donors?limit=200", f"/api/v1/donors/{DONOR}",
    f"/api/v1/donors/{DONOR}/identity", "/api/v1/me", "/api/v1/tokens", "/api/v1/patients/DEMO-P1/directive",
    "/api/v1/reservations?status=all", "/api/v1/patients?limit=1", f"/api/v1/imports/{UUID(int=7)}",
    "/api/v1/campaigns", f"/api/v1/campaigns/{UUID(int=7)}",
    "/api/v1/patients/DEMO-P1/transfusions", f"/api/v1/patients/DEMO-P1/transfusions/{UUID(int=7)}",
    "/api/v1/patients/DEMO-P1/treatments", "/api/v1/patients/DEMO-P1/crossmatches",
)  # fmt: skip
WRITES = (
    ("POST", "/api/v1/searches"), ("PUT", "/api/v1/patients/DEMO-P1/directive"),
    ("DELETE", "/api/v1/patients/DEMO-P1/directive"), ("DELETE", "/api/v1/tokens/999999999"), ("POST", "/api/v1/tokens"),
    ("POST", "/api/v1/reservations"), ("PATCH", f"/api/v1/reservations/{UUID(int=7)}"), ("POST", "/api/v1/imports"),
    ("POST", f"/api/v1/imports/{UUID(int=7)}/confirmations"), ("POST", "/api/v1/patients/DEMO-P1/transfusions"),
    ("POST", "/api/v1/patients/DEMO-P1/treatments"), ("POST", "/api/v1/patients/DEMO-P1/crossmatches"),
)  # fmt: skip


def need(site, method: str, address: str) -> str:
    endpoint, _ = site.url_map.bind("localhost").match(address.split("?")[0], method=method)
    return need_of(site, endpoint)


@pytest.mark.parametrize("role", list(Role))
def test_each_role_opens_what_it_may_and_nothing_else(site, caller, role):
    calling, may = caller(role), permissions_of([role])
    for method, address in (*(("GET", one) for one in READS), *WRITES):
        answer = calling.client.open(address, method=method, headers=calling.headers)
        calling.hold(method, address.split("?")[0], answer)
        needed = need(site, method, address)
        if needed in (LOGGED_IN, ANYBODY) or needed in may:
            by_token = answer.status_code == 403 and answer.json["code"] == "token_by_token"
            assert answer.status_code != 403 or by_token, (role, method, address)
        else:
            assert answer.status_code == 403, (role, method, address)


def test_every_address_of_the_api_but_its_description_needs_somebody(site, nobody):
    rules = [rule for rule in site.url_map.iter_rules() if rule.rule.startswith("/api/")]
    open_to_all = {rule.rule for rule in rules if need_of(site, rule.endpoint) == ANYBODY}
    assert open_to_all == {"/api/v1/openapi.json"}
    for method, address in (*(("GET", one) for one in READS), *WRITES):
        refused = nobody(method, address, status=401)
        assert refused.headers["WWW-Authenticate"].startswith("Bearer")
        assert "Set-Cookie" not in refused.headers


def test_a_token_for_reading_writes_nothing(caller):
    reading = caller("searcher", scope="read")
    reading("GET", "/api/v1/patients")
    for method, address in WRITES:
        reading(method, address, status=403)


def test_a_token_that_was_revoked_or_has_ended_opens_nothing(site, caller, engines):
    calling = caller("searcher")
    calling("GET", "/api/v1/me")
    freeze(site, NOW + timedelta(days=30))
    calling("GET", "/api/v1/me", status=401)
    freeze(site, NOW)
    account = make_account(engines, "searcher", now=NOW)
    with engines.write_session() as session:
        for row in list_tokens(session, account.id):
            revoke_token(session, account_id=account.id, token_id=row.id, actor="test", now=NOW)
    calling("GET", "/api/v1/me", status=401)


@pytest.mark.parametrize(
    "header", ["Bearer nothing", "Bearer", "Bearer \xff\xfe", "Basic YTpi", "Bearer " + "x" * 9_000]
)
def test_what_is_no_token_opens_nothing(nobody, header):
    nobody("GET", "/api/v1/me", status=401, headers={"Authorization": header})


def test_a_wrong_token_is_not_made_good_by_a_login_beside_it(browser):
    browser()("GET", "/api/v1/me", status=401, headers={"Authorization": "Bearer nothing"})


def test_a_token_makes_no_token_and_touches_nobody_elses(call, browser, caller):
    body = {"name": "nightly", "scope": "read", "days": 30}
    assert call("POST", "/api/v1/tokens", status=403, json=body).json["code"] == "token_by_token"
    made = browser("searcher")("POST", "/api/v1/tokens", status=201, json=body).json
    assert made["token"].startswith("phq_")
    shown = caller("searcher")("GET", "/api/v1/tokens").json
    assert made["id"] in [one["id"] for one in shown["items"]]
    assert made["token"] not in str(shown)
    assert made["id"] not in [one["id"] for one in caller("scientist")("GET", "/api/v1/tokens").json["items"]]
    caller("scientist")("DELETE", f"/api/v1/tokens/{made['id']}", status=404)


def test_a_browsers_login_writes_with_the_csrf_token_of_me_alone(site, browser, monkeypatch):
    monkeypatch.setitem(site.config, "WTF_CSRF_ENABLED", True)
    calling, body = browser("searcher"), {"patient": "DEMO-P1", "threshold": 1000, "limit": 1}
    assert calling("POST", "/api/v1/searches", status=400, json=body).json["code"] == "csrf_needed"
    given = calling("GET", "/api/v1/me").json["csrf_token"]
    calling("POST", "/api/v1/searches", status=201, json=body, headers={"X-CSRFToken": given})
    calling("POST", "/api/v1/searches", status=400, json=body, headers={"X-CSRFToken": given[:-1]})


def test_a_bearer_token_needs_no_csrf_token_and_is_given_none(site, caller, monkeypatch):
    monkeypatch.setitem(site.config, "WTF_CSRF_ENABLED", True)
    calling = caller("searcher")
    assert calling("GET", "/api/v1/me").json["csrf_token"] is None
    calling("POST", "/api/v1/searches", status=201, json={"patient": "DEMO-P1", "threshold": 1000, "limit": 1})


def test_whoever_must_choose_a_password_does_that_first(caller, engines):
    calling = caller("reader", "searcher")
    account = make_account(engines, "reader", "searcher", now=NOW)
    with engines.write_session() as session:
        session.merge(account).must_change_password = True
    assert calling("GET", "/api/v1/patients", status=403).json["code"] == "password_first"
    calling("GET", "/api/v1/me")


@pytest.fixture
def marked_donor(engines):
    """What is known of one donor, made unmistakable."""
    marks = {name: f"Zzyx{name}" for name in ("last_name", "first_name", "postcode", "phone", "email")}
    marks["birth_date"] = "1961-07-29"
    with engines.write_session() as session:
        identity = session.exec(
            select(DonorIdentity).where(DonorIdentity.donor_id == get_donor(session, DONOR).id)
        ).one()
        for name, mark in marks.items():
            setattr(identity, name, mark)
    return marks


@pytest.mark.parametrize("role", list(Role))
def test_who_a_donor_is_stands_in_no_answer_for_a_role_that_may_not_know(caller, marked_donor, role):
    calling = caller(role)
    answers = [calling.client.get(address, headers=calling.headers).get_data(as_text=True) for address in READS]
    body = {"patient": "DEMO-P1", "threshold": 5000, "limit": 1000}
    answers.append(calling.client.post("/api/v1/searches", json=body, headers=calling.headers).get_data(as_text=True))
    found = [mark for mark in marked_donor.values() if any(mark in text for text in answers)]
    knows = Permission.SEE_IDENTITY in permissions_of([role])
    assert sorted(found) == (sorted(marked_donor.values()) if knows else [])
