"""In which language a page answers, and French as it is written."""

import re

import pytest


def language_of(answer) -> str:
    return re.search(r'<html lang="(\w+)">', answer.get_data(as_text=True))[1]


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("fr-FR,fr;q=0.9,en;q=0.5", "fr"), ("en-GB,en", "en"), ("de,en;q=0.4", "en"), ("de", "en"), ("", "en")],
)
def test_the_browser_chooses_and_the_setting_decides_the_rest(client, accepted, language):
    # the setting of the tests is English
    assert language_of(client.get("/", headers={"Accept-Language": accepted})) == language


def test_a_language_asked_for_is_remembered(client):
    headers = {"Accept-Language": "fr"}
    first = client.get("/?lang=en", headers=headers)
    [cookie] = [one for one in first.headers.getlist("Set-Cookie") if one.startswith("lang=")]
    assert language_of(first) == "en"
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert language_of(client.get("/", headers=headers)) == "en"
    assert language_of(client.get("/?lang=fr", headers=headers)) == "fr"
    assert language_of(client.get("/", headers={"Accept-Language": "en"})) == "fr"


def test_a_language_the_site_does_not_have_changes_nothing(client):
    answer = client.get("/?lang=xx", headers={"Accept-Language": "fr"})
    assert language_of(answer) == "fr"
    assert not [cookie for cookie in answer.headers.getlist("Set-Cookie") if cookie.startswith("lang=")]


def test_the_link_to_the_other_language_keeps_the_address(browse):
    page = browse("/patients/DEMO-P4?threshold=1500&region=Corse")
    link = page.one("a", hreflang="fr").attributes["href"]
    assert link == "/patients/DEMO-P4?threshold=1500&region=Corse&lang=fr"


def test_the_link_to_the_other_language_leads_nowhere_else(browse):
    page = browse("/?_scheme=javascript&_external=1&_anchor=x&endpoint=y&filename=z")
    assert page.one("a", hreflang="fr").attributes["href"].startswith("/?")


def test_french_numbers_dates_and_spaces(browse):
    page = browse("/patients/DEMO-P1?threshold=2000&on=2026-11-22", language="fr")
    assert "2\u202f568" in page.html
    assert "22/11/2026" in page.html
    assert "Pourquoi pas ce donneur\u202f?" in page.html
    assert "threshold" not in page.one("main", id="main").text


@pytest.mark.parametrize(
    "address",
    ["/", "/patients/DEMO-P1?threshold=2000", "/patients/DEMO-P2", "/patients/DEMO-P2/donors/DEMO-00007"],
)
def test_no_ordinary_space_where_french_wants_another(browse, address):
    strings = browse(address, language="fr").strings
    assert not [text for text in strings if re.search(r"\w [;!?%](?!\w)|\d \d{3}(?!\d)|\w :", text)]


def test_a_page_read_first_in_one_language_speaks_the_other_too(visitor):
    """A sentence that a template names outright must not be kept from the first reader's language."""
    client = visitor()
    for _ in range(2):
        for language, word in (("en", "cross-reactive (same CREG)"), ("fr", "même CREG")):
            answer = client.get("/patients/DEMO-P4?threshold=2000", headers={"Accept-Language": language})
            legend = answer.get_data(as_text=True).split('class="legend"')[-1]
            assert word in legend


def test_english_numbers_and_dates(browse):
    page = browse("/patients/DEMO-P1?threshold=2000&on=2026-11-22")
    assert "2,568" in page.html
    assert "22 Nov 2026" in page.html


def test_a_language_asked_for_before_logging_in_is_kept_for_the_login_page(demo_site):
    nobody = demo_site.test_client()
    answer = nobody.get("/patients?lang=en", headers={"Accept-Language": "fr"})
    assert answer.status_code == 303
    page = nobody.get(answer.headers["Location"], headers={"Accept-Language": "fr"})
    assert '<html lang="en">' in page.get_data(as_text=True)
