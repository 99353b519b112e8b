"""What is looked after every night: it finds what is wrong, says so, and does nothing twice."""

import dataclasses
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import sqlalchemy as sa
from sqlmodel import func, select

from domain.reservation import Timing
from jobs.care_nightly import delete_what_is_old, verify_audit_trail, verify_index
from jobs.daily import run_daily
from models.account import AccountSession, LoginAttempt
from models.audit import AuditEvent
from models.donor import Donor
from models.importing import ImportKind
from models.job import JobRequest, JobRun, JobStatus, Upload, UploadStatus
from models.registry import RegistryState
from models.reservation import Reservation, ReservationStatus
from services.audit import record_audit
from services.index_care import digest_of_database, digest_of_index
from services.matching.index import open_index
from services.matching.snapshots import SnapshotStore, current_index, registry_state, state_name
from tests.conftest import NOW, TODAY
from tests.logins import token_of
from tests.small_registry import D, put_donors, put_patient

DONORS = [
    D("D001", "A*01 A*03 B*08 B*49 C*07 C*07", more={"abo": "A"}),
    D("D002", "A*01 X B*08 X", region=None),
    D("D003", "A2 A24 B7 B44", region="Corse", more={"abo": "O", "hpa1": "a/a", "cd36": "positive"}),
    D("D004", "A*01 A*03 B*08 B*49 C*07 C*07", region="Corse"),
    D("D005", "A*29 A*68 B*44 B*51", region="  Île-de-France "),
]


@pytest.fixture
def runtime(bare_runtime):
    runtime = bare_runtime
    with runtime.engines.write_session() as session:
        put_donors(session, DONORS)
    return runtime


def at(runtime, moment: datetime):
    return dataclasses.replace(runtime, clock=lambda: moment)


def count(runtime, table) -> int:
    with runtime.engines.read_session() as session:
        return session.exec(select(func.count()).select_from(table)).one()


# --- the index -----------------------------------------------------------------------------------------------------


def index_of(runtime):
    with runtime.engines.read_session() as session:
        return current_index(session, SnapshotStore(runtime.snapshots_path))[0]


def test_the_arrays_hold_what_the_database_holds(runtime, monkeypatch):
    with runtime.engines.read_session() as session:
        seen = digest_of_database(session)
        monkeypatch.setattr("services.index_care.ROWS_AT_ONCE", 1)  # a sum of sums runs over 64 bits
        assert digest_of_database(session) == seen
    assert seen == digest_of_index(index_of(runtime))
    assert seen.regions == {"": 1, "Bretagne": 1, "Corse": 2, "Île-de-France": 1}


def test_the_index_is_built_where_it_is_missing_or_stale_and_then_found_the_same(runtime):
    first = verify_index(runtime, TODAY)
    second = verify_index(runtime, TODAY)
    with runtime.engines.write_session() as session:
        put_donors(session, [D("D006", "A*01 A*03 B*08 B*49")])
    third = verify_index(runtime, TODAY)
    assert [one.get("rebuilt") for one in (first, second, third)] == ["index_stale", None, "index_stale"]
    assert [one["donors"] for one in (first, second, third)] == [5, 5, 6]


def test_an_empty_registry_has_an_index_too(bare_runtime):
    assert [verify_index(bare_runtime, TODAY)["donors"] for _ in range(2)] == [0, 0]


CHANGES = {  # what a change behind the index's back does to one donor
    "a typing": {"phenotype_key": "A*02+A*03^B*08+B*49^C*07+C*07"},
    "a region": {"class_key": "Corse\tA\t,,,,\t"},
    "a blood group": {"class_key": "Bretagne\tB\t,,,,\t"},
    "the first day": {"eligible_from_day": 21_000},
    "the last day": {"eligible_until_day": 21_001},
    "one who left": {"searchable": False},
}


def test_an_index_that_differs_in_one_donor_fails_the_run_and_is_replaced_everywhere(runtime):
    """Another process that has the old index open must meet a new name, or it would search in the old one for ever."""
    store = SnapshotStore(runtime.snapshots_path)
    for what, values in CHANGES.items():
        with runtime.engines.read_session() as session:
            current_index(session, store)
        with runtime.engines.write_session() as session:
            session.connection().execute(sa.update(Donor).where(Donor.donor_number == "D001").values(values))
        run = run_daily(runtime, "verify_index", again=True)
        assert (run.status, run.fault_code) == (JobStatus.FAILED, "index_differed"), what
        differing = {"a region": 2, "a blood group": 2, "one who left": 1}.get(what, 0)
        assert (run.details["donors_of_index"], len(run.details["regions_differing"])) == (5, differing), what
        with runtime.engines.read_session() as session:
            assert digest_of_index(current_index(session, store)[0]) == digest_of_database(session), what
        assert run_daily(runtime, "verify_index", again=True).status is JobStatus.DONE, what


def test_bytes_that_changed_on_the_disk_are_found(runtime):
    index_of(runtime)
    [path] = runtime.snapshots_path.glob("r*/donor_id.npy")
    whole = bytearray(path.read_bytes())
    whole[-1] ^= 1
    path.write_bytes(whole)
    run = run_daily(runtime, "verify_index")
    assert (run.status, run.fault_code, run.details["damaged"]) == (JobStatus.FAILED, "index_was_damaged", "donor_id")
    assert run_daily(runtime, "verify_index", again=True).status is JobStatus.DONE


def test_two_donors_exchanged_are_not_the_same(runtime):
    """A sum over rows must not forget which donor has what."""
    index = index_of(runtime)
    arrays = dict(index.arrays)
    arrays["donor_from_day"] = arrays["donor_from_day"].copy()
    arrays["donor_from_day"][:2] += np.array([1, 0], dtype=np.uint16)
    one = digest_of_index(type(index)(index.meta, arrays))
    arrays["donor_from_day"][:2] = np.roll(arrays["donor_from_day"][:2], 1)
    assert digest_of_index(type(index)(index.meta, arrays)).fingerprint != one.fingerprint


def test_gaps_count(runtime):
    before = index_of(runtime)
    with runtime.engines.write_session() as session:
        donor = session.exec(select(Donor.id).where(Donor.donor_number == "D002")).one()
        session.execute(sa.text(f"INSERT INTO donor_eligibility_gap VALUES ({donor}, 21000, 21010)"))
    with runtime.engines.read_session() as session:
        assert digest_of_database(session) != digest_of_index(before)
        version = session.get(RegistryState, 1).version
    assert run_daily(runtime, "verify_index").fault_code == "index_differed"
    with runtime.engines.read_session() as session:
        state = registry_state(session)
        assert state.version == version + 1
        assert digest_of_database(session) == digest_of_index(open_index(runtime.snapshots_path / state_name(state)))


# --- the trail -----------------------------------------------------------------------------------------------------


def say(runtime, times: int) -> None:
    with runtime.engines.write_session() as session:
        for n in range(times):
            record_audit(
                session, actor="a", action="search", subject_type="patient", subject_key=str(n), details={}, now=NOW
            )


def without_triggers(runtime, query: str) -> None:
    with runtime.engines.write_session() as session:
        for name in session.execute(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all():
            session.execute(sa.text(f"DROP TRIGGER {name}"))
        session.execute(sa.text(query))


@pytest.mark.parametrize(
    ("query", "fault", "row"),
    [
        ("UPDATE audit_event SET actor = 'b' WHERE id = 2", "audit_row_altered", 2),
        ("DELETE FROM audit_event WHERE id = 2", "audit_row_missing", 3),
        ("DELETE FROM audit_event WHERE id >= 3", "audit_cut_short", 3),
    ],
)
def test_a_trail_that_was_touched_fails_the_run_with_the_row(runtime, query, fault, row):
    say(runtime, 3)
    noted = run_daily(runtime, "verify_audit", on=TODAY - timedelta(days=1))
    assert (noted.status, noted.details["rows"]) == (JobStatus.DONE, 3)
    without_triggers(runtime, query)
    run = run_daily(runtime, "verify_audit")
    assert (run.status, run.fault_code) == (JobStatus.FAILED, "audit_trail_broken")
    assert (run.details["fault"], run.details["row"]) == (fault, row)


def test_a_trail_that_only_grew_is_whole(runtime):
    for days, times in enumerate((0, 2, 3)):
        say(runtime, times)
        moved = at(runtime, NOW + timedelta(days=days))
        run = run_daily(moved, "verify_audit")
        assert (run.status, run.details["rows"]) == (JobStatus.DONE, count(runtime, AuditEvent))
    assert run.details["rows"] == count(runtime, AuditEvent) == 5


# --- holds ---------------------------------------------------------------------------------------------------------


def test_holds_that_ran_out_are_released_once_with_their_row_in_the_trail(runtime):
    with runtime.engines.write_session() as session:
        patient = put_patient(session, "P1", "A*01 A*03 B*08 B*49")
        donors = session.exec(select(Donor.id).order_by(Donor.id)).all()
        for n, (status, hours) in enumerate((("held", -1), ("held", 1), ("confirmed", -1))):
            session.add(
                Reservation(
                    code=f"code-{n}", donor_id=donors[n], patient_id=patient.id, day=TODAY + timedelta(days=2),
                    status=ReservationStatus(status), held_by="a", held_at=NOW, expires_at=NOW + timedelta(hours=hours),
                    changed_by="a", changed_at=NOW,
                )
            )  # fmt: skip
    runs = [run_daily(runtime, "release_holds"), run_daily(runtime, "release_holds", again=True)]
    assert [run.details for run in runs] == [{"holds": 1}, {"holds": 0}]
    with runtime.engines.read_session() as session:
        assert session.exec(select(Reservation.status).order_by(Reservation.id)).all() == [
            "expired",
            "held",
            "confirmed",
        ]
        trail = session.exec(select(AuditEvent).where(AuditEvent.action == "reservation_expired")).all()
    assert [(row.actor, row.subject_key) for row in trail] == [("clock", "code-0")]
    assert Timing(NOW, "Europe/Paris", 24).local(NOW).tzinfo == ZoneInfo("Europe/Paris")


# --- what is old ---------------------------------------------------------------------------------------------------


def old(runtime, days: float) -> dict[str, int]:
    """What is deleted so many days from now."""
    moved = at(runtime, NOW + timedelta(days=days))
    return dict(delete_what_is_old(moved, moved.today()))


def test_logins_and_attempts_go_when_their_days_are_over(app, runtime):
    token_of(app, "searcher")
    with runtime.engines.write_session() as session:
        session.add(LoginAttempt(login_index="x", address="y", at=NOW))
    logins = count(runtime, AccountSession)
    assert (old(runtime, 0.9)["attempts"], old(runtime, 29)["logins"], count(runtime, AccountSession)) == (0, 0, logins)
    assert old(runtime, 32)["logins"] == logins > 0
    assert (count(runtime, AccountSession), count(runtime, LoginAttempt)) == (0, 0)


def test_texts_quoted_from_a_file_go_and_its_counts_stay(runtime):
    result = {"rows": 3, "refused": 1, "codes": [["date_unreadable", 1, "error"]], "issues": [{"raw": "Quelquundautre"}],
              "issues_left_out": 4, "headings": ["Quelquundautre"]}  # fmt: skip
    with runtime.engines.write_session() as session:
        for status in (UploadStatus.IMPORTED, UploadStatus.CONFIRMED):
            session.add(
                Upload(
                    id=status.value, file_name="d.csv", file_hash="h", size=1, kind=ImportKind.DONORS, status=status,
                    result=result, uploaded_by="a", uploaded_at=NOW, changed_at=NOW,
                )
            )  # fmt: skip
    assert [old(runtime, days)["uploads"] for days in (29, 31, 31)] == [0, 1, 0]
    with runtime.engines.read_session() as session:
        rest = session.get_one(Upload, "imported").result
        assert session.get_one(Upload, "confirmed").result == result
    assert (rest["rows"], rest["codes"], rest["issues"], rest["issues_left_out"]) == (3, result["codes"], [], 5)
    assert "Quelquundautre" not in str(rest)


def test_ended_work_goes_and_what_is_named_or_looked_back_at_stays(runtime):
    def request(name, status, days_ago):
        moment = NOW - timedelta(days=days_ago)
        return JobRequest(id=name, kind="k", status=status, requested_by="a", requested_at=moment, finished_at=moment)

    def run(job, status, day):
        return JobRun(job=job, local_day=day, status=status, started_at=NOW, finished_at=NOW)

    long_ago = date(2020, 1, 1)
    with runtime.engines.write_session() as session:
        session.add_all([
            request("old", JobStatus.DONE, 500), request("named", JobStatus.DONE, 500),
            request("young", JobStatus.FAILED, 300), request("waits", JobStatus.QUEUED, 500),
            run("a", JobStatus.DONE, long_ago), run("a", JobStatus.DONE, long_ago + timedelta(days=1)),
            run("a", JobStatus.FAILED, long_ago + timedelta(days=2)),
            run("a", JobStatus.FAILED, long_ago + timedelta(days=3)),
            run("b", JobStatus.FAILED, long_ago), run("b", JobStatus.RUNNING, long_ago + timedelta(days=1)),
            run("c", JobStatus.DONE, long_ago), run("c", JobStatus.DONE, TODAY),
        ])  # fmt: skip
        session.flush()
        session.add(
            Upload(
                id="u", file_name="d.csv", file_hash="h", size=1, kind=ImportKind.DONORS, job_id="named",
                uploaded_by="a", uploaded_at=NOW, changed_at=NOW,
            )
        )  # fmt: skip
    counts = delete_what_is_old(runtime, TODAY)
    with runtime.engines.read_session() as session:
        requests = set(session.exec(select(JobRequest.id)))
        runs = {(row.job, (row.local_day - long_ago).days) for row in session.exec(select(JobRun))}
    assert (counts["requests"], requests) == (1, {"named", "young", "waits"})
    assert (counts["runs"], runs) == (4, {("a", 1), ("a", 3), ("b", 1), ("c", (TODAY - long_ago).days)})
    assert verify_audit_trail(runtime, TODAY)["rows"] == count(runtime, AuditEvent)
