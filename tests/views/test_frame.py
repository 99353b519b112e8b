"""The frame of every page, the search box and the help."""

import re

import pytest
from sqlmodel import select

from models.audit import AuditEvent
from models.donor import Donor, DonorIdentity, identity_indexes
from services.find import LONGEST_QUESTION
from tests.demo_site import NOW, Page
from tests.logins import log_in
from views.help_notes import NOTES_OF, SCREENS

SECTIONS = {
    "searcher": ["Home", "Patients", "Requests", "Donors", "Reservations"],
    "reader": ["Home"],
    "administrator": ["Home", "Accounts", "Jobs", "References", "Audit"],
}


@pytest.mark.parametrize("role", SECTIONS)
def test_a_person_is_led_only_where_they_may_go(visitor, browse, role):
    links = [one for one in browse("/", roles=(role,)).elements if one.tag == "a"]
    shown = [one.text for one in links if one.text in {name for names in SECTIONS.values() for name in names}]
    assert set(SECTIONS[role]) <= set(shown)
    client = visitor(role)
    for link in links:
        address = link.attributes["href"]
        if address.startswith("/") and not address.startswith("/static"):
            assert client.get(address).status_code == 200, address


@pytest.mark.parametrize(
    ("address", "section"),
    [
        ("/allocation", "Requests"),
        ("/reports/forecast", "Reports"),
        ("/patients/DEMO-P1/forecast", "Patients"),
        ("/patients/DEMO-P1/transfusions", "Patients"),
        ("/transfusions/import", "Patients"),
        ("/patients/DEMO-P1/autologous", "Autologous"),
    ],
)
def test_the_menu_says_under_which_entry_a_page_is_found(browse, address, section):
    links = browse(address, roles=("searcher",)).all("a", **{"aria-current": "true"})
    assert [one.text for one in links if "lang" not in one.attributes] == [section]


def test_who_is_logged_in_and_as_what_is_said(browse):
    who = browse("/", roles=("searcher",)).one("div", class_="who").text
    assert "Searcher" in who
    assert "search operator" in who
    assert "opérateur de recherche" in browse("/", roles=("searcher",), language="fr").one("div", class_="who").text


def test_whoever_finds_nothing_has_no_search_box(browse):
    assert browse("/", roles=("searcher",)).all("input", id="find")
    assert not browse("/", roles=("reader",)).all("input", id="find")


def test_nobody_gets_scripts_and_a_person_gets_the_token_htmx_sends(demo_site, browse):
    page = Page(demo_site.test_client().get("/login").get_data(as_text=True))
    assert not page.all("script")
    body = browse("/").one("body").attributes
    assert re.fullmatch(r'\{"X-CSRFToken": "[\w.-]+"\}', body["hx-headers:inherited"])


@pytest.mark.parametrize("question", ["DEMO-P1", "demo p1", " DEMO-P1 "])
def test_a_single_exact_hit_is_opened(visitor, question):
    answer = visitor("searcher").get("/search", query_string={"q": question})
    assert (answer.status_code, answer.location) == (303, "/patients/DEMO-P1")


def test_a_donor_number_opens_the_donor(visitor):
    assert visitor("coordinator").get("/search?q=demo-00007").location == "/donors/DEMO-00007"


def test_several_hits_are_listed_and_none_is_said(browse):
    assert len(browse("/search?q=DEMO", roles=("searcher",)).all("a", href="/patients/DEMO-P2")) == 1
    assert "Nothing found." in browse("/search?q=zzzzzz", roles=("searcher",)).html
    assert "box at the top" in browse("/search", roles=("searcher",)).html
    assert "Your roles open no patient" in browse("/search?q=DEMO-P1", roles=("reader",)).html


def test_a_question_is_shown_as_text(browse):
    page = browse("/search?q=<script>alert(1)</script>", roles=("searcher",))
    assert "<script>alert(1)" in page.one("h1").text


@pytest.mark.parametrize("question", ["x" * (LONGEST_QUESTION + 1), "é" * 5000])
def test_a_question_too_long_is_refused(browse, question):
    assert "at most" in browse(f"/search?q={question}", status=400, roles=("searcher",)).one("h1").text


@pytest.fixture
def named(app, engines):
    """A donor with an unmistakable name."""
    who = {"last_name": "Zyxfictif", "first_name": "Zoé"}
    with engines.write_session() as session:
        donor = Donor(donor_number="D-77", created_at=NOW, updated_at=NOW)
        session.add(donor)
        session.flush()
        indexes = identity_indexes(**who, birth_date=None, phone=None, email=None)
        session.add(DonorIdentity(donor_id=donor.id, **who, **indexes))


def looked_for(engines) -> list[AuditEvent]:
    with engines.read_session() as session:
        return list(session.exec(select(AuditEvent).where(AuditEvent.action == "name_searched")).all())


def test_a_name_finds_a_donor_for_those_who_may_know_and_is_audited(app, engines, named):
    answer = log_in(app.test_client(), app, "coordinator").get("/search?q=zoe+ZYXFICTIF")
    assert answer.location == "/donors/D-77"
    (event,) = looked_for(engines)
    assert (event.actor, event.details) == ("coordinator", {"found": ["D-77"]})


@pytest.mark.parametrize("role", ["searcher", "laboratory", "scientist", "reader", "administrator"])
def test_a_name_finds_nobody_for_the_others(app, engines, named, role):
    answer = log_in(app.test_client(), app, role).get("/search?q=Zyxfictif+Zoé")
    assert answer.status_code == 200
    assert "D-77" not in answer.get_data(as_text=True)
    assert looked_for(engines) == []


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("screen", SCREENS)
def test_each_screen_has_notes_in_both_languages(browse, screen, language):
    page = browse(f"/help/{screen}", roles=("reader",), language=language)
    assert len(page.one("article").text) > 300
    assert page.all("h2")
    assert f"help.{screen}" not in page.html


def test_the_two_languages_do_not_say_the_same_thing_twice(browse):
    for screen in SCREENS:
        texts = {browse(f"/help/{screen}", language=language).one("article").text for language in ("en", "fr")}
        assert len(texts) == 2


def test_the_keyboard_notes_list_every_key(browse):
    keys = [one.text for one in browse("/help/keyboard").all("kbd")]
    assert {"/", "?", "j", "k", "Enter", "r", "e", "[", "]"} <= set(keys)


def test_the_help_of_a_page_is_the_one_of_its_screen(browse):
    assert browse("/patients").all("a", href="/help/patients")
    assert browse("/").all("a", href="/help/start")
    assert set(NOTES_OF.values()) <= set(SCREENS)


def test_unknown_notes_are_no_page(browse):
    browse("/help/nothing", status=404)
    browse("/help/../../config", status=404)
