"""Patients made and edited by hand: judged as files are, with a reason, and nothing lost between two people."""

import json

import pytest
from sqlmodel import select

from domain.errors import InvalidFields, NotFound, RefusedByRule
from models.audit import AuditEvent
from models.patient import Patient
from services.patient_file import open_record
from services.patient_list import SORTS, Sought, find_patients, patient_regions
from services.patient_records import create_patient, edit_patient, form_values, known_regions
from services.patients import get_patient
from services.reference import core_reference
from services.requests import create_request
from tests.small_registry import NOW, put_serum

BY = {"reference": core_reference(), "actor": "test", "now": NOW}
TYPED = {
    "patient_number": "H1", "sex": "F", "birth_date": "04/03/1972", "abo": "A", "rhd": "-", "weight_kg": "61,5",
    "height_cm": "166", "diagnosis": "aplastic anaemia", "region": "Bretagne", "antibody_sample": "S1",
    "hla_text": "A2 A24\nB7 B44", "hpa_text": "1a/b", "cd36": "positif",
}  # fmt: skip


@pytest.fixture
def session(engines):
    with engines.write_session() as session:
        yield session


@pytest.fixture
def patient(session):
    return create_patient(session, typed=TYPED, **BY)


def faults(run) -> list[tuple[str, str]]:
    with pytest.raises(InvalidFields) as caught:
        run()
    return [(fault.field, fault.code) for fault in caught.value.faults]


def events(session):
    return session.exec(select(AuditEvent).order_by(AuditEvent.id)).all()


def edit(session, patient, version=None, reason="typing received", **changes):
    typed = {**form_values(patient), **changes}
    version = patient.version_id if version is None else version
    return edit_patient(session, number="H1", typed=typed, version=version, reason=reason, **BY)


def test_what_is_typed_becomes_a_patient(session, patient):
    assert (patient.birth_date, patient.weight_kg, patient.hla_b_2, patient.hpa_1, patient.cd36, patient.rhd) == (
        "1972-03-04",
        61.5,
        "B44",
        "1a/b",
        "positif",
        "-",
    )
    assert (patient.row_hash, patient.version_id) == (None, 1)
    assert "1972" not in json.dumps([event.details for event in events(session)])


def test_every_fault_is_said_at_once(session):
    bad = {
        **TYPED,
        "patient_number": " ",
        "weight_kg": "7000",
        "height_cm": "1,234",
        "birth_date": "31/02/1980",
        "hla_text": "A99 A2",
        "hpa_text": "zz",
        "cd36": "maybe",
        "diagnosis": "x\x00",
        "centre": "x" * 301,
        "abo": "Z",
    }
    assert sorted(faults(lambda: create_patient(session, typed=bad, **BY))) == [
        ("abo", "word_unknown"), ("birth_date", "date_does_not_exist"), ("cd36", "entry.cd36_unreadable"),
        ("centre", "text_too_long"), ("diagnosis", "text_unprintable"), ("height_cm", "number_ambiguous"),
        ("hla_text", "entry.unknown_antigen"), ("hpa_text", "entry.hpa_unreadable"),
        ("patient_number", "patient_number_needed"), ("weight_kg", "number_out_of_range"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("12/25/1980", "date_does_not_exist"),
        ("2027-01-01", "birth_in_future"),
        ("4/3/72", "date_with_short_year"),
        ("soon", "date_unreadable"),
        ("0001-01-01", "date_out_of_range"),
    ],
)
def test_a_birth_date_that_cannot_be_is_refused(session, text, code):
    assert faults(lambda: create_patient(session, typed={**TYPED, "birth_date": text}, **BY)) == [("birth_date", code)]


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("H1", "patient_number_taken"),
        ("a/b", "number_not_for_an_address"),
        ("new", "number_not_for_an_address"),
        ("..", "number_not_for_an_address"),
        ("x" * 65, "key_too_long"),
        ("a\x00b", "text_unprintable"),
    ],
)
def test_a_number_that_cannot_be_taken_is_refused(session, patient, number, code):
    assert ("patient_number", code) in faults(
        lambda: create_patient(session, typed={**TYPED, "patient_number": number}, **BY)
    )


def test_an_edit_says_from_what_to_what_and_why_and_never_the_birth_date(session, patient):
    patient.row_hash = "of a file"
    session.flush()
    assert set(edit(session, patient, abo="O", birth_date="1973-03-04", hla_text="A2 A24\nB7 B60")) == {
        "abo",
        "birth_date",
        "hla_b_2",
    }
    assert (patient.abo, patient.birth_date, patient.hla_b_2, patient.row_hash, patient.version_id) == (
        "O",
        "1973-03-04",
        "B60",
        None,
        3,
    )
    last = events(session)[-1]
    assert (last.action, last.details["reason"]) == ("patient_edited", "typing received")
    assert sorted(last.details["changes"], key=lambda one: one["field"]) == [
        {"field": "abo", "old": "A", "new": "O"}, {"field": "birth_date"}, {"field": "hla_b_2", "old": "B44", "new": "B60"},
    ]  # fmt: skip


def test_an_empty_birth_date_leaves_the_one_on_record_unless_it_is_taken_off(session, patient):
    assert edit(session, patient, weight_kg="60") == ["weight_kg"]
    assert patient.birth_date == "1972-03-04"
    assert edit(session, patient, no_birth_date="yes") == ["birth_date"]
    assert patient.birth_date is None


def test_nothing_changed_asks_no_reason_and_leaves_no_trace(session, patient):
    before = len(events(session))
    assert edit(session, patient, reason="", hla_text="A2 A24\r\nB7 B44") == []
    assert (len(events(session)), patient.version_id) == (before, 1)


@pytest.mark.parametrize(
    ("reason", "code"), [(" ", "patient_reason_needed"), ("x" * 501, "reason_unusable"), ("a\nb", "reason_unusable")]
)
def test_a_change_needs_a_reason(session, patient, reason, code):
    assert faults(lambda: edit(session, patient, reason=reason, abo="O")) == [("reason", code)]


def test_an_edit_of_what_somebody_changed_meanwhile_is_refused(session, patient):
    edit(session, patient, abo="O")
    with pytest.raises(RefusedByRule, match="changed_meanwhile"):
        edit(session, patient, version=1, abo="B")
    assert patient.abo == "O"


def test_a_typing_no_form_would_take_stays_while_other_fields_are_edited(session, patient):
    patient.hla_a_1, patient.hla_c_2 = "A99", "see letter"
    session.flush()
    assert edit(session, patient, abo="O") == ["abo"]
    assert (patient.hla_a_1, patient.hla_c_2) == ("A99", "see letter")
    assert ("hla_text", "entry.unknown_antigen") in faults(
        lambda: edit(session, patient, hla_text=form_values(patient)["hla_text"] + " B8")
    )


def test_an_unknown_patient_is_not_found(session):
    with pytest.raises(NotFound):
        edit_patient(session, number="H1\x00", typed=TYPED, version=1, reason="x", **BY)


def put(session, *numbers):
    for number in numbers:
        session.add(
            Patient(
                patient_number=number,
                region=None if number.endswith("9") else "Bretagne",
                created_at=NOW,
                updated_at=NOW,
            )
        )
    session.flush()


def numbers(found):
    return [one["number"] for one in found.patients]


def test_the_list_is_searched_by_part_of_a_number_and_forgives_errors(session):
    put(session, "P0001", "P0012", "Q_77", "X%9")
    found = find_patients(session, Sought("p00"), limit=10)
    assert (numbers(found), found.nearest) == (["P0001", "P0012"], False)
    assert numbers(find_patients(session, Sought("_"), limit=10)) == ["Q_77"]  # no wildcard
    alike = find_patients(session, Sought("PO012"), limit=10)
    assert ("P0012" in numbers(alike), alike.nearest) == (True, True)
    assert numbers(find_patients(session, Sought("zzzzzz"), limit=10)) == []
    assert numbers(find_patients(session, Sought("\x00"), limit=10)) == []


def test_the_list_is_narrowed_to_a_region_sorted_and_paged(session):
    put(session, "P1", "P2", "P9")
    assert numbers(find_patients(session, Sought(region="Bretagne"), limit=10)) == ["P1", "P2"]
    assert numbers(find_patients(session, Sought(region=""), limit=10)) == ["P9"]
    assert numbers(find_patients(session, Sought(sort="-number"), limit=2)) == ["P9", "P2"]
    assert numbers(find_patients(session, Sought(sort="region"), limit=1, offset=2)) == ["P2"]
    assert patient_regions(session) == ["Bretagne", ""]
    typed = {"hospital": "CHU", "units": "2", "needed_on": "2026-11-24", "needed_at": "18:00", "urgency": "bleeding"}
    create_request(session, patient_number="P2", typed=typed, zone="Europe/Paris", actor="test", now=NOW)
    first = find_patients(session, Sought(sort="request"), limit=1).patients[0]
    assert (first["number"], first["request"]["units"]) == ("P2", 2)
    assert get_patient(session, "P2").patient_number == "P2"


def test_the_list_and_the_record_are_the_same_on_postgresql(app_on, postgres_url):
    engines = app_on(postgres_url).extensions["phenotheque"].engines
    with engines.write_session() as session:
        patient = create_patient(session, typed=TYPED, **BY)
        put_serum(session, patient, "S1", "A*02:01=50 B*44:02=900")
        typed = {
            "hospital": "CHU",
            "units": "2",
            "needed_on": "2026-11-24",
            "needed_at": "18:00",
            "urgency": "bleeding",
        }
        create_request(session, patient_number="H1", typed=typed, zone="Europe/Paris", actor="test", now=NOW)
        edit(session, patient, abo="O")
    with engines.read_session() as session:
        for sort in SORTS:
            assert numbers(find_patients(session, Sought("h", "Bretagne", sort), limit=10)) == ["H1"]
        assert numbers(find_patients(session, Sought("\x00", "\x00"), limit=10)) == []
        record = open_record(session, number="H1", on=NOW.date())
        assert (record["sera"][0]["beads"], record["requests"][0]["remaining"], len(record["events"])) == (3, 2, 3)
        assert known_regions(session) == ["Bretagne"]
