"""The pages of donors: the list, the file, every change, and what a role may not see."""

import re

import pytest
from sqlmodel import select

from models.audit import AuditEvent
from models.donor import Deferral, Donation, Donor, DonorIdentity, DonorTyping
from tests.demo_site import Page
from tests.logins import log_in
from tests.small_registry import IDENTITY, PERSONAL, put_small_registry

WITHOUT_IDENTITY = ("searcher", "laboratory", "scientist")


@pytest.fixture
def registry(engines):
    with engines.write_session() as session:
        put_small_registry(session)
    return engines


@pytest.fixture
def as_role(app, registry):
    """A browser logged in with these roles, in English."""

    def browser(*roles: str):
        client = log_in(app.test_client(), app, *roles)
        client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
        return client

    return browser


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", answer.get_data(as_text=True))


def version(registry, number="PT0001") -> int:
    with registry.read_session() as session:
        return session.exec(select(Donor.version_id).where(Donor.donor_number == number)).one()


def donor(registry, number="PT0001") -> Donor:
    with registry.read_session() as session:
        return session.exec(select(Donor).where(Donor.donor_number == number)).one()


def events(registry, number="PT0001") -> list[AuditEvent]:
    with registry.read_session() as session:
        return list(session.exec(select(AuditEvent).where(AuditEvent.subject_key == number).order_by(AuditEvent.id)))


def post(client, registry, address, number="PT0001", **fields):
    return client.post(f"/donors/{number}/{address}", data={"version": version(registry, number), **fields})


# --- the list ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", 14),
        ("number=PT000", 9),
        ("number=PT0012", 1),
        ("number=%25", 0),
        ("region=Corse", 6),
        ("region=–", 2),
        ("abo=O", 1),
        ("rhd=%2B", 1),
        ("status=inactive", 1),
        ("status=no_consent", 1),
        ("status=erased", 0),
        ("typed=full", 13),
        ("typed=partial", 1),
        ("cd36=negative", 1),
        ("cd36=positive", 1),
        ("cd36=untested", 12),
        ("eligible_on=2026-11-22", 9),
        ("eligible_on=2026-12-05", 9),
        ("abo=A&region=Corse&sort=eligible", 3),
    ],
)
def test_the_list_keeps_what_is_asked(as_role, asked, found):
    page = Page(as_role("searcher").get(f"/donors?{asked}").get_data(as_text=True))
    assert len([e for e in page.all("th", scope="row")]) == found
    if 0 < found < 14:
        assert f"{found} donor" in page.one("caption").text
        assert "of 14" in page.one("caption").text


def test_a_question_that_cannot_be_read_is_said_beside_its_field(as_role):
    answer = as_role("searcher").get("/donors?abo=Z&eligible_on=yesterday&number=%00")
    assert answer.status_code == 422
    assert "“Z” is not one of: A, B, AB, O." in text_of(answer)
    assert "“yesterday” is not a date." in text_of(answer)


@pytest.mark.parametrize("sort", ["number", "region", "eligible", "changed"])
def test_every_order_lists_everybody(as_role, sort):
    page = Page(as_role("searcher").get(f"/donors?sort={sort}").get_data(as_text=True))
    assert len(page.all("th", scope="row")) == 14


# --- who a donor is ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [*WITHOUT_IDENTITY, "coordinator"])
def test_no_page_holds_an_identity_that_nobody_asked_for(as_role, role):
    client = as_role(role)
    for address in ("/donors", "/donors?number=PT0001", "/donors/PT0001", "/donors/PT0001?lang=fr"):
        said = client.get(address).get_data(as_text=True)
        assert [text for text in PERSONAL if text in said] == []


@pytest.mark.parametrize("role", WITHOUT_IDENTITY)
def test_other_roles_never_reach_an_identity(as_role, registry, role):
    client = as_role(role)
    for address in ("?identity=show", "/identity", "/export", "/erasure", "/consent"):
        answer = client.get(f"/donors/PT0001{address}")
        assert answer.status_code == 403, address
        assert [text for text in PERSONAL if text in answer.get_data(as_text=True)] == []
    for address in ("edit", "typing", "deferrals/new", "donations/new"):
        said = client.get(f"/donors/PT0001/{address}").get_data(as_text=True)
        assert [text for text in PERSONAL if text in said] == []
    assert events(registry) == []


def test_each_look_at_an_identity_is_kept(as_role, registry):
    client = as_role("coordinator")
    for _ in range(2):
        assert IDENTITY["last_name"] in client.get("/donors/PT0001?identity=show").get_data(as_text=True)
    assert IDENTITY["phone"] in client.get("/donors/PT0001/identity").get_data(as_text=True)
    assert [(one.action, one.actor, one.details) for one in events(registry)] == [
        ("donor_identity_shown", "coordinator", {})
    ] * 3


def test_a_patients_number_is_shown_to_those_who_may_see_patients_alone(as_role, registry, now):
    from models.reservation import Reservation

    with registry.write_session() as session:
        row = session.exec(select(Donor).where(Donor.donor_number == "PT0001")).one()
        session.add(
            Reservation(
                code="11111111-1111-4111-8111-111111111111", donor_id=row.id, patient_id=1, day=now.date(),
                held_by="x", held_at=now, expires_at=now, changed_by="x", changed_at=now,
            )
        )  # fmt: skip
    assert ">P1<" in as_role("searcher").get("/donors/PT0001").get_data(as_text=True)
    assert ">P1<" not in as_role("coordinator").get("/donors/PT0001").get_data(as_text=True)
    assert "/reservations/1111" not in as_role("laboratory").get("/donors/PT0001").get_data(as_text=True)
