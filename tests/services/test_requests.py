"""Requests: made, edited and closed; the soonest first; whom to call is never in the trail."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import select

from domain.errors import InvalidFields, NotFound, RefusedByRule
from models.audit import AuditEvent
from models.request import RequestStatus
from models.reservation import Reservation, ReservationStatus
from services.requests import (
    close_request,
    create_request,
    edit_request,
    form_values,
    get_request,
    list_open_requests,
    request_chips,
    requests_of,
)
from tests.small_registry import NOW, D, put_donors, put_patient

ZONE = "Europe/Paris"
EDGE = {"zone": ZONE, "actor": "test", "now": NOW}
TYPED = {
    "hospital": "CHU de Rennes", "units": "2", "needed_on": "2026-11-24", "needed_at": "18:00", "urgency": "bleeding",
    "contact": "Mme Quelquundautre", "note": "avant le bloc",
}  # fmt: skip


@pytest.fixture
def session(engines):
    with engines.write_session() as session:
        yield session


@pytest.fixture
def patient(session):
    return put_patient(session, "P1", "A*01 A*03 B*08 B*49")


@pytest.fixture
def request_row(session, patient):
    return create_request(session, patient_number="P1", typed=TYPED, **EDGE)


def edit(session, row, version=None, **changes):
    typed = {**form_values(row, zone=ZONE), **changes}
    asked = {"patient_number": "P1", "code": row.code, "version": version or row.version_id}
    return edit_request(session, typed=typed, **asked, **EDGE)


def close(session, row, outcome=RequestStatus.FULFILLED, reason="", version=None):
    asked = {"patient_number": "P1", "code": row.code, "version": version or row.version_id, "reason": reason}
    return close_request(session, outcome=outcome, actor="test", now=NOW, **asked)


def test_the_moment_is_that_of_the_place(request_row):
    assert request_row.needed_by == datetime(2026, 11, 24, 17, tzinfo=UTC)
    assert form_values(request_row, zone=ZONE)["needed_at"] == "18:00"


@pytest.mark.parametrize(
    ("field", "text", "code"),
    [
        ("hospital", " ", "request_needs.hospital"), ("hospital", "x" * 201, "text_too_long"), ("hospital", "a\x00", "text_unprintable"),
        ("units", "0", "number_out_of_range"), ("units", "51", "number_out_of_range"), ("units", "two", "number_unreadable"),
        ("units", "1.5", "number_not_whole"), ("urgency", "soon", "urgency_needed"), ("needed_on", "", "request_needs.needed_on"),
        ("needed_on", "31/02/2027", "date_does_not_exist"), ("needed_on", "2026-11-21", "needed_in_the_past"),
        ("needed_on", "2028-11-21", "needed_too_far_ahead"), ("needed_at", "25:00", "not_a_time_of_day"),
        ("needed_at", "18", "not_a_time_of_day"), ("contact", "x" * 201, "text_too_long"), ("note", "x" * 1_001, "text_too_long"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_beside_its_field(session, patient, field, text, code):
    with pytest.raises(InvalidFields) as caught:
        create_request(session, patient_number="P1", typed={**TYPED, field: text}, **EDGE)
    assert [(fault.field, fault.code) for fault in caught.value.faults] == [(field, code)]


def test_a_time_that_the_clocks_skip_is_refused_and_one_they_repeat_is_the_earlier(session, patient):
    skipped = {**TYPED, "needed_on": "28/03/2027", "needed_at": "2h30"}
    with pytest.raises(InvalidFields) as caught:
        create_request(session, patient_number="P1", typed=skipped, **EDGE)
    assert caught.value.faults[0].code == "time_skipped_by_clocks"
    row = create_request(
        session, patient_number="P1", typed={**TYPED, "needed_on": "2027-10-31", "needed_at": "02:30"}, **EDGE
    )
    assert row.needed_by == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)


def test_open_requests_come_soonest_first_with_the_units_still_to_find(session, patient, request_row):
    create_request(session, patient_number="P1", typed={**TYPED, "needed_on": "2026-11-23"}, **EDGE)
    put_donors(session, [D("D1", "A*01 A*03 B*08 B*49"), D("D2", "A*01 A*03 B*08 B*49")])
    for donor, status in ((1, ReservationStatus.HELD), (2, ReservationStatus.RELEASED)):
        session.add(Reservation(
            code=str(donor), donor_id=donor, patient_id=patient.id, request_id=request_row.id, day=date(2026, 11, 24),
            status=status, held_by="x", held_at=NOW, expires_at=NOW, changed_by="x", changed_at=NOW,
        ))  # fmt: skip
    session.flush()
    found, total = list_open_requests(session, limit=9)
    assert [(one["needed_by"].day, one["found"], one["remaining"]) for one in found] == [(23, 0, 2), (24, 1, 1)]
    second, of_both = list_open_requests(session, limit=1, offset=1)
    assert ([one["needed_by"].day for one in second], total, of_both) == ([24], 2, 2)


def test_an_edit_is_in_the_trail_without_the_person_to_call(session, patient, request_row):
    edit(session, request_row, contact="M. Quelquundautre", note="", units="3")
    details = [event.details for event in session.exec(select(AuditEvent)).all()]
    assert details[-1]["changes"] == [{"field": "units", "old": 2, "new": 3}, {"field": "contact"}, {"field": "note"}]
    assert "Quelquundautre" not in json.dumps(details)
    assert "bloc" not in json.dumps(details)
    raw = session.connection().exec_driver_sql("SELECT contact FROM transfusion_request").scalar_one()
    assert "Quelquundautre" not in raw
    assert "contact" not in request_chips(session, patient)[0]


def test_an_overdue_request_may_be_corrected_but_not_moved_into_the_past(session, patient, request_row):
    late = NOW + timedelta(days=9)
    asked = {"patient_number": "P1", "code": request_row.code, "zone": ZONE, "actor": "test", "now": late}
    edit_request(session, typed={**form_values(request_row, zone=ZONE), "units": "4"}, version=1, **asked)
    with pytest.raises(InvalidFields):
        edit_request(session, typed={**form_values(request_row, zone=ZONE), "needed_at": "19:00"}, version=2, **asked)


def test_a_closed_request_stays_closed(session, patient, request_row):
    close(session, request_row)
    assert (request_row.status, request_chips(session, patient)) == (RequestStatus.FULFILLED, [])
    assert list_open_requests(session, limit=9) == ([], 0)
    assert [one["status"] for one in requests_of(session, patient)] == ["fulfilled"]
    with pytest.raises(RefusedByRule, match="request_closed_already"):
        edit(session, request_row, units="5")
    with pytest.raises(RefusedByRule, match="request_closed_already"):
        close(session, request_row)


def test_cancelling_needs_a_reason_and_an_outcome_must_be_one(session, patient, request_row):
    with pytest.raises(InvalidFields):
        close(session, request_row, RequestStatus.CANCELLED)
    with pytest.raises(RefusedByRule, match="request_outcome_unknown"):
        close(session, request_row, RequestStatus.OPEN)
    close(session, request_row, RequestStatus.CANCELLED, "no longer bleeding")
    assert session.exec(select(AuditEvent)).all()[-1].details["reason"] == "no longer bleeding"


def test_a_stale_edit_and_another_patients_request_are_refused(session, patient, request_row):
    edit(session, request_row, units="3")
    with pytest.raises(RefusedByRule, match="changed_meanwhile"):
        edit(session, request_row, version=1, units="4")
    other = put_patient(session, "P2", "A*01 A*03 B*08 B*49")
    for code in (request_row.code, "x\x00"):
        with pytest.raises(NotFound):
            get_request(session, other, code)


def test_a_form_sent_twice_asks_once(session, patient, request_row):
    with pytest.raises(RefusedByRule, match="request_on_record"):
        create_request(session, patient_number="P1", typed=TYPED, **EDGE)
    close(session, request_row)
    create_request(session, patient_number="P1", typed=TYPED, **EDGE)
