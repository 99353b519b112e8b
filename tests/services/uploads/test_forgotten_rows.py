"""An erasure reaches the refused rows beside an upload, and nobody else's."""

import csv
import io
import os

import pytest
from sqlmodel import select

from domain.errors import UnusableInput
from models.importing import ImportIssue, ImportKind
from models.job import Upload
from services.donor_consent import erase_donor
from services.explanations import get_donor
from services.uploads.folder import UploadFolder
from services.uploads.refused_rows import refused_rows_csv
from services.uploads.runs import check_upload, import_upload
from services.uploads.states import confirm_upload, read_otherwise, receive_upload, record_check, seen_token
from services.uploads.work import open_import
from tests.small_registry import NOW, ON, put_small_registry

HEAD = "donor_number,last_name,birth_date,weight_kg,status\n"
MINE = "PT0001,Zzmine,80-1-1/1,60,active\n"
OTHERS = "PT0002,Zzother,80-1-1/1,1,active\n"
WHO = {"actor": "test", "now": NOW}


@pytest.fixture
def registry(engines):
    with engines.write_session() as session:
        put_small_registry(session)
    return engines


@pytest.fixture
def folder(tmp_path):
    return UploadFolder(tmp_path / "uploads")


def check(engines, folder, upload):
    with engines.read_session() as session:
        outcome = check_upload(session, upload, folder, on=ON, tell=lambda _done, _total: None, now=NOW)
    with engines.write_session() as session:
        record_check(session, upload, outcome, folder.read(upload.id))
        return session.get_one(Upload, upload.id)


def imported(engines, folder, text, columns=None):
    """The id of a file of donors that was imported, its headings named by hand where asked."""
    with engines.write_session() as session:
        sent = {"content": text.encode(), "file_name": "d.csv", "kinds": list(ImportKind), "kind": ImportKind.DONORS}
        upload = receive_upload(session, folder, **sent, **WHO)
    upload = check(engines, folder, upload)
    if columns:
        with engines.write_session() as session:
            upload = session.get_one(Upload, upload.id)
            said = {"kind": upload.kind, "mode": upload.mode, "options": {}, "seen": seen_token(upload)}
            read_otherwise(session, upload, columns=columns, **said, **WHO)
        upload = check(engines, folder, upload)
    work = open_import(upload, folder, actor="test", tell=lambda _done, _total: None, now=NOW)
    with engines.write_session() as session:
        upload = session.get_one(Upload, upload.id)
        confirm_upload(session, upload, deactivation_confirmed=False, seen=seen_token(upload), now=NOW)
        import_upload(session, work, upload.id, on=ON, now=NOW)
    return upload.id


def erase(engines, folder, number="PT0001"):
    with engines.write_session() as session:
        donor = get_donor(session, number)
        said = {"number": number, "version": donor.version_id, "repeated_number": number, "reason": "asked"}
        erase_donor(session, folder, **said, today=ON, **WHO)


def refused(folder, upload):
    """The refused rows as somebody who sees everything downloads them."""
    pieces = refused_rows_csv(folder, upload, kind=ImportKind.DONORS, identity=True, locale="en")
    return list(csv.reader(io.StringIO("".join(pieces).removeprefix("\ufeff")), delimiter=";"))


def test_the_persons_refused_row_is_gone_and_the_others_stay(registry, folder):
    upload = imported(registry, folder, HEAD + MINE + OTHERS)
    erase(registry, folder)
    assert [row[1] for row in refused(folder, upload)] == ["last_name", "Zzother"]
    assert [path.name for path in folder.kept_files() if path.suffix == ".part"] == []
    assert (folder.path / f"{upload}.refused").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("row", ["Zzmine,PT0001\n", ",PT0001,80-1-1/1,60,active\n"])
def test_a_row_whose_number_stands_under_another_heading_is_gone_with_its_issues(row, registry, folder):
    upload = imported(registry, folder, HEAD + row + OTHERS)
    erase(registry, folder)
    assert [line[0] for line in refused(folder, upload)] == ["donor_number", "PT0002"]
    with registry.read_session() as session:
        assert {one.raw for one in session.exec(select(ImportIssue).where(ImportIssue.line == 2))} == {""}
        assert {one["line"] for one in session.get_one(Upload, upload).result["issues"]} == {None, 3}


def test_a_cell_that_happens_to_be_the_number_forgets_nobody_else(registry, folder):
    imported(registry, folder, "donor_number,last_name,status\n1,Zzone,active\n")
    upload = imported(registry, folder, HEAD + OTHERS + MINE.replace("PT0001", "1"))
    erase(registry, folder, "1")
    assert [row[1] for row in refused(folder, upload)] == ["last_name", "Zzother"]


def test_the_first_row_of_a_file_without_headings_is_gone_too(registry, folder):
    by_hand = dict(zip(MINE.split(",")[:4], HEAD.split(",")[:4], strict=True))
    upload = imported(registry, folder, MINE.replace("active", "Zzactive") + OTHERS, by_hand)
    erase(registry, folder)
    assert refused(folder, upload)[0][:4] == ["donor_number", "last_name", "birth_date", "weight_kg"]
    with registry.read_session() as session:
        row = session.get_one(Upload, upload)
        assert (row.columns, row.result["headings"]) == ({}, [])
        assert "Zz" not in str([one.model_dump() for one in session.exec(select(ImportIssue)) if one.line is None])


def test_a_file_that_cannot_be_rewritten_stops_the_erasure(registry, folder):
    upload = imported(registry, folder, HEAD + MINE)
    os.truncate(folder.path / f"{upload}.refused", 200)
    with pytest.raises(UnusableInput):
        erase(registry, folder)
    with registry.read_session() as session:
        assert get_donor(session, "PT0001").erased_at is None
