"""The nightly feed: each file taken once, answered beside it and put away, whatever it is and whatever dies meanwhile."""

import csv
import dataclasses
import json
import os
import signal
import stat
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import func, select

from domain.errors import RefusedByRule
from jobs import feed
from jobs.daily import DAILY, run_daily
from models.antibody import SerumSample
from models.audit import AuditEvent
from models.donor import Donor, DonorStatus
from models.importing import ImportBatch
from models.job import JobStatus
from models.patient import Patient
from models.request import PlateletAntibody
from services.feed.expecting import working_days
from services.feed.inbox import Inbox
from tests.conftest import NOW, ROOT, TODAY
from tests.jobs.test_process import until
from tests.services.imports.test_antibodies import CONTROLS, fusion
from tests.small_registry import D, put_donors

HEAD = "donor_number,last_name,birth_date,consent_contact,status,abo,hla_a_1,hla_a_2,hla_b_1,hla_b_2\n"
ONE = "D1,Martin,1980-05-17,yes,active,A,A*01,A*02,B*07,B*08\n"
TWO = "D2,Durand,1981-05-17,yes,active,O,A*01,A*02,B*07,B*08\n"
BAD = "D3,Quelquundautre,not a date,yes,active,O,A*01,A*02,B*07,B*08\n"
PATIENTS = "patient_number,hla_a_1,hla_a_2,hla_b_1,hla_b_2\nP1,A*01,A*02,B*07,B*08\n"
PLATELET = "patient_number;specificity;result;method;tested_on\nP1;HPA-1a;positive;MAIPA;2026-10-02\n"


@pytest.fixture
def sent(tmp_path) -> Path:
    """The watched folder."""
    for name in ("donors", "patients", "antibodies"):
        (tmp_path / "feed" / name).mkdir(parents=True)
    return tmp_path / "feed"


@pytest.fixture
def runtime(bare_runtime, sent, monkeypatch):
    monkeypatch.setattr(feed, "SECONDS_BETWEEN_LOOKS", 0)
    return with_settings(bare_runtime, feed_path=str(sent))


def with_settings(runtime, **settings):
    return dataclasses.replace(runtime, settings=runtime.settings.model_copy(update=settings))


def put(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def take(runtime, on: date = TODAY):
    return run_daily(runtime, "feed", on=on, again=True)


def answer(folder: Path, name: str) -> dict:
    return json.loads((folder / f"{name}.result.json").read_text(encoding="utf-8"))


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir() or path.is_symlink()}


def count(runtime, table) -> int:
    with runtime.engines.read_session() as session:
        return session.exec(select(func.count()).select_from(table)).one()


def test_it_runs_before_everything_else():
    assert next(iter(DAILY)) == "feed"


def test_files_of_each_folder_are_imported_answered_and_put_away(runtime, sent):
    put(sent / "donors", "d.csv", HEAD + ONE + BAD + TWO)
    put(sent / "patients", "p.csv", PATIENTS)
    put(sent / "antibodies", "h.csv", PLATELET)
    run = take(runtime)
    assert (run.status, run.details) == (
        JobStatus.DONE, {"files": 3, "rows": 5, "created": 4, "refused": 1},
    )  # fmt: skip
    assert [count(runtime, table) for table in (Donor, Patient, PlateletAntibody)] == [2, 1, 1]
    assert names(sent / "donors") == {"done/d.csv", "d.csv.result.json", "d.csv.refused.csv"}
    assert names(sent / "patients") == {"done/p.csv", "p.csv.result.json"}
    told = answer(sent / "donors", "d.csv")
    assert (told["status"], told["created"], told["refused"], told["kept_as"]) == ("imported", 2, 1, "done/d.csv")
    assert [issue["message"] for issue in told["issues"] if issue["severity"] == "error"]
    with (sent / "donors" / "d.csv.refused.csv").open(encoding="utf-8-sig", newline="") as file:
        headings, row = list(csv.reader(file, delimiter=";"))
    assert (headings[:2], row[0]) == (["donor_number", "last_name"], "D3")
    assert stat.S_IMODE((sent / "donors" / "d.csv.refused.csv").stat().st_mode) & 0o007 == 0
    with runtime.engines.read_session() as session:
        imports = session.exec(select(AuditEvent.actor).where(AuditEvent.action == "import")).all()
    assert imports == ["feed"] * 3


def test_the_same_content_again_changes_nothing_and_says_so(runtime, sent):
    put(sent / "donors", "d.csv", HEAD + ONE + BAD)
    take(runtime)
    with runtime.engines.read_session() as session:
        before = session.exec(select(Donor)).one()
    put(sent / "donors", "d.csv", HEAD + ONE + BAD)
    run = take(runtime)
    told = answer(sent / "donors", "d.csv")
    assert (run.details["files"], told["unchanged"], told["created"]) == (1, 1, 0)
    assert told["same_content_at"]
    assert "very same content" in told["message"]
    with runtime.engines.read_session() as session:
        assert session.exec(select(Donor)).one().version_id == before.version_id
    # nothing of the first was overwritten: its answers went where it is
    assert names(sent / "donors") == {
        "d.csv.result.json", "d.csv.refused.csv", "done/d.2.csv",
        "done/d.csv", "done/d.csv.result.json", "done/d.csv.refused.csv",
    }  # fmt: skip
    assert json.loads((sent / "donors/done/d.csv.result.json").read_text())["created"] == 1


def test_donors_absent_from_a_file_stay_unless_a_setting_says_that_it_holds_all(runtime, sent):
    with runtime.engines.write_session() as session:
        put_donors(session, [D(f"E{n:02d}", "A*01 A*03 B*08 B*49") for n in range(30)])
    put(sent / "donors", "one.csv", HEAD + ONE)
    take(runtime)

    def inactive() -> int:
        with runtime.engines.read_session() as session:
            return len(session.exec(select(Donor.id).where(Donor.status == DonorStatus.INACTIVE)).all())

    assert inactive() == 0
    full = with_settings(runtime, feed_full=True)
    put(sent / "donors", "cut.csv", HEAD + ONE)
    run = take(full)
    assert (run.fault_code, answer(sent / "donors", "cut.csv")["code"]) == (
        "feed_files_refused",
        "feed_too_many_absent",
    )
    assert inactive() == 0
    whole = HEAD + ONE + "".join(TWO.replace("D2", f"E{n:02d}") for n in range(29))
    put(sent / "donors", "whole.csv", whole)
    assert (take(full).status, inactive()) == (JobStatus.DONE, 1)


REFUSED = [
    ("donors", "p.csv", PATIENTS, "feed_of_other_kind"),
    ("patients", "d.csv", HEAD + ONE, "feed_of_other_kind"),
    ("antibodies", "d.csv", HEAD + ONE, "feed_of_other_kind"),
    ("donors", "empty.csv", "", "file_empty"),
    ("donors", "photo.csv", b"\x89PNG and so on", "wrong_file_type"),
    ("antibodies", "cut.xml", "<haml><patient>", None),
    ("donors", "large.csv", HEAD + ONE * 30_000, "feed_too_large"),
    ("donors", "back\\slash.csv", HEAD + ONE, "feed_name_unusable"),
    ("donors", "line\nbreak.csv", HEAD + ONE, "feed_name_unusable"),
    ("donors", "n" * 230 + ".csv", HEAD + ONE, "feed_name_unusable"),
]


def test_what_cannot_be_used_is_refused_with_its_reason_and_keeps_nobody_waiting(runtime, sent):
    runtime = with_settings(runtime, upload_mb=1)
    for folder, name, content, _ in REFUSED:
        put(sent / folder, name, content)
    (sent / "donors" / os.fsdecode(b"caf\xe9.csv")).write_text(HEAD + ONE)
    outside = put(sent, "outside.csv", HEAD + TWO)
    (sent / "donors" / "link.csv").symlink_to(outside)
    (sent / "donors" / "nowhere.csv").symlink_to("/nowhere")
    os.mkfifo(sent / "donors" / "pipe.csv")
    put(sent / "donors", "good.csv", HEAD + ONE)
    run = take(runtime)
    assert (run.status, run.fault_code) == (JobStatus.FAILED, "feed_files_refused")
    assert (run.details["files_refused"], run.details["files"]) == (len(REFUSED) + 4, 1)
    assert (count(runtime, Donor), outside.read_text()) == (1, HEAD + TWO)
    told = {}
    for folder in ("donors", "patients", "antibodies"):
        left = {path.name for path in (sent / folder).iterdir()} - {"done", "refused"}
        assert all(name.endswith(".result.json") for name in left)
        for name in left - {"good.csv.result.json"}:
            one = json.loads((sent / folder / name).read_text())
            assert os.path.lexists(sent / folder / one["kept_as"])
            told[name.removesuffix(".result.json")] = (one["code"], one["message"])
    assert len(told) == len(REFUSED) + 4 - 1  # d.csv was sent to two folders
    for _, name, _, code in REFUSED:
        safe = name.replace("\\", "_").replace("\n", "_")[:200]
        assert code in (None, told[safe][0])
        assert told[safe][1] != told[safe][0]
    assert {told["link.csv"][0], told["nowhere.csv"][0], told["pipe.csv"][0]} == {"feed_link", "feed_no_plain_file"}
    assert take(runtime).status is JobStatus.DONE


def test_a_file_of_refused_rows_alone_is_put_with_the_refused(runtime, sent):
    put(sent / "donors", "d.csv", HEAD + BAD)
    assert take(runtime).fault_code == "feed_files_refused"
    assert names(sent / "donors") == {"refused/d.csv", "d.csv.result.json", "d.csv.refused.csv"}


def test_hidden_files_those_still_sent_answers_and_folders_are_left_alone(runtime, sent):
    for name in (".d.csv.Ab12", "d.csv.part", "d.csv.filepart", "x.csv.result.json", "x.csv.refused.csv"):
        put(sent / "donors", name, HEAD + ONE)
    (sent / "donors" / "sub").mkdir()
    before = names(sent / "donors")
    assert (take(runtime).details, names(sent / "donors")) == ({}, before)


def test_a_file_that_still_grows_is_left_for_the_next_run(runtime, sent, monkeypatch):
    growing = put(sent / "donors", "grows.csv", HEAD + ONE)
    put(sent / "donors", "whole.csv", HEAD + TWO)

    def grow(_seconds):
        with growing.open("a") as file:
            file.write(TWO.replace("D2", f"D{growing.stat().st_size}"))

    with monkeypatch.context() as patch:
        patch.setattr("time.sleep", grow)
        run = take(runtime)
    assert (run.details["files"], run.details["unsettled"], count(runtime, Donor)) == (1, 1, 1)
    assert names(sent / "donors") == {"grows.csv", "done/whole.csv", "whole.csv.result.json"}
    assert (take(runtime).details["files"], (sent / "donors" / "done" / "grows.csv").exists()) == (1, True)


def test_a_file_written_in_between_the_look_and_the_reading_is_not_taken(sent):
    inbox, path = Inbox(sent / "donors"), put(sent / "donors", "d.csv", HEAD + ONE)
    [seen] = inbox.look()
    path.write_text(HEAD + ONE + TWO)
    assert inbox.read(seen) is None
    path.unlink()
    path.symlink_to(put(sent, "outside.csv", HEAD + ONE))
    assert inbox.read(seen) is None


def test_a_rule_of_ours_or_an_unforeseen_failure_leaves_the_file_and_takes_the_others(runtime, sent, monkeypatch):
    put(sent / "donors", "a.csv", HEAD + ONE)
    put(sent / "donors", "b.csv", HEAD + TWO)
    real = feed.import_file

    def fails(fault):
        def work(session, work, **more):
            result = real(session, work, **more)
            if work.request.file_name == "a.csv":
                raise fault
            return result

        return work

    for fault in (RefusedByRule("index_differed"), KeyError("Mme Secret")):
        with monkeypatch.context() as patch:
            patch.setattr(feed, "import_file", fails(fault))
            run = take(runtime)
        assert (run.status, run.fault_code, run.details["files_failed"]) == (JobStatus.FAILED, "feed_files_failed", 1)
    assert (count(runtime, Donor), "a.csv" in names(sent / "donors")) == (1, True)
    with monkeypatch.context() as patch:
        patch.setattr(feed, "import_file", fails(OperationalError("", {}, Exception("database is locked"))))
        assert take(runtime).fault_code == "database_busy"
    assert (take(runtime).status, count(runtime, Donor)) == (JobStatus.DONE, 2)
    assert not [name for name in names(sent / "donors") if name.startswith(".")]


def test_folders_that_are_missing_or_lead_elsewhere_are_said(runtime, sent, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    put(other, "d.csv", HEAD + ONE)
    (sent / "donors").rmdir()
    (sent / "donors").symlink_to(other)
    assert take(runtime).fault_code == "feed_folder_is_link"
    assert take(with_settings(runtime, feed_path=str(tmp_path / "nowhere"))).fault_code == "feed_folder_missing"
    (sent / "donors").unlink()
    (sent / "donors").mkdir()
    (sent / "donors" / "done").symlink_to(other)
    assert take(runtime).fault_code == "feed_folder_is_link"
    assert (names(other), take(with_settings(runtime, feed_path="")).details) == ({"d.csv"}, {"off": 1})


# --- what should have come -----------------------------------------------------------------------------------------

MONDAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("since", "until", "days"),
    [(0, 0, 0), (0, 1, 1), (0, 4, 4), (4, 5, 0), (4, 6, 0), (4, 7, 1), (5, 7, 1), (0, 7, 5), (0, 14, 10), (3, 1, 0)],
)
def test_working_days_leave_out_the_week_end(since, until, days):
    assert working_days(MONDAY + timedelta(days=since), MONDAY + timedelta(days=until)) == days


def test_where_no_file_came_the_run_fails_and_says_since_when(runtime, sent):
    expecting = with_settings(runtime, feed_expected="donors, patients", feed_expected_days=1)
    assert take(runtime).status is JobStatus.DONE  # nothing is expected unless a setting says so
    never = take(expecting)
    assert (never.fault_code, never.details["without"]) == ("feed_no_file", {"donors": None, "patients": None})
    put(sent / "donors", "d.csv", HEAD + ONE)
    put(sent / "patients", "p.csv", PATIENTS)
    assert take(expecting).status is JobStatus.DONE
    assert take(expecting).status is JobStatus.DONE  # the same day again: they came
    monday = at(expecting, NOW + timedelta(days=1))
    put(sent / "patients", "p.csv", PATIENTS)
    run = take(monday, MONDAY)
    assert (run.fault_code, run.details["without"]) == ("feed_no_file", {"donors": TODAY.isoformat()})
    assert run.details["files_without_change"] == 1
    assert take(with_settings(monday, feed_expected_days=2), MONDAY).status is JobStatus.DONE
    assert "Donors" in take(with_settings(monday, feed_expected="Donors"), MONDAY).details["without"]


def at(runtime, moment):
    return dataclasses.replace(runtime, clock=lambda: moment)


def test_what_was_put_away_is_deleted_after_its_days_and_what_was_not_dealt_with_stays(runtime, sent):
    put(sent / "donors", "d.csv", HEAD + ONE)
    take(runtime)
    left = put(sent / "donors", "unsettled.part", HEAD + TWO)
    real = at(runtime, feed_clock() + timedelta(days=29))
    assert "deleted" not in run_daily(real, "feed", on=TODAY - timedelta(days=1)).details
    late = at(runtime, feed_clock() + timedelta(days=31))
    assert run_daily(late, "feed", on=TODAY - timedelta(days=2)).details["deleted"] == 2
    assert names(sent / "donors") == {left.name}


def feed_clock():
    """The machine's clock: files carry its moments."""
    from config import system_clock

    return system_clock()


# --- sera ----------------------------------------------------------------------------------------------------------


def test_sera_go_to_the_patient_who_came_the_same_night(runtime, sent):
    beads = (["A*01:01"], "128"), (["B*07:02"], "84"), *CONTROLS
    put(sent / "antibodies", "a.csv", fusion(*beads, patient="P1"))
    put(sent / "antibodies", "b.csv", fusion(*beads, patient="P9", sample="S2"))
    put(sent / "patients", "p.csv", PATIENTS)
    run = take(runtime)
    told, refused = answer(sent / "antibodies", "a.csv"), answer(sent / "antibodies", "b.csv")
    assert (told["status"], told["samples"][0]["patient"], count(runtime, SerumSample)) == ("imported", "P1", 1)
    assert (run.fault_code, refused["status"], refused["kept_as"]) == ("feed_files_refused", "refused", "refused/b.csv")


# --- a process that dies -------------------------------------------------------------------------------------------


class Killed(BaseException):
    """As kill -9: nothing of ours runs after it."""


@pytest.mark.parametrize("step", ["run_work", "claim", "committed", "put_away", "published"])
def test_killed_at_any_step_the_next_run_ends_it_and_nothing_twice(runtime, sent, monkeypatch, step):
    put(sent / "donors", "d.csv", HEAD + ONE + BAD)

    def dies(*_args, **_more):
        raise Killed

    def after(real):
        def work(*args, **more):
            real(*args, **more)
            raise Killed

        return work

    with monkeypatch.context() as patch:
        if step == "run_work":
            patch.setattr(feed, "import_file", dies)
        elif step == "claim":
            patch.setattr(Inbox, "claim", after(Inbox.claim))
        elif step == "committed":
            patch.setattr(Inbox, "finish", dies)
        elif step == "put_away":
            patch.setattr(Inbox, "put_away", after(Inbox.put_away))
        else:
            patch.setattr(Inbox, "finish", after(Inbox.finish))
        with pytest.raises(Killed):
            take(runtime)
    done = step not in ("run_work", "claim")
    assert (count(runtime, Donor), count(runtime, ImportBatch)) == ((1, 1) if done else (0, 0))
    run = take(runtime)
    assert (run.status, count(runtime, Donor), count(runtime, ImportBatch)) == (JobStatus.DONE, 1, 1)
    assert run.details.get("files_ended", 0) == (step in ("committed", "put_away"))
    assert names(sent / "donors") == {"done/d.csv", "d.csv.result.json", "d.csv.refused.csv"}
    assert answer(sent / "donors", "d.csv")["created"] == 1


def test_after_a_death_a_file_of_the_same_name_and_other_content_is_a_new_one(runtime, sent, monkeypatch):
    put(sent / "donors", "d.csv", HEAD + ONE)
    with monkeypatch.context() as patch:
        patch.setattr(Inbox, "finish", lambda *_args, **_more: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            take(runtime)
    put(sent / "donors", "d.csv", HEAD + ONE + TWO)
    take(runtime)
    assert (count(runtime, Donor), count(runtime, ImportBatch)) == (2, 2)
    assert names(sent / "donors") == {"done/d.2.csv", "done/d.csv.result.json", "d.csv.result.json"}
    put(sent / "donors", "d.csv", HEAD + TWO)
    assert take(runtime).status is JobStatus.DONE
    assert {"done/d.3.csv", "done/d.2.csv.result.json"} < names(sent / "donors")


def test_what_somebody_puts_in_the_place_of_our_answers_leads_nowhere(runtime, sent, tmp_path):
    """Who may send files may write there, and knows the number of a batch from an answer."""
    folder = sent / "donors"
    put(folder, "d.csv", HEAD + ONE)
    take(runtime)
    known = answer(folder, "d.csv")
    outside = tmp_path / "outside"
    outside.mkdir()
    put(folder, "d.csv", HEAD + ONE)
    put(folder, ".d.csv.result.json.part", json.dumps({**known, "kept_as": "../../outside/d.csv"}))
    put(folder, "d.csv.result.json", json.dumps({"kept_as": "done/../../../outside/d.csv"}))
    os.mkfifo(folder / ".e.csv.result.json.part")
    (folder / ".f.csv.result.json.part").symlink_to(put(outside, "f.json", json.dumps(known)))
    put(folder, ".g.csv.result.json.part", json.dumps({**known, "batch": 1 << 80}))
    put(folder, ".h.csv.result.json.part", '{"batch": 1')
    put(folder, "i.csv", HEAD + TWO)
    put(folder, "i.csv.refused.csv", "of somebody")
    os.mkfifo(folder / "j.csv.result.json")
    put(folder, "j.csv", HEAD + TWO)
    run = take(runtime)
    assert (run.status, run.details["files"], count(runtime, Donor)) == (JobStatus.DONE, 3, 2)
    assert names(outside) == {"f.json"}
    assert not [name for name in names(folder) if name.startswith(".")]
    assert "of somebody" in [path.read_text() for path in (folder / "done").glob("*.refused.csv")]


def test_a_file_that_may_not_be_read_is_no_secret(runtime, sent, monkeypatch):
    put(sent / "donors", "d.csv", HEAD + ONE)
    real = os.open

    def refuse(path, *given, **more):
        if str(path).endswith("d.csv"):
            raise PermissionError(13, "Permission denied")
        return real(path, *given, **more)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", refuse)
        assert take(runtime).fault_code == "feed_files_failed"
    assert take(runtime).details["files"] == 1


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_killed_for_real_in_the_middle_of_an_import_the_next_process_ends_it(database_url, app_on, tmp_path, sent):
    runtime = with_settings(app_on(database_url).extensions["phenotheque"], feed_path=str(sent))
    rows = "".join(ONE.replace("D1", f"D{n:06d}") for n in range(8_000))
    put(sent / "donors", "a.csv", HEAD + rows)
    put(sent / "donors", "b.csv", HEAD + rows.replace("D0", "E0"))
    variables = {
        **os.environ,
        "FLASK_SKIP_DOTENV": "1",
        "PHENOTHEQUE_INSTANCE_PATH": str(runtime.settings.instance_path),
        "PHENOTHEQUE_DATABASE_URL": runtime.settings.database_url,
        "PHENOTHEQUE_FEED_PATH": str(sent),
    }

    def start():
        return subprocess.Popen(
            [sys.executable, "-m", "flask", "jobs", "run", "feed", "--again"], cwd=ROOT, env=variables,
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    process = start()
    until(lambda: (sent / "donors" / "done" / "a.csv").exists() or process.poll() is not None, "the first file")
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    again = start()
    assert (again.communicate(timeout=300)[1].count("Traceback"), again.returncode) == (0, 0)
    assert (count(runtime, Donor), count(runtime, ImportBatch)) == (16_000, 2)
    assert names(sent / "donors") == {
        "done/a.csv", "done/b.csv", "a.csv.result.json", "b.csv.result.json",
    }  # fmt: skip
    assert answer(sent / "donors", "a.csv")["created"] == answer(sent / "donors", "b.csv")["created"] == 8_000
