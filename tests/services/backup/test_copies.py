"""Copies of the database: whole, read back, kept, put back; and every way in which one is not to be relied on."""

import dataclasses
import json
import os
import resource
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from domain.errors import RefusedByRule, UnusableInput
from jobs.backup import folder_of_copies
from jobs.daily import run_daily
from jobs.leader import make_leader
from models.audit import AuditEvent
from models.crypto import configure_keys, generate_key
from models.database import make_engines
from models.donor import Donor
from models.job import JobStatus
from services.backup import copies
from services.backup.copies import CopyFolder, check_copy
from services.backup.facts import Facts, differences
from services.backup.restoring import restore_copy
from tests.conftest import NOW, ROOT, TODAY
from tests.jobs.test_process import until
from tests.small_registry import D, put_donors

DONORS = [D(f"D{n:03d}", "A*01 A*03 B*08 B*49") for n in range(4)]


def fill(runtime):
    with runtime.engines.write_session() as session:
        put_donors(session, DONORS)
    return runtime


@pytest.fixture
def runtime(bare_runtime):
    return fill(bare_runtime)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def either(request, app_on):
    """The same on both databases."""
    if request.param == "sqlite":
        return fill(request.getfixturevalue("bare_runtime"))
    return fill(app_on(request.getfixturevalue("postgres_url")).extensions["phenotheque"])


def folder_of(runtime) -> Path:
    return Path(runtime.settings.instance_path) / "backups"


def donors(runtime) -> int:
    with runtime.engines.read_session() as session:
        return len(session.exec(select(Donor.id)).all())


def test_the_daily_copy_is_whole_private_noted_and_in_the_trail(either):
    run = run_daily(either, "backup")
    [copy] = folder_of_copies(either).copies()
    assert (run.status, run.details["file"], copy.stem) == (JobStatus.DONE, copy.name, f"phenotheque-{TODAY}")
    assert (stat.S_IMODE(copy.stat().st_mode), stat.S_IMODE(copy.parent.stat().st_mode)) == (0o600, 0o700)
    found, noted = check_copy(either.engines, copy)
    assert (noted, found.facts.tables["donor"], found.sha256) == (True, len(DONORS), run.details["sha256"])
    assert {path.name for path in copy.parent.iterdir()} == {copy.name, f"{copy.name}.json", ".lock"}
    with either.engines.read_session() as session:
        last = session.exec(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert (last.action, last.actor, last.details["sha256"]) == ("backup_made", "jobs", found.sha256)


def test_what_was_lost_comes_back_and_the_trail_goes_on(either):
    copy = folder_of_copies(either).make(either.engines, day=TODAY)
    with either.engines.write_session() as session:
        session.execute(sa.text("DELETE FROM donor_identity"))
        session.execute(sa.text("DELETE FROM donor"))
        session.execute(sa.text("CREATE TABLE of_a_newer_program (n INTEGER)"))
        put_donors(session, [D("OTHER", "A*01")])
    with pytest.raises(RefusedByRule) as refused:
        restore_copy(either.engines, copy.path, over=False, actor="somebody", now=NOW)
    restore_copy(either.engines, copy.path, over=True, actor="somebody", now=NOW)
    assert (refused.value.code, donors(either)) == ("restore_over_data", len(DONORS))
    assert not sa.inspect(either.engines.write).has_table("of_a_newer_program")
    with either.engines.read_session() as session:
        last = session.exec(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert (last.action, last.previous_hash) == ("backup_restored", copy.facts.seal or "0" * 64)
    with pytest.raises(sa.exc.DBAPIError), Session(either.engines.write) as session:  # its triggers came back too
        session.execute(sa.text("DELETE FROM audit_event"))


def test_a_new_instance_starts_from_a_copy(runtime, tmp_path):
    copy = folder_of_copies(runtime).make(runtime.engines, day=TODAY)
    engines = make_engines(f"sqlite:///{tmp_path / 'other.sqlite'}", revisions=runtime.engines.revisions)
    restore_copy(engines, copy.path, over=False, actor="somebody", now=NOW)
    assert donors(dataclasses.replace(runtime, engines=engines)) == len(DONORS)
    engines.dispose()


def test_the_last_days_are_kept_and_what_was_made_by_hand(runtime):
    folder = folder_of_copies(runtime)
    first, again = (folder.make(runtime.engines, day=TODAY) for _ in range(2))
    by_hand = folder.make(runtime.engines, day=TODAY - timedelta(days=9), moment=NOW)
    days = [folder.path / f"phenotheque-{TODAY - timedelta(days=n)}.sqlite" for n in range(4)]
    other = folder.path / "phenotheque-of-somebody.sqlite"
    for path in (*days[1:], *(note_of(path) for path in days[1:]), other):
        path.write_text("")
    assert (again.path, days[0], folder.keep_last(2)) == (first.path, again.path, 2)
    assert folder.copies() == [by_hand.path, days[1], days[0], other]
    assert set(folder.path.glob("*.json")) == {note_of(path) for path in (by_hand.path, days[1], days[0])}


SPOILT = [  # by which bytes, whether the note beside it is still there, and what is said
    (lambda whole: whole[:-5000], True, "backup_altered"),
    (lambda _: b"PGDMP and so on", True, "backup_altered"),
    (lambda whole: whole[:-5000], False, "backup_damaged"),
    (lambda whole: whole[:8192] + b"\xff" * 4096 + whole[12288:], False, "backup_damaged"),
    (lambda _: b"PGDMP and so on", False, "backup_of_other_kind"),
    (lambda _: b"", False, "backup_of_other_kind"),
]


def test_a_copy_that_is_not_as_it_was_made_is_not_taken(runtime):
    copy = folder_of_copies(runtime).make(runtime.engines, day=TODAY)
    whole, note = copy.path.read_bytes(), note_of(copy.path).read_bytes()

    def refusals() -> list[str]:
        found = []
        for act in (
            lambda: check_copy(runtime.engines, copy.path),
            lambda: restore_copy(runtime.engines, copy.path, over=True, actor="somebody", now=NOW),
        ):
            with pytest.raises(UnusableInput) as refused:
                act()
            found.append(refused.value.code)
        return found

    for spoil, noted, code in SPOILT:
        copy.path.write_bytes(spoil(whole))
        if noted:
            note_of(copy.path).write_bytes(note)
        else:
            note_of(copy.path).unlink(missing_ok=True)
        assert refusals() == [code, code]
    copy.path.write_bytes(whole)
    for text in ("[]", "{", '{"sha256": 1, "facts": {"tables": []}}'):
        note_of(copy.path).write_text(text)
        assert refusals() == ["backup_note_unreadable"] * 2
    copy.path.unlink()
    assert refusals() == ["file_missing"] * 2
    assert donors(runtime) == len(DONORS)


def note_of(path: Path) -> Path:
    return path.with_name(path.name + ".json")


def without_note(path: Path) -> Path:
    note_of(path).unlink()
    return path


def test_a_database_of_something_else_and_one_of_a_newer_program_are_refused(runtime, tmp_path):
    other, copy = tmp_path / "other.sqlite", folder_of_copies(runtime).make(runtime.engines, day=TODAY)
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE songs (n)")
    connection.close()
    newer = without_note(copy.path)
    with sqlite3.connect(newer) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    for path, code in ((other, "backup_of_no_registry"), (newer, "database_newer")):
        with pytest.raises(UnusableInput) as refused:
            restore_copy(runtime.engines, path, over=True, actor="somebody", now=NOW)
        assert (refused.value.code, donors(runtime)) == (code, len(DONORS))


def test_a_copy_that_lacks_a_row_is_told_by_the_table():
    seen = Facts("0001", {"donor": 2, "patient": 1}, "aa")
    assert differences(seen, Facts("0001", {"donor": 2, "patient": 1}, "aa")) == []
    assert differences(seen, Facts("0002", {"donor": 1, "song": 1}, "bb")) == [
        "revision", "seal", "donor", "patient", "song",
    ]  # fmt: skip


def test_a_copy_that_lost_something_never_takes_its_name(runtime, monkeypatch):
    before = folder_of_copies(runtime).make(runtime.engines, day=TODAY - timedelta(days=1))
    lost = Facts(before.facts.revision, {**before.facts.tables, "donor": 1}, before.facts.seal)
    monkeypatch.setattr("services.backup.copies.read_copy", lambda _engines, _path: lost)
    run = run_daily(runtime, "backup")
    assert (run.status, run.fault_code) == (JobStatus.FAILED, "backup_differs")
    assert folder_of_copies(runtime).copies() == [before.path]


def test_two_at_a_time_are_not_made(runtime):
    folder = folder_of_copies(runtime)
    folder.make(runtime.engines, day=TODAY)
    with folder._alone(), pytest.raises(RefusedByRule) as refused:
        CopyFolder(folder.path).make(runtime.engines, day=date(2026, 1, 1))
    assert refused.value.code == "backup_under_way"


def test_a_folder_that_cannot_be_written_in_is_said(runtime):
    folder_of(runtime).write_text("a file in its place")
    run = run_daily(runtime, "backup")
    assert (run.status, run.fault_code) == (JobStatus.FAILED, "backup_folder_unusable")


def test_without_the_programs_of_the_server_the_run_fails_and_says_so(runtime, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    monkeypatch.setattr("services.backup.copies._is_sqlite", lambda _engines: False)
    run = run_daily(runtime, "backup")
    assert (run.fault_code, list(folder_of(runtime).glob(".*.part"))) == ("backup_program_missing", [])


def test_where_the_disk_is_full_no_half_copy_stays_and_the_earlier_ones_do(either, monkeypatch):
    before = folder_of_copies(either).make(either.engines, day=TODAY - timedelta(days=1))
    kept = {path: path.read_bytes() for path in folder_of(either).iterdir()}
    name = f"copy_{'sqlite' if before.path.suffix == '.sqlite' else 'postgres'}"
    real = getattr(copies, name)

    def with_little_room(*given):
        _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (before.size // 2, most))
        try:
            return real(*given)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    with monkeypatch.context() as patch:
        patch.setattr(copies, name, with_little_room)
        run = run_daily(either, "backup")
    assert (run.status, run.fault_code) == (JobStatus.FAILED, "backup_no_room")
    assert {path: path.read_bytes() for path in folder_of(either).iterdir()} == kept
    assert run_daily(either, "backup", again=True).status is JobStatus.DONE


# --- the command ---------------------------------------------------------------------------------------------------


def test_the_command_makes_checks_and_puts_back(runtime, runner):
    made = json.loads(runner.invoke(args=["backup", "create", "--format", "json"]).stdout)
    path = made["file"]
    assert path == str(folder_of(runtime) / "phenotheque-2026-11-22-103000.sqlite")
    checked = runner.invoke(args=["backup", "verify", path])
    assert (checked.exit_code, "is sound" in checked.stderr) == (0, True)
    refused = runner.invoke(args=["backup", "restore", path])
    assert (refused.exit_code, "--over" in refused.stderr, donors(runtime)) == (1, True, len(DONORS))
    put_back = runner.invoke(args=["backup", "restore", path, "--over", "--format", "json"])
    assert (put_back.exit_code, json.loads(put_back.stdout)["sha256"]) == (0, made["sha256"])
    assert runner.invoke(args=["audit", "verify"]).exit_code == 0
    assert runner.invoke(args=["backup", "verify", "nowhere"]).exit_code == 2


def test_other_keys_than_those_of_the_copy_are_said(runtime, runner):
    copy = folder_of_copies(runtime).make(runtime.engines, day=TODAY)
    configure_keys([generate_key()], "another key for the blind indexes, long enough")
    done = runner.invoke(args=["backup", "restore", str(copy.path), "--over"])
    assert (done.exit_code, "set the keys it was made under" in done.stderr, donors(runtime)) == (3, True, len(DONORS))


def test_nothing_is_put_back_while_the_jobs_process_runs(runtime, runner):
    copy = folder_of_copies(runtime).make(runtime.engines, day=TODAY)
    leader = make_leader(runtime.engines, Path(runtime.settings.instance_path))
    assert leader.try_take()
    refused = runner.invoke(args=["backup", "restore", str(copy.path), "--over"])
    leader.release()
    assert (refused.exit_code, "jobs process runs" in refused.stderr) == (1, True)
    assert runner.invoke(args=["backup", "restore", str(copy.path), "--over"]).exit_code == 0


# --- real processes ------------------------------------------------------------------------------------------------


def command(runtime, *words, **more) -> subprocess.Popen[str]:
    variables = {
        **os.environ,
        "FLASK_SKIP_DOTENV": "1",
        "PHENOTHEQUE_LOCALE": "en",
        "PHENOTHEQUE_INSTANCE_PATH": str(runtime.settings.instance_path),
        "PHENOTHEQUE_DATABASE_URL": runtime.settings.database_url,
    }
    return subprocess.Popen(
        [sys.executable, "-m", "flask", *words], cwd=ROOT, env=variables, stderr=subprocess.PIPE, text=True, **more
    )


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_killed_in_the_middle_of_a_copy_the_next_one_clears_up(either):
    with either.engines.write_session() as session:
        put_donors(session, [D(f"E{n:05d}", "A*01 A*03 B*08 B*49") for n in range(1_500)])
    process = command(either, "backup", "create")
    until(lambda: list(folder_of(either).glob(".*.part")) or process.poll() is not None, "the beginning of a copy")
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    copy = folder_of_copies(either).make(either.engines, day=TODAY)
    assert list(folder_of(either).glob(".*.part")) == []
    assert check_copy(either.engines, copy.path)[0].facts.tables["donor"] == len(DONORS) + 1_500


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_copy_made_while_others_write_holds_exactly_what_was_counted(either):
    """Writers go on, and the copy holds what was there at one moment: neither more nor less than was counted."""
    with either.engines.write_session() as session:
        put_donors(session, [D(f"E{n:05d}", "A*01 A*03 B*08 B*49") for n in range(1_500)])
    code = (
        "import sys; from jobs.__main__ import open_runtime; from services.audit import record_audit\n"
        "held = open_runtime()\n"
        "for n in range(3_000):\n"
        "    with held.engines.write_session() as session:\n"
        "        record_audit(session, actor='w', action='search', subject_type='patient', subject_key=str(n),"
        " details={}, now=held.now())\n"
        "    print(n, flush=True)\n"
    )
    variables = {
        **os.environ,
        "PHENOTHEQUE_INSTANCE_PATH": str(either.settings.instance_path),
        "PHENOTHEQUE_DATABASE_URL": either.settings.database_url,
    }
    writer = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=variables, stdout=subprocess.PIPE, text=True)
    try:
        writer.stdout.readline()
        made = [folder_of_copies(either).make(either.engines, day=TODAY - timedelta(days=n)) for n in range(3)]
    finally:
        writer.kill()
        writer.communicate()
    counts = [copy.facts.tables["audit_event"] for copy in made]
    assert counts == sorted(counts)
    assert counts[0] < counts[-1]
