"""The search box: patients found forgivingly, donors exactly, names only by who may, and never written down."""

from datetime import UTC, datetime

import pytest
from sqlmodel import select

from domain.errors import UnusableInput
from models.audit import AuditEvent
from models.donor import Donor, DonorIdentity, identity_indexes
from models.patient import Patient
from services.find import LONGEST_QUESTION, Findings, Sought, asks_for_a_name, clean_question, find, find_named

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
EVERYTHING = Sought(patients=True, donors=True, names=True)


@pytest.fixture
def people(engines):
    """Three patients and three donors; two donors bear one name."""
    with engines.write_session() as session:
        for number in ("P-2026-0417", "P-2026-0418", "ÉTÉ-9"):
            session.add(Patient(patient_number=number, created_at=NOW, updated_at=NOW))
        named = (("D1", "Le Gall", "Anne-Marie"), ("D2", "Martin", "Zoé"), ("D3", "MARTIN", "Zoe"), ("P-7", "", ""))
        for number, last, first in named:
            donor = Donor(donor_number=number, created_at=NOW, updated_at=NOW)
            session.add(donor)
            session.flush()
            who = {"last_name": last, "first_name": first}
            indexes = identity_indexes(**who, birth_date=None, phone=None, email=None)
            session.add(DonorIdentity(donor_id=donor.id, **who, **indexes))
    return engines


@pytest.mark.parametrize("question", ["P-2026-0417", "p 2026 0417", "p20260417", "P.2026/0417"])
def test_one_patient_of_that_number_is_the_exact_hit(people, question):
    with people.read_session() as session:
        assert find(session, question=question, sought=EVERYTHING) == Findings(("P-2026-0417",), exact=True)


@pytest.mark.parametrize(
    ("question", "likeliest"),
    [
        ("P-2026-0471", {"P-2026-0417", "P-2026-0418"}),  # two figures exchanged
        ("P-226-0418", {"P-2026-0418"}),
        ("0418", {"P-2026-0418"}),
        ("ete9", {"ÉTÉ-9"}),
    ],
)
def test_a_patient_is_found_in_spite_of_errors_and_accents(people, question, likeliest):
    with people.read_session() as session:
        assert find(session, question=question, sought=EVERYTHING).patients[0] in likeliest


def test_the_likeliest_comes_first_and_nothing_unlike_comes(people):
    with people.read_session() as session:
        found = find(session, question="2026-0418x", sought=EVERYTHING)
        assert found.patients == ("P-2026-0418", "P-2026-0417")
        assert find(session, question="kangaroo", sought=EVERYTHING).empty


@pytest.mark.parametrize("question", ["", "-", "…", "\0", "P-2026-0417\0", "' OR 1=1 --", "%", "_"])
def test_what_says_nothing_finds_nobody(people, question):
    with people.read_session() as session:
        assert find(session, question=question, sought=EVERYTHING).empty


def test_a_donor_is_found_by_exact_number_alone(people):
    with people.read_session() as session:
        assert find(session, question="d1", sought=EVERYTHING) == Findings(donors=("D1",), exact=True)
        assert find(session, question="D", sought=EVERYTHING).donors == ()


def test_nobody_finds_what_they_may_not_see(people):
    with people.read_session() as session:
        nothing = Sought(patients=False, donors=False, names=False)
        assert find(session, question="P-2026-0417", sought=nothing).empty
        assert find(session, question="D1", sought=nothing).empty
        assert find(session, question="P-7", sought=Sought(patients=True, donors=False, names=False)).donors == ()


@pytest.mark.parametrize(
    ("question", "numbers"),
    [
        ("Le Gall Anne-Marie", ("D1",)),
        ("anne marie LE GALL", ("D1",)),
        ("zoe martin", ("D2", "D3")),
        ("Martin Zoé", ("D2", "D3")),
        ("Martin", ()),
        ("Martine Zoé", ()),
    ],
)
def test_a_name_is_found_whole_in_both_orders(people, question, numbers):
    with people.write_session() as session:
        found = find_named(session, question=question, actor="camille", now=NOW)
    assert (found.donors, found.exact) == (numbers, len(numbers) == 1)


def test_looking_for_a_name_is_audited_without_the_name(people):
    with people.write_session() as session:
        find_named(session, question="Le Gall Anne-Marie", actor="camille", now=NOW)
    with people.read_session() as session:
        event = session.exec(select(AuditEvent).where(AuditEvent.action == "name_searched")).one()
    assert (event.actor, event.details) == ("camille", {"found": ["D1"]})
    assert "gall" not in f"{event.subject_key}{event.details}".casefold()


def test_a_question_is_a_name_when_it_has_no_figure():
    assert asks_for_a_name("Le Gall Anne-Marie")
    assert not asks_for_a_name("D1")
    assert not asks_for_a_name("- ' -")


def test_a_question_is_cleaned_and_bounded():
    assert clean_question("  le \n gall ") == "le gall"
    with pytest.raises(UnusableInput) as refusal:
        clean_question("x" * (LONGEST_QUESTION + 1))
    assert refusal.value.code == "question_too_long"
