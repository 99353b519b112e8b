"""The availability report as files: the same in each, no live formula, nothing half-written."""

import csv
import io
import os
import resource
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from openpyxl import load_workbook

from domain.errors import UnusableInput
from jobs.availability import snapshot_availability
from services.availability.report import find_report
from services.documents.availability import availability_document
from services.documents.document import Maker
from services.documents.paper import paper_data
from services.documents.whole import document_bytes, write_whole
from tests.conftest import close, copy_sqlite, freeze, make_app
from tests.services.availability.conftest import ZONE, ask, direct
from tests.small_registry import NOW, ON, put_small_registry

MAKER = Maker("Somebody (someone)", NOW, ZONE)


@pytest.fixture(scope="module")
def report(tmp_path_factory, migrated_sqlite):
    """The report of the small registry, made once: it is only read."""
    folder = tmp_path_factory.mktemp("availability")
    copy_sqlite(migrated_sqlite, folder / "small.sqlite")
    app = make_app(folder, f"sqlite:///{folder / 'small.sqlite'}")
    freeze(app, NOW)
    runtime = app.extensions["phenotheque"]
    with runtime.engines.write_session() as session:
        put_small_registry(session)
        ask(session, "P1", 9, 2, "r1")
    direct(runtime.engines)
    snapshot_availability(runtime, ON)
    with runtime.engines.read_session() as session:
        yield find_report(session, on=ON, region=None, patients=True, zone=ZONE)
    close(app)


def document(report, *, on_paper=False, locale="en", patients=True):
    return availability_document(report, maker=MAKER, locale=locale, patients=patients, on_paper=on_paper)


def content(report, kind, **more):
    return document_bytes(document(report, on_paper=kind == "pdf", **more), kind, profile="international", maker=MAKER)


def test_every_form_says_the_same_of_a_directive(report):
    made, rows = content(report, "xlsx")
    assert rows == 1
    book = load_workbook(io.BytesIO(made))
    cells = next(row for row in book.worksheets[0].iter_rows(values_only=True) if row[0] == "P1")
    written = next(csv.DictReader(io.StringIO(content(report, "csv")[0].decode())))
    paper = paper_data(document(report, on_paper=True))["tables"][0]["rows"][0]
    assert [cells[place] for place in range(4, 9)] == [6, 3, 3, 3, 4]
    assert [written[name] for name in ("Compatible", "Can give", "in 7 days", "in 28 days")] == ["6", "3", "3", "4"]
    assert paper[4:9] == ["6", "3", "3", "3", "4"]
    assert (cells[10], written["Need, this week"], paper[10]) == (9, "9", "9")
    assert "More units are needed this week" in paper[-1]
    assert not [one for sheet in book.worksheets for row in sheet.iter_rows() for one in row if one.data_type == "f"]
    parts = [row[3] for row in book.worksheets[1].iter_rows(values_only=True) if row[0] == "P1"]
    assert sum(parts) == 6


@pytest.mark.parametrize(("locale", "title"), [("fr", "toute la France"), ("en", "whole country")])
def test_the_pdf_is_tagged_and_says_its_language_and_versions(report, locale, title):
    made, rows = content(report, "pdf", locale=locale)
    assert rows == 1
    assert b"/StructTreeRoot" in made
    assert f"/Lang({locale})".encode() in made
    data = paper_data(document(report, on_paper=True, locale=locale))
    assert data["subject"] == title
    assert [value for _, value in data["versions"]][:1] == ["core-1"]


def test_without_the_right_no_patient_is_in_any_form(report):
    made = document(report, patients=False)
    texts = [str(cell) for table in made.tables for row in table.rows for cell in row]
    assert texts
    assert "P1" not in texts


@contextmanager
def room(size):
    """Files of this process may grow to so many bytes and no further, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_leaves_the_old_file_and_nothing_half_written(tmp_path):
    path = tmp_path / "report.pdf"
    path.write_bytes(b"old")
    with room(1_000), pytest.raises(UnusableInput) as refused:
        write_whole(b"x" * 5_000, path)
    assert refused.value.code == "report_not_written"
    assert path.read_bytes() == b"old"
    assert [one.name for one in tmp_path.iterdir()] == ["report.pdf"]


def test_a_folder_that_is_not_there_is_said(tmp_path):
    with pytest.raises(UnusableInput) as refused:
        write_whole(b"x", tmp_path / "none" / "report.pdf")
    assert refused.value.code == "report_not_written"


FULL = """
import resource
from datetime import UTC, datetime
from domain.errors import UnusableInput
from jobs.availability import snapshot_availability
from services.documents.document import Column, Document, Maker, Table
from services.documents.whole import document_bytes
rows = [["x" * 1000] for _ in range(100)]
made = Document("n", "t", "s", "en", (), (), (), [Table("rows", [Column("c")], rows)])
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
try:
    document_bytes(made, "xlsx", profile="international", maker=Maker("x", datetime(2026, 1, 1, tzinfo=UTC), "UTC"))
except UnusableInput as refused:
    print(refused.code, refused.params["why"])
"""


@pytest.mark.slow
def test_no_room_to_put_a_workbook_together_is_said_and_leaves_nothing(tmp_path):
    # in a process of its own: xlsxwriter leaves its files open, which a test must not
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FULL],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split(" ", 1)[0] == "report_no_room"
    assert list(tmp_path.iterdir()) == []
