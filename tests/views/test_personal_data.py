"""Personal data stands in no page, file, answer, header or log line for a role that may not see it.

A registry of unmistakable people is put on record; somebody of each role, and nobody, opens every address that
there is and follows every link, and every answer is searched for every text by which a person could be known.
"""

import logging
import re
from urllib.parse import quote, unquote_plus

import pytest
from sqlmodel import select

from models.reservation import Reservation
from services.accounts.permissions import Permission, permissions_of
from tests.conftest import TODAY, close
from tests.demo_site import take_keys
from tests.logins import EVERY_ROLE, log_in
from tests.personal_data.known_by import (
    CONFIRMED,
    IN_FILES,
    MISPLACED,
    NUMBER,
    OF_IDENTITY,
    PERSON,
    RESERVED,
    person_of,
)
from tests.personal_data.reading import read, secrets_in
from tests.personal_data.registry import make_world
from tests.personal_data.walk import QUERIES, Story, Visitor, addresses, last_row, overheard, trail_after, walk


@pytest.fixture(scope="module")
def made_world(tmp_path_factory, migrated_sqlite):
    app = make_world(tmp_path_factory.mktemp("personal"), migrated_sqlite)
    yield app
    close(app)


@pytest.fixture
def world(made_world):
    """The application on these people, made once."""
    take_keys(made_world)
    return made_world


@pytest.fixture(scope="module")
def told():
    return {}


@pytest.fixture
def story(world, told):
    """What somebody was told: `story("searcher")`; each is asked for once."""

    def tell(who: str, *, thorough: bool = False) -> Story:
        roles = {"nobody": (), "everybody": EVERY_ROLE}.get(who, (who,))
        if (who, thorough) not in told:
            with overheard() as lines:
                logging.getLogger("test").debug("the walk of %s begins", who)
                visits = walk(world, *roles, thorough=thorough)
            told[who, thorough] = Story(who, permissions_of(roles), visits, lines)
        return told[who, thorough]

    return tell


# --- who may read what ------------------------------------------------------------------------------------------------

BY_DEFAULT = ("nobody", "searcher", "coordinator")  # who sees patients, and who sees donors


def _each(names):
    """Each of them, the walk of those beyond the default among the long tests."""
    return [who if who in BY_DEFAULT else pytest.param(who, marks=pytest.mark.slow) for who in names]


ASKING = _each(("nobody", *EVERY_ROLE, "everybody"))
DEPTHS = [False, pytest.param(True, marks=pytest.mark.slow)]
WITHOUT_IDENTITY = [role for role in EVERY_ROLE if Permission.SEE_IDENTITY not in permissions_of([role])]
OF_CARE = {"patient's number", "patient's request", "patient's diagnosis", "deferral's reason", "patient's file"}
READ_BY = {
    "nobody": set(),
    "searcher": OF_CARE - {"patient's file"} | {"patient's reservation's note"},
    "coordinator": OF_IDENTITY
    | {
        "call's note",
        "invitation's note",
        "deferral's reason",
        "rare donor's care",
        "relative's name",
        "judgement of a pair",
    }
    | MISPLACED.keys(),
    "laboratory": OF_CARE | {"patient's raw text"},
    "scientist": OF_CARE - {"patient's file"} | {"patient's reservation's note"},
    "reader": set(),
    "administrator": {"patient's number", "colleague's address"},
}
DONOR_PAGES = {"donors.show?identity=show", "donors.identity", "donors.download", "api.donors.identity"}
PAIR_PAGES = {"duplicates.show", "duplicates.merge", "duplicates.carry_out"}
CALL_LIST = {"reservations.calls", "reservations.call", "campaigns.calls", "campaigns.outcome", "campaigns.deed"}
FILE_PAGES = {"imports.show", "imports.refused", "api.imports.show"}
LOOKS = {"donor_identity_shown", "donor_identities_seen", "donor_exported"}
CSRF_TOKEN = re.compile(r"[\w-]{40,}\.[\w-]+\.[\w-]+")  # its seconds go on from one answer to the next
LOOKS_INTO_FILES = {"identity_in_issues_seen", "refused_rows_downloaded"}


@pytest.mark.parametrize("thorough", DEPTHS)
@pytest.mark.parametrize("who", ASKING)
def test_no_answer_holds_what_a_role_may_not_see(story, who, thorough):
    assert story(who, thorough=thorough).leaks() == []


@pytest.mark.parametrize("who", _each(READ_BY))
def test_each_role_does_read_what_it_works_with(story, who):
    tale = story(who)
    found = {one.what for visit in tale.visits for one in visit.found if one.readable(tale.permissions)}
    assert found == READ_BY[who]


def test_who_a_donor_is_stands_where_it_is_asked_for_and_nowhere_else(story):
    places = {kind: {visit.place for visit in story("coordinator").visits if visit.of(kind)} for kind in OF_IDENTITY}
    assert places == {
        **dict.fromkeys(PERSON, DONOR_PAGES | PAIR_PAGES),
        **dict.fromkeys(("last_name", "first_name", "phone"), DONOR_PAGES | PAIR_PAGES | CALL_LIST),
        **dict.fromkeys(IN_FILES, FILE_PAGES),
    }


@pytest.mark.parametrize("thorough", DEPTHS)
def test_each_look_at_an_identity_is_a_row_of_the_trail(story, thorough):
    for visit in story("coordinator", thorough=thorough).visits:
        looks = [row.told for row in visit.trail if row.action in LOOKS]
        unwritten = {one.donor for one in visit.of(*PERSON) if not any(one.donor in told for told in looks)}
        assert unwritten == set(), f"{visit.address}: no row says that {unwritten} were looked at"
        assert not visit.of(*IN_FILES, *MISPLACED) or {row.action for row in visit.trail} & LOOKS_INTO_FILES, (
            visit.address
        )


@pytest.mark.parametrize("thorough", DEPTHS)
def test_each_look_at_what_relatives_call_each_other_is_a_row_of_the_trail(story, thorough):
    looks = [visit for visit in story("coordinator", thorough=thorough).visits if visit.of("relative's name")]
    assert {visit.place for visit in looks} == {"families.show", "families.edit"}
    for visit in looks:
        assert "family_names_seen" in {row.action for row in visit.trail}, visit.address


@pytest.mark.parametrize("who", ASKING)
def test_no_line_of_the_log_names_anybody(story, who):
    lines = story(who).lines
    assert f"the walk of {who} begins" in lines[0]
    assert [line for line in lines if secrets_in(line)] == []


@pytest.mark.parametrize("role", WITHOUT_IDENTITY)
def test_asking_for_somebody_confirms_nothing(world, role):
    person, nobody = person_of(RESERVED), {name: text[::-1] for name, text in person_of(RESERVED).items()}
    client, last = log_in(world.test_client(), world, role), last_row(world)
    for names in (("last_name", "first_name"), ("first_name", "last_name"), *((name,) for name in person)):
        asked, other = (" ".join(one[name] for name in names) for one in (person, nobody))
        for address in ("/search?q=", "/donors?number=", "/reservations?status=all&number=", "/patients?q="):
            answers = [client.get(address + quote(text)) for text in (asked, other)]
            pages = [CSRF_TOKEN.sub("", one.get_data(as_text=True)) for one in answers]
            heads = [f"{one.status} {one.location} " for one in answers]
            said = [unquote_plus(head + page) for head, page in zip(heads, pages, strict=True)]
            same = said[0].replace(asked, other) == said[1]
            assert same, f"{address}{asked} is answered to {role} as {address}{other} is not"
    assert [row.action for row in trail_after(world, last) if row.action == "name_searched"] == []


def test_a_coordinator_does_find_somebody_and_the_trail_says_so(world):
    person, last = person_of(RESERVED), last_row(world)
    client = log_in(world.test_client(), world, "coordinator")
    answer = client.get("/search", query_string={"q": f"{person['first_name']} {person['last_name']}"})
    assert answer.location == f"/donors/{RESERVED}"
    [row] = [row for row in trail_after(world, last) if row.action == "name_searched"]
    assert RESERVED in row.told
    assert secrets_in(row.told) == ()


# --- donors and patients apart ----------------------------------------------------------------------------------------


def test_no_list_or_file_of_donors_tells_of_a_patient_to_anybody(world):
    """Not even to somebody of every role: it is printed, and lies about."""
    everybody = Visitor(world, log_in(world.test_client(), world))
    for address in ("/reservations/calls", f"/reservations/calls?on={TODAY}"):
        everybody.get(address)
    for form in ("json", "html"):
        everybody.ask("POST", f"/donors/{RESERVED}/export", data={"form": form})
    with world.extensions["phenotheque"].engines.read_session() as session:
        code = session.exec(select(Reservation.code)).first()
    everybody.ask("POST", f"/reservations/{code}/calls", data={"outcome": "lost", "version": "1"})
    for visit in everybody.visits:
        assert {"last_name", "phone", "call's note"} <= {one.what for one in visit.found}, visit.address
        assert [one.text for one in visit.found if one.what.startswith("patient")] == [], visit.address


def test_no_page_or_file_of_a_patient_tells_who_a_donor_is_to_anybody(world):
    everybody = Visitor(world, log_in(world.test_client(), world))
    for endpoint, address in addresses(world, "GET", thorough=False):
        if NUMBER in address:
            for query in ("", *QUERIES.get(endpoint, ())):
                everybody.get(f"{address}?{query}")
    told = {f"{visit.address}: {one.text}" for visit in everybody.visits for one in visit.of(*PERSON, "call's note")}
    assert told == set()


# --- the search for secrets itself ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["csv", "xlsx", "pdf"])
def test_files_are_read(world, kind):
    client = log_in(world.test_client(), world, "searcher")
    text = read(client.get(f"/patients/{NUMBER}/export/list.{kind}?threshold=5000"), world)
    headers = len(text.split("Content-Disposition")[-1])
    assert all(one in text[:-headers] for one in (NUMBER, RESERVED, CONFIRMED))


def test_packed_pages_are_read(world):
    client = log_in(world.test_client(), world, "searcher")
    answer = client.get(f"/patients/{NUMBER}", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "Quoxdiagnosis" in read(answer, world)


@pytest.mark.parametrize(
    "text",
    ["QUOXLASTAB", "Quox<mark>last</mark>a<mark>b</mark>", "&#81;uoxlastab", "%51uoxlastab", "quox.ab%40nowhere.example", "06\u00a099\u202f00 41\n01",
     "tel:0699004101", "+33699004101", "11 mars 1970", "11/03/1970"],
)  # fmt: skip
def test_a_secret_is_found_however_it_is_written(text):
    assert {one.donor for one in secrets_in(f"<p>{text}</p>")} == {RESERVED}
