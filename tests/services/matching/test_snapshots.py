"""The snapshot that fits the registry: opened, or rebuilt and said; never silently wrong."""

import os
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock
from sqlmodel import col, select

from models.donor import Donor
from models.registry import RegistryState
from services.donors import mark_registry_changed
from services.matching import snapshots
from services.matching.index import EPOCH, DamagedSnapshot, open_index
from services.matching.snapshots import (
    KEPT,
    current_index,
    index_status,
    read_columns,
    rebuild_index,
    registry_state,
    state_name,
)
from services.wording.catalogue import sentence
from tests.small_registry import LATER, NOW, NOW_AWAY, D, put_donors

ROOT = Path(__file__).resolve().parents[3]


def ask(engines, store):
    """The donor ids of the index that answers, by donor number, and why it was rebuilt, if it was."""
    with engines.read_session() as session:
        index, issues = current_index(session, store)
        expected = read_columns(session).donor_id.tolist()
    ids = np.empty(index.meta.donors, dtype=np.int64)
    ids[np.asarray(index.donor_order)] = index.donor_id
    assert ids.tolist() == expected
    assert [issue.code for issue in issues] == ["index_rebuilt"] * len(issues)
    return index, [issue.params["reason"] for issue in issues]


def touch(engines, moment=NOW):
    with engines.write_session() as session:
        mark_registry_changed(session, now=moment)


def add_donor(engines, number="PT9999"):
    with engines.write_session() as session:
        put_donors(session, [D(number, "A*01 A*03 B*08 B*49")])


def folder_of(store):
    [folder] = store.folder.glob("r*")
    return folder


# --- missing, fresh, stale ---


def test_a_missing_index_is_built_and_said(registry, fresh):
    index, reasons = ask(registry, fresh())
    assert reasons == ["index_missing"]
    assert index.meta.donors == 12


def test_the_issue_names_the_snapshot(registry, fresh):
    with registry.read_session() as session:
        index, [issue] = current_index(session, fresh())
    assert (issue.severity, issue.subject) == ("info", index.meta.snapshot)


def test_an_index_that_fits_is_opened_and_nothing_is_said(registry, fresh):
    store = fresh()
    built, _ = ask(registry, store)
    assert ask(registry, store) == (built, [])
    again, reasons = ask(registry, fresh())
    assert reasons == []
    assert again.meta == built.meta


def test_a_change_of_the_registry_makes_the_index_stale(registry, fresh):
    store = fresh()
    ask(registry, store)
    add_donor(registry)
    assert ask(registry, store)[1] == ["index_stale"]  # the process that has the old one open
    assert ask(registry, fresh())[1] == []
    add_donor(registry, "PT9998")
    index, reasons = ask(registry, fresh())  # a new process
    assert (index.meta.donors, reasons) == (14, ["index_stale"])


def test_a_donor_who_leaves_is_no_longer_counted(registry, fresh):
    store = fresh()
    ask(registry, store)
    with registry.write_session() as session:
        session.connection().exec_driver_sql("UPDATE donor SET searchable = false WHERE donor_number = 'PT0001'")
    touch(registry)
    assert ask(registry, store)[0].meta.donors == 11


def test_a_reader_sees_the_registry_of_its_own_transaction(registry, fresh):
    store = fresh()
    with registry.read_session() as before:
        registry_state(before)  # the read begins here
        add_donor(registry)
        assert current_index(before, store)[0].meta.donors == 12
        assert ask(registry, store)[0].meta.donors == 13
        assert current_index(before, store)[0].meta.donors == 12


def test_two_databases_that_counted_to_the_same_version_are_told_apart(registry, fresh):
    ask(registry, fresh())
    with registry.write_session() as session:
        state = session.get(RegistryState, 1)
        state.changed_at = NOW + timedelta(microseconds=1)
    assert ask(registry, fresh())[1] == ["index_stale"]


def test_a_database_without_donors_has_an_index_of_nobody(engines, fresh):
    index, reasons = ask(engines, fresh())
    assert (index.meta.donors, reasons) == (0, ["index_missing"])
    assert ask(engines, fresh())[1] == []


def test_the_index_carries_the_names_of_what_the_donors_were_read_with(registry, fresh):
    meta = ask(registry, fresh())[0].meta
    assert (meta.reference, meta.rules) == ("core-1", "FR-2026")
    with registry.read_session() as session:
        assert meta.registry == state_name(registry_state(session))


def test_days_on_which_a_donor_may_not_give_are_read_for_those_who_are_searched(registry, fresh):
    with registry.write_session() as session:
        hidden = {"deferrals": (LATER,), "more": {"consent_contact": False}}
        put_donors(
            session,
            [D("PT0000", "A*01 A*03 B*08 B*49", **hidden), D("PT9999", "A*01 A*03 B*08 B*49", deferrals=(LATER,))],
        )
    index, _ = ask(registry, fresh())
    closed = {int(index.donor_id[row]): (start, end) for row, start, end in index.arrays["gaps"]}
    expected = {"PT0004": LATER, "PT0012": NOW_AWAY, "PT9999": LATER}
    with registry.read_session() as session:
        rows = session.exec(select(Donor).where(col(Donor.donor_number).in_(expected))).all()
    assert closed == {row.id: days_of(expected[row.donor_number]) for row in rows}


def days_of(deferral):
    """Both ends of a deferral are refused; the end of a gap is not."""
    return (deferral.from_on - EPOCH).days, (deferral.until_on - EPOCH).days + 1


# --- damaged ---


def cut(folder):
    path = folder / "donor_id.npy"
    path.write_bytes(path.read_bytes()[:-1])


def flip(folder):
    path = folder / "donor_from_day.npy"
    path.write_bytes(path.read_bytes()[:-1] + bytes([path.read_bytes()[-1] ^ 1]))


def turn_numbers_round(folder):
    path = folder / "cell_start.npy"
    path.write_bytes(path.read_bytes().replace(b"'<u4'", b"'>u4'"))


def spoil_header(folder):
    path = folder / "cell_region.npy"
    path.write_bytes(path.read_bytes().replace(b"}", b" ", 1))


def break_description(folder):
    (folder / "meta.json").write_text('{"meta":')


def rename_a_region(folder):
    path = folder / "meta.json"
    path.write_text(path.read_text(encoding="utf-8").replace("Bretagne", "Occitanie"), encoding="utf-8")


def lose_a_file(folder):
    (folder / "class_codes.npy").unlink()


def lose_description(folder):
    (folder / "meta.json").unlink()


def lose_everything_inside(folder):
    for path in folder.iterdir():
        path.unlink()


def put_folder_for_a_file(folder):
    (folder / "gaps.npy").unlink()
    (folder / "gaps.npy").mkdir()


DAMAGES = [
    cut, flip, turn_numbers_round, spoil_header, break_description, rename_a_region, lose_a_file, lose_description,
    lose_everything_inside, put_folder_for_a_file,
]  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_a_damaged_index_is_rebuilt_and_said(registry, fresh, damage):
    sound, _ = ask(registry, fresh())
    arrays = {name: np.array(array) for name, array in sound.arrays.items()}  # the files below are mapped
    damage(folder_of(fresh()))
    with registry.read_session() as session:
        assert index_status(session, fresh())["state"] == "damaged"
    index, reasons = ask(registry, fresh())
    assert reasons == ["index_damaged"]
    assert index.meta == sound.meta
    for name, array in arrays.items():
        assert np.array_equal(index.arrays[name], array)
    assert ask(registry, fresh())[1] == []


def test_a_folder_that_is_gone_is_built_again(registry, fresh):
    ask(registry, fresh())
    shutil.rmtree(fresh().folder)
    assert ask(registry, fresh())[1] == ["index_missing"]
    add_donor(registry)
    ask(registry, fresh())
    newest = max(fresh().folder.glob("r*"), key=lambda path: path.stat().st_mtime_ns)
    shutil.rmtree(newest)
    assert ask(registry, fresh())[1] == ["index_stale"]


def test_what_an_interrupted_build_left_is_in_nobodys_way(registry, fresh):
    store = fresh()
    with registry.read_session() as session:
        name = state_name(registry_state(session))
    left = store.folder / f".{name}.new"
    left.mkdir(parents=True)
    (left / "donor_id.npy").write_bytes(b"half")
    assert ask(registry, store)[1] == ["index_missing"]
    assert ask(registry, fresh())[1] == []
    assert not left.exists()


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_each_reason_is_said_in_its_own_words(locale):
    reasons = ("index_missing", "index_stale", "index_damaged")
    said = {sentence("index_rebuilt", {"reason": reason, "subject": "r1-x"}, locale) for reason in reasons}
    said_alone = {sentence(reason, {}, locale) for reason in reasons}
    assert len(said) == 3 or (len(said_alone) == 3 and not said_alone & set(reasons))


# --- status ---


def status(engines, store):
    with engines.read_session() as session:
        return index_status(session, store)


def test_the_status_tells_missing_fresh_and_stale_apart(registry, fresh):
    assert status(registry, fresh())["state"] == "missing"
    index, _ = ask(registry, fresh())
    found = status(registry, fresh())
    assert found == {
        "registry": index.meta.registry,
        "state": "fresh",
        "snapshot": index.meta.snapshot,
        "donors": 12,
        "bytes": index.size_bytes,
    }
    add_donor(registry)
    assert status(registry, fresh())["state"] == "stale"


def test_asking_for_the_status_builds_nothing(registry, fresh):
    status(registry, fresh())
    assert not fresh().folder.exists()


# --- old versions ---


def test_only_the_last_versions_are_kept(registry, fresh):
    store = fresh()
    for change in range(KEPT + 3):
        touch(registry, NOW + timedelta(minutes=change))
        index, _ = ask(registry, store)
    names = {path.name for path in store.folder.glob("r*")}
    assert len(names) == KEPT
    assert index.meta.registry in names
    assert all(int(name.split("-")[0][1:]) > 3 for name in names)


def test_an_open_index_survives_the_removal_of_its_files(registry, fresh):
    store = fresh()
    index, _ = ask(registry, store)
    shutil.rmtree(store.folder)
    index.verify()
    assert ask(registry, store) == (index, [])


def test_a_rebuild_of_the_same_registry_gives_the_same_index(registry, fresh):
    index, _ = ask(registry, fresh())
    with registry.read_session() as session:
        again = rebuild_index(session, fresh())
    assert again.meta == index.meta


# --- several processes ---

ROUNDS, PROCESSES = 20, 3
BUILDER = """
import sys
from pathlib import Path
from models.database import make_engines
from services.matching.snapshots import SnapshotStore, current_index, rebuild_index
engines = make_engines(sys.argv[1])
for round in range(int(sys.argv[3])):
    with engines.read_session() as session:
        built = rebuild_index(session, SnapshotStore(Path(sys.argv[2])))
        built.verify()
        index, _ = current_index(session, SnapshotStore(Path(sys.argv[2])))
        assert index.meta == built.meta
print("done")
"""


def test_processes_that_build_at_once_all_get_a_sound_index(registry, fresh, settings):
    store = fresh()
    words = [sys.executable, "-W", "error", "-c", BUILDER, settings.database_url, str(store.folder), str(ROUNDS)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    running = [
        subprocess.Popen(words, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(PROCESSES)
    ]
    ended = [process.communicate(timeout=100) for process in running]
    assert [error[-2000:] for _, error in ended if error] == []
    assert [output for output, _ in ended] == ["done\n"] * PROCESSES
    assert [path.name for path in store.folder.iterdir() if path.name.endswith(".new")] == []
    assert ask(registry, fresh())[1] == []


class RobbedLock(FileLock):
    """A lock after whose release another process has just taken the folder away, to put its own in place."""

    def __exit__(self, *error):
        super().__exit__(*error)
        for path in Path(self.lock_file).parent.glob("r*"):
            shutil.rmtree(path)


def test_a_builder_is_not_robbed_by_the_next_one(registry, fresh, monkeypatch):
    monkeypatch.setattr(snapshots, "FileLock", RobbedLock)
    with registry.read_session() as session:
        built = rebuild_index(session, fresh())
    built.verify()
    assert built.meta.donors == 12


def test_a_snapshot_that_cannot_be_trusted_has_its_own_error(tmp_path):
    with pytest.raises(DamagedSnapshot):
        open_index(tmp_path / "nothing")
