"""Numbers that no row, version or page has: too large for a database, or no numbers at all. Never a failure."""

import pytest
from sqlmodel import func, select

from models.account import Site
from tests.logins import log_in

JUNK = ["9223372036854775807", "9223372036854775808", str(2**64), "9" * 5000, "-1", "1.5", "abc", "٣", "²", "%00", "1e3"]
ROWS = [
    ("GET", "/admin/sites/{}"),
    ("POST", "/account/sessions/{}/end"),
    ("POST", "/account/tokens/{}/revoke"),
    ("GET", "/patients/DEMO-P1/antibodies/{}/withdraw"),
    ("POST", "/patients/DEMO-P1/antibodies/{}/withdraw"),
    ("DELETE", "/api/v1/tokens/{}"),
]
LISTS = ["/patients", "/donors", "/reservations", "/imports", "/admin/jobs", "/admin/audit", "/patients/DEMO-P1"]
# Forms that carry the version or the row they were opened on, with the other fields they need.
FORMS = [
    ("/admin/sites", "site_id", {"code": "X", "name": "X"}),
    ("/admin/sites", "version", {"site_id": "1", "code": "X", "name": "X"}),
    ("/admin/accounts/{login}", "version", {"display_name": "X", "roles": "reader", "active": "y"}),
    ("/admin/accounts/{login}", "site_id", {"display_name": "X", "roles": "reader", "active": "y"}),
    ("/patients/DEMO-P1/edit", "version", {"reason": "x"}),
    ("/patients/DEMO-P1/directives/sign", "version", {"password": "x"}),
    ("/patients/DEMO-P1/directives/close", "version", {}),
    ("/patients/DEMO-P1/directive", "version", {"threshold": "2000"}),
    ("/donors/DEMO-00007/edit", "version", {"reason": "x"}),
]


@pytest.fixture
def everything(visitor):
    return visitor()


@pytest.mark.parametrize("number", JUNK)
@pytest.mark.parametrize(("method", "address"), ROWS)
def test_a_row_of_no_such_number_is_not_found(everything, method, address, number):
    assert everything.open(address.format(number), method=method).status_code == 404


@pytest.mark.parametrize("number", [*JUNK, "0", "0000000019999999999999999999", ""])
@pytest.mark.parametrize("address", LISTS)
def test_a_page_of_no_such_number_is_refused(everything, address, number):
    answer = everything.get(address, query_string={"page": number})
    assert answer.status_code == 400 or (number == "" and answer.status_code == 200)


@pytest.mark.parametrize("number", JUNK)
@pytest.mark.parametrize(("address", "field", "more"), FORMS)
def test_a_form_of_no_such_number_is_refused(everything, address, field, more, number):
    answer = everything.post(address.format(login="administrator"), data={**more, field: number})
    assert 400 <= answer.status_code < 500


@pytest.mark.parametrize("number", [*JUNK, "77"])
def test_a_site_of_no_such_number_is_not_made(app, engines, number):
    client = log_in(app.test_client(), app, "administrator")
    asked = {"site_id": number, "code": "X", "name": "X", "active": "y"}
    assert client.post("/admin/sites", data=asked).status_code == 404
    with engines.read_session() as session:
        assert session.exec(select(func.count()).select_from(Site)).one() == 0
