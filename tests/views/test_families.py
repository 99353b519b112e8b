"""The pages of families: what is drawn, who is told what, and what comes of each form."""

import re

import pytest
from sqlmodel import select

from models.audit import AuditEvent
from models.campaign import Campaign, Invitation, Purpose
from models.family import Family, FamilyMember
from tests.conftest import NOW, TODAY
from tests.demo_site import Page
from tests.logins import log_in
from tests.services.families.conftest import DONORS
from tests.small_registry import put_donors, put_patient

NAME = "Quoxtante"


@pytest.fixture
def site(app):
    """The application on a few donors, a patient and a running campaign; tests may write."""
    row = {"created_at": NOW, "created_by": "coo", "status": "running", "target": {"kind": "cd36_negative"}}
    with app.extensions["phenotheque"].engines.write_session() as session:
        put_donors(session, DONORS)
        put_patient(session, "PAT-1", "A*01 A*03 B*08 B*35")
        session.add(Campaign(code="c-1", name="Looking", purpose=Purpose.STOCK, **row))
    return app


@pytest.fixture
def visitor(site):
    return lambda *roles: log_in(site.test_client(), site, *roles)


def read(client, address, status=200) -> Page:
    answer = client.get(address, headers={"Accept-Language": "en"})
    assert answer.status_code == status, answer.get_data(as_text=True)
    return Page(answer.get_data(as_text=True))


def send(client, address, expected=303, /, **data):
    """Send a form with the version that its page holds."""
    versions = read(client, address).all("input", name="version")
    version = versions[0].attributes["value"] if versions else ""
    answer = client.post(address, data={"version": version, **data}, headers={"Accept-Language": "en"})
    assert answer.status_code == expected, answer.get_data(as_text=True)
    return answer


@pytest.fixture
def family(site, visitor):
    """The address of a family: a CD36-negative donor with a brother who is a donor, and a sister."""
    client = visitor("coordinator")
    made = send(client, "/families/new", donor="RARE", phenotype="CD36", prevalence="4 %", source="deck")
    address = made.headers["Location"]
    first = member_of(site, first=True)
    for sex in "MF":
        send(client, f"{address}/members/{first}/relatives/new", kin="sibling", sex=sex)
    send(client, f"{address}/members/{brother_of(site)}/donor", donor="BROTHER")
    send(client, f"{address}/members/{first}", alias=NAME, sex="F", birth_year="1971", status="untested")
    return address


def member_of(site, **known):
    with site.extensions["phenotheque"].engines.read_session() as session:
        query = select(FamilyMember).filter_by(**known).order_by(FamilyMember.id)
        return session.exec(query).first().code


def brother_of(site):
    with site.extensions["phenotheque"].engines.read_session() as session:
        query = select(FamilyMember).where(FamilyMember.sex == "M", FamilyMember.mother_id.is_not(None))
        return session.exec(query).first().code


def test_the_family_is_drawn_told_and_listed_alike(family, visitor):
    page = read(visitor("coordinator"), family)
    svg = page.one("svg", id="pedigree")
    said = " ".join(element.text for element in page.rows("outline"))
    for words in ("RARE", "BROTHER", "36%", "has the phenotype"):
        assert words in svg.text, words
        assert words in said, words
    assert "each parent carries it at least, as II-1 has it" in said
    assert "2 untested brothers and sisters: chance of at least one" in page.html
    assert "style=" not in svg.attributes
    index = read(visitor("coordinator"), "/families?donor=RARE")
    assert [row.text for row in index.all("th", scope="row")] == ["RARE"]
    assert "No family drawn yet" in read(visitor("coordinator"), "/families?donor=SISTER").html


def test_names_are_shown_on_request_to_coordinators_and_the_trail_says_so(family, visitor, site):
    assert NAME not in read(visitor("coordinator"), family).html
    assert NAME in read(visitor("coordinator"), f"{family}?names=show").html
    assert NAME not in read(visitor("scientist"), family).html
    read(visitor("scientist"), f"{family}?names=show", status=403)
    with site.extensions["phenotheque"].engines.read_session() as session:
        looks = session.exec(select(AuditEvent).where(AuditEvent.action == "family_names_seen")).all()
    assert [one.actor for one in looks][-1] == "coordinator"


@pytest.mark.parametrize("role", ["searcher", "laboratory", "reader", "administrator"])
def test_others_see_no_family(family, visitor, role):
    for address in ("/families", family, f"{family}/prevalence"):
        read(visitor(role), address, status=403)


def test_a_scientist_draws_and_never_sees_or_blanks_who_relatives_are(family, visitor, site):
    scientist, first = visitor("scientist"), member_of(site, first=True)
    send(
        visitor("coordinator"),
        f"{family}/members/{first}",
        alias=NAME,
        sex="F",
        birth_year="1971",
        status="shows",
        status_source="report 7",
    )
    page = read(scientist, f"{family}/members/{first}")
    assert [one for one in (NAME, "1971", "report 7", 'name="alias"', 'name="birth_year"') if one in page.html] == []
    send(
        scientist,
        f"{family}/members/{first}",
        alias="another",
        birth_year="1950",
        sex="F",
        deceased="y",
        status="shows",
    )
    with site.extensions["phenotheque"].engines.read_session() as session:
        row = session.exec(select(FamilyMember).filter_by(first=True)).one()
    assert (row.alias, row.birth_year, row.status_source, row.deceased) == (NAME, "1971", "report 7", True)
    asked = {"sex": "F", "status": "carrier"}  # another status needs its own source
    refused = scientist.post(
        f"{family}/members/{first}", data={**asked, "version": version_on(scientist, f"{family}/members/{first}")}
    )
    assert refused.status_code == 422
    read(scientist, f"{family}/members/{first}/consent", status=403)
    assert "/consent" not in read(scientist, family).html


def version_on(client, address):
    return read(client, address).all("input", name="version")[0].attributes["value"]


def test_the_patient_of_a_family_has_no_number_for_a_coordinator(site, visitor):
    everybody = visitor()
    made = send(everybody, "/families/new", patient="PAT-1", phenotype="HLA")
    assert "PAT-1" in read(everybody, made.headers["Location"]).html
    told = read(visitor("coordinator"), made.headers["Location"])
    assert "PAT-1" not in told.html
    assert "a patient" in told.html


def test_the_letter_says_what_is_looked_for_only_with_consent(family, visitor, site):
    client, first = visitor("coordinator"), member_of(site, first=True)
    letter = f"{family}/members/{first}/letter"
    before = read(client, letter).one("article").text
    send(client, f"{family}/members/{first}/consent", agreed="yes", on=TODAY.isoformat())
    after = read(client, letter).one("article").text
    assert "CD36" not in before
    assert "brothers and sisters" not in before
    assert "CD36-negative" in after
    for text in (before, after):
        assert not re.search(f"RARE|BROTHER|{NAME}", text)
    nobody = member_of(site, donor_id=None)
    read(client, f"{family}/members/{nobody}/letter", status=404)


def test_a_refused_form_comes_back_with_what_was_typed(family, visitor, site):
    client, first = visitor("coordinator"), member_of(site, first=True)
    wrong = send(client, f"{family}/members/{first}", 422, alias="A", birth_year="soon", status="shows")
    page = Page(wrong.get_data(as_text=True))
    assert page.one("input", name="birth_year").attributes["value"] == "soon"
    assert "“soon” is no year of birth." in page.html
    assert "Say how this is known" in page.html
    taken = send(client, f"{family}/members/{first}/relatives/new", 409, kin="mother", sex="")
    assert "drawn already" in taken.get_data(as_text=True)
    agreed = send(client, f"{family}/members/{first}/consent", 422, agreed="", on=TODAY.isoformat())
    assert "Say whether the person agrees." in agreed.get_data(as_text=True)
    new = send(client, "/families/new", 422, donor="RARE", phenotype="CD36", prevalence="120 %", source="x")
    assert "a share lies above 0" in new.get_data(as_text=True)


def test_two_who_change_one_family_are_told(family, visitor, site):
    client, first = visitor("coordinator"), member_of(site, first=True)
    stale = read(client, f"{family}/prevalence").one("input", name="version").attributes["value"]
    send(client, f"{family}/members/{first}/relatives/new", kin="child", sex="F")
    late = client.post(f"{family}/prevalence", data={"version": stale, "prevalence": "7 %", "source": "deck"})
    assert late.status_code == 409
    with site.extensions["phenotheque"].engines.read_session() as session:
        assert session.exec(select(Family)).one().prevalence == 0.04


def test_the_brothers_and_sisters_are_invited_from_the_page(family, visitor, site):
    client = visitor("coordinator")
    page = read(client, family)
    chosen = [box.attributes["value"] for box in page.all("input", type="checkbox", name="member")]
    version = page.one("input", name="version").attributes["value"]
    assert chosen == [brother_of(site)]
    data = {"version": version, "campaign": "c-1", "member": chosen}
    assert client.post(f"{family}/invite", data={**data, "member": []}).status_code == 409
    assert client.post(f"{family}/invite", data=data).status_code == 303
    again = client.post(f"{family}/invite", data={**data, "version": str(int(version) + 1)})
    assert again.status_code == 409
    with site.extensions["phenotheque"].engines.read_session() as session:
        assert len(session.exec(select(Invitation)).all()) == 1
    assert visitor("scientist").post(f"{family}/invite", data=data).status_code == 403


def test_taking_out_and_unlinking(family, visitor, site):
    client, brother = visitor("coordinator"), brother_of(site)
    send(client, f"{family}/members/{brother}/unlink")
    send(client, f"{family}/members/{brother}/removal")
    read(client, f"{family}/members/{brother}", status=404)
    read(client, "/families/nothing", status=404)
