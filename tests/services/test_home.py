"""What needs a person today: the soonest first, nothing past its time, and no day but this one."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from models.directive import Directive, DirectiveStatus
from models.donor import Deferral, Donor, DonorStatus
from models.importing import ImportKind
from models.job import HEARTBEAT_ID, JobHeartbeat, JobRequest, JobStatus, Upload, UploadStatus
from models.patient import Patient
from models.reservation import CallOutcome, DonorCall, Reservation, ReservationStatus
from services.home import (
    due_calls,
    due_directives,
    expiring_holds,
    failed_jobs,
    lost_reservations,
    registry_size,
    silent_jobs_process,
    today,
    waiting_uploads,
)

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")
MOMENT = today(NOW, PARIS)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def session(engines):
    with engines.write_session() as session:
        for number in ("P1", "P2", "P3", "P4"):
            session.add(Patient(patient_number=number, created_at=NOW, updated_at=NOW))
        for number in ("D1", "D2", "D3", "D4", "D5"):
            known = {"searchable": number != "D5", "consent_contact": True, "created_at": NOW, "updated_at": NOW}
            session.add(Donor(donor_number=number, **known))
        session.flush()
        yield session


def a_reservation(session, donor_id: int, **values) -> Reservation:
    known = {"code": f"v{donor_id}", "day": MOMENT.on, "expires_at": NOW + HOUR, "status": ReservationStatus.HELD}
    row = Reservation(
        donor_id=donor_id, patient_id=1, held_by="x", held_at=NOW, changed_by="x", changed_at=NOW,
        **known | values,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def a_call(session, reservation: Reservation, outcome: CallOutcome, *, back: datetime | None = None, at=NOW) -> None:
    session.add(
        DonorCall(reservation_id=reservation.id, at=at, on_day=at.date(), actor="x", outcome=outcome, call_back_at=back)
    )
    session.flush()


def test_the_day_ends_at_midnight_where_the_registry_is_kept():
    assert MOMENT.ends_at == datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
    assert today(datetime(2026, 11, 22, 23, 30, tzinfo=UTC), PARIS).on == date(2026, 11, 23)
    assert today(datetime(2026, 10, 24, 22, 30, tzinfo=UTC), PARIS).ends_at == datetime(2026, 10, 25, 23, 0, tzinfo=UTC)


def test_directives_about_to_lapse_lapsed_or_unsigned_are_due(session):
    known = [  # patient, last day, signed, status
        (1, MOMENT.on + 14 * DAY, "s", DirectiveStatus.CURRENT),
        (2, MOMENT.on - DAY, "s", DirectiveStatus.CURRENT),
        (3, None, None, DirectiveStatus.CURRENT),
        (4, MOMENT.on + 15 * DAY, "s", DirectiveStatus.CURRENT),
        (4, MOMENT.on, None, DirectiveStatus.SUPERSEDED),
    ]
    for version, (patient, until, signed, status) in enumerate(known):
        row = Directive(
            patient_id=patient, version=version, threshold_mfi=2000, actor="x", created_at=NOW, valid_until=until,
            signed_by=signed, status=status,
        )  # fmt: skip
        session.add(row)
    session.flush()
    found, total = due_directives(session, MOMENT)
    assert [(one.patient, one.lapsed, one.unsigned) for one in found] == [
        ("P2", True, False), ("P1", False, False), ("P3", False, True),
    ]  # fmt: skip
    assert total == 3


def test_holds_that_end_today_and_have_not_ended(session):
    a_reservation(session, 1, expires_at=MOMENT.ends_at)
    a_reservation(session, 2, expires_at=NOW)
    a_reservation(session, 3, expires_at=MOMENT.ends_at + HOUR)
    a_reservation(session, 4, status=ReservationStatus.CONFIRMED)
    assert [one.donor for one in expiring_holds(session, MOMENT)] == ["D1"]


def test_every_held_donor_is_to_be_called_the_hold_that_ends_soonest_first(session):
    a_reservation(session, 1, day=MOMENT.on + DAY, expires_at=NOW + 3 * HOUR)
    a_reservation(session, 2, day=MOMENT.on + 40 * DAY, expires_at=NOW + 2 * HOUR)
    silent = a_reservation(session, 3, expires_at=NOW + 4 * HOUR)
    a_call(session, silent, CallOutcome.VOICEMAIL)
    tomorrow = a_reservation(session, 4, expires_at=NOW + HOUR)
    a_call(session, tomorrow, CallOutcome.CALL_BACK, back=NOW + DAY)
    a_reservation(session, 5, expires_at=NOW)
    found, total = due_calls(session, MOMENT)
    assert [(one.donor, one.held_until, one.call_back_at) for one in found] == [
        ("D4", NOW + HOUR, NOW + DAY), ("D2", NOW + 2 * HOUR, None), ("D1", NOW + 3 * HOUR, None), ("D3", NOW + 4 * HOUR, None),
    ]  # fmt: skip
    assert total == 4


def test_confirmed_donors_of_the_next_days_are_called_once_and_when_they_asked_for_it(session):
    a_reservation(session, 1, status=ReservationStatus.CONFIRMED, day=MOMENT.on + 3 * DAY)
    again = a_reservation(session, 2, status=ReservationStatus.CONFIRMED)
    a_call(session, again, CallOutcome.CALL_BACK, back=NOW + HOUR)
    tomorrow = a_reservation(session, 3, status=ReservationStatus.CONFIRMED)
    a_call(session, tomorrow, CallOutcome.CALL_BACK, back=NOW + DAY)
    answered = a_reservation(session, 4, status=ReservationStatus.CONFIRMED)
    a_call(session, answered, CallOutcome.CALL_BACK, back=NOW)
    a_call(session, answered, CallOutcome.AGREED, at=NOW + HOUR)
    a_reservation(session, 5, status=ReservationStatus.CONFIRMED, day=MOMENT.on + 4 * DAY)
    found, _ = due_calls(session, MOMENT)
    assert [(one.donor, one.held_until, one.call_back_at) for one in found] == [
        ("D2", None, NOW + HOUR), ("D1", None, None),
    ]  # fmt: skip


def test_more_calls_than_shown_are_counted(session):
    for place in range(13):
        a_reservation(session, 1, code=f"c{place}", day=MOMENT.on + place * DAY)
    found, total = due_calls(session, MOMENT)
    assert (len(found), total) == (10, 13)


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        ({"consent_contact": False}, "contact.no_consent"),
        ({"consent_withdrawn_at": NOW}, "contact.no_consent"),
        ({"restricted_at": NOW}, "contact.restricted"),
        ({"erased_at": NOW}, "contact.erased"),
        ({"status": DonorStatus.DEFERRED}, "contact.inactive"),
    ],
)
def test_a_reserved_donor_who_may_no_longer_be_called_stands_out_and_is_not_called(session, columns, why):
    donor = session.get_one(Donor, 1)
    for name, value in columns.items():
        setattr(donor, name, value)
    a_reservation(session, 1, day=MOMENT.on + 20 * DAY)
    a_reservation(session, 2)
    assert [(one.code, one.donor, one.why) for one in lost_reservations(session, MOMENT)] == [("v1", "D1", why)]
    assert [one.donor for one in due_calls(session, MOMENT)[0]] == ["D2"]


def test_a_confirmed_donor_deferred_for_that_day_stands_out(session):
    for donor, until in ((1, None), (2, MOMENT.on + DAY)):
        a_reservation(session, donor, day=MOMENT.on + 9 * DAY, status=ReservationStatus.CONFIRMED)
        session.add(Deferral(donor_id=donor, from_on=MOMENT.on, until_on=until, reason="travel", recorded_at=NOW))
    session.flush()
    assert [(one.donor, one.why) for one in lost_reservations(session, MOMENT)] == [("D1", "contact.deferred")]


@pytest.mark.parametrize(
    "values",
    [
        {"expires_at": NOW},
        {"status": ReservationStatus.RELEASED},
        {"status": ReservationStatus.CONFIRMED, "day": MOMENT.on - DAY},
    ],
)
def test_a_reservation_that_is_over_is_not_lost(session, values):
    session.get_one(Donor, 1).restricted_at = NOW
    a_reservation(session, 1, **values)
    assert lost_reservations(session, MOMENT) == []


def test_files_that_wait_and_work_that_failed(session):
    donors, patients = ImportKind.DONORS, ImportKind.PATIENTS
    waiting, done = UploadStatus.CHECKED, UploadStatus.IMPORTED
    for name, kind, status in (("a", donors, waiting), ("b", donors, done), ("c", patients, waiting)):
        row = Upload(
            id=name, file_name=f"{name}.csv", file_hash="", size=1, kind=kind, status=status,
            uploaded_by="x", uploaded_at=NOW, changed_at=NOW,
        )  # fmt: skip
        session.add(row)
    for name, status, at in (
        ("1", JobStatus.FAILED, NOW),
        ("2", JobStatus.DONE, NOW),
        ("3", JobStatus.FAILED, NOW - 8 * DAY),
    ):
        session.add(JobRequest(id=name, kind="import", status=status, requested_by="ana", requested_at=at))
    session.flush()
    assert [one.file_name for one in waiting_uploads(session, (donors,))] == ["a.csv"]
    assert {one.file_name for one in waiting_uploads(session, (donors, patients))} == {"a.csv", "c.csv"}
    assert [one.id for one in failed_jobs(session, MOMENT)] == ["1"]
    assert failed_jobs(session, MOMENT, requested_by="bob") == []


def test_a_silent_jobs_process_matters_only_where_work_waits(session):
    assert silent_jobs_process(session, MOMENT) is None
    session.add(JobRequest(id="1", kind="import", requested_by="ana", requested_at=NOW))
    assert silent_jobs_process(session, MOMENT).at is None
    beat = JobHeartbeat(id=HEARTBEAT_ID, at=NOW - 4 * timedelta(minutes=1), host="h", pid=1)
    session.add(beat)
    assert silent_jobs_process(session, MOMENT).at == beat.at
    beat.at = NOW - timedelta(minutes=1)
    assert silent_jobs_process(session, MOMENT) is None


def test_the_registry_is_counted(session):
    size = registry_size(session)
    assert (size.donors, size.searchable) == (5, 4)
    assert (size.changed_at, size.imported_at) == (None, None)
