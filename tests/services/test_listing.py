"""Lists in parts, on both databases: in the order of the characters, no row skipped or given twice."""

import uuid
from datetime import timedelta

import pytest

from domain.errors import NotFound, UnusableInput
from models.donor import Donor
from models.patient import Patient
from models.search import Search
from services.listing import donors_after, patients_after, searches_after
from tests.conftest import NOW, TODAY

NUMBERS = ["a-2", "A-10", "B", "É1", "a-1", "Z", "_x", "10", "9"]


@pytest.fixture
def session(app_on, database_url):
    """A session on a database with patients, donors and searches."""
    engines = app_on(database_url).extensions["phenotheque"].engines
    with engines.write_session() as session:
        for number in NUMBERS:
            session.add(Patient(patient_number=number, created_at=NOW, updated_at=NOW))
            region = "Bretagne" if number < "B" else None
            session.add(Donor(donor_number=number, region=region, created_at=NOW, updated_at=NOW))
        session.flush()
        for place in range(6):
            session.add(a_search(place))
    with engines.read_session() as session:
        yield session


def a_search(place: int) -> Search:
    """Two searches a minute, so that the moment alone does not order them."""
    return Search(
        id=str(uuid.UUID(int=place * 7919 % 13)),
        patient_id=1 + place % 2,
        on_day=TODAY,
        threshold_mfi=1_000 + place,
        policy="identity-first-1",
        loci="A,B",
        snapshot_id="s",
        created_at=NOW + timedelta(minutes=place // 2),
        actor="test",
    )


def in_parts(read, key, limit: int) -> list[str]:
    found, after = [], None
    while rows := read(after=after, limit=limit):
        found += [key(row) for row in rows]
        after = found[-1]
    return found


@pytest.mark.parametrize("limit", [1, 2, 4, 100])
def test_numbers_come_in_the_order_of_their_characters(session, limit):
    def patients(**part):
        return patients_after(session, **part)

    def donors(**part):
        return donors_after(session, **part)

    assert in_parts(patients, lambda row: row["number"], limit) == sorted(NUMBERS)
    assert in_parts(donors, lambda row: row.donor_number, limit) == sorted(NUMBERS)


def test_donors_of_one_region(session):
    numbers = [row.donor_number for row in donors_after(session, after=None, limit=100, region="Bretagne")]
    assert numbers == sorted(number for number in NUMBERS if number < "B")


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_searches_come_latest_first(session, limit):
    def searches(**part):
        return searches_after(session, **part, patient_number=None)

    expected = sorted((a_search(place) for place in range(6)), key=lambda one: (one.created_at, one.id), reverse=True)
    assert in_parts(searches, lambda row: row["search"], limit) == [one.id for one in expected]


def test_searches_of_one_patient(session):
    rows = searches_after(session, after=None, limit=100, patient_number=NUMBERS[1])
    assert {row["threshold"] for row in rows} == {1_001, 1_003, 1_005}
    with pytest.raises(NotFound):
        searches_after(session, after=None, limit=1, patient_number="nobody")
    with pytest.raises(UnusableInput, match="cursor_unknown"):
        searches_after(session, after="nothing", limit=1, patient_number=None)
