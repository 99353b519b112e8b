"""Who may ask, and what the browser is allowed to do with a page."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
ADDRESSES = ["/", "/patients/DEMO-P1?threshold=2000", "/patients/DEMO-P2/donors/DEMO-00007", "/nowhere"]


@pytest.mark.parametrize("address", [*ADDRESSES, "/static/phenotheque.css"])
def test_every_answer_carries_the_policy(demo_site, address):
    with demo_site.test_client().get(address) as answer:
        headers = answer.headers
    assert headers["Content-Security-Policy"] == POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_cache_keeps_a_page(demo_site, address):
    assert demo_site.test_client().get(address).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_page_needs_what_the_policy_forbids(demo_site, browse, address):
    page = browse(address, status=404 if address == "/nowhere" else 200)
    for element in page.elements:
        assert element.tag != "style"
        assert "style" not in element.attributes, element.attributes
        assert not [name for name in element.attributes if name.startswith("on")], element.attributes
        if element.tag == "script":
            assert element.attributes.get("type") == "application/json" or "src" in element.attributes
        for name in ("src", "href", "action"):
            assert not element.attributes.get(name, "").startswith(("http:", "https:", "//", "javascript:"))


def test_a_host_name_that_is_not_ours_is_refused(client):
    answer = client.get("/", headers={"Host": "attacker.example", "Accept-Language": "en"})
    assert answer.status_code == 400
    assert "cannot be understood" in answer.get_data(as_text=True)


def test_a_page_writes_nothing(demo_site, browse):
    """A GET changes nothing: the reading engine would refuse, and the registry keeps its version."""
    from sqlmodel import func, select

    from models.audit import AuditEvent

    def events():
        with demo_site.extensions["phenotheque"].engines.read_session() as session:
            return session.exec(select(func.count()).select_from(AuditEvent)).one()

    before = events()
    browse("/patients/DEMO-P4?threshold=2000")
    browse("/patients/DEMO-P4/donors/DEMO-00007?threshold=2000")
    assert events() == before
