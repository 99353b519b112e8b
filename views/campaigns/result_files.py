"""A laboratory's file of results, checked or imported while the person waits.

A laboratory sends the samples of a day or a week: such a file is taken at once, and its length is bounded, since no
other writer gets a turn meanwhile. A longer one is for the command.
"""

import io
from collections.abc import Callable, Sequence
from typing import Any

from flask import Response, request
from werkzeug.datastructures import FileStorage

from domain.errors import UnusableInput
from services.accounts.permissions import Permission
from services.campaigns.records import get_campaign
from services.donor_tests.importing import import_donor_tests, open_test_layout
from services.exports import RefusedRowsFile
from services.imports.answer import issue_sentence
from services.imports.outcome import FileIssue, ImportResult
from services.imports.reading import Layout
from services.imports.request import ImportRequest
from services.imports.tabular import RawRow
from services.wording.catalogue import sentence
from views.access import needs
from views.campaigns.blueprint import blueprint
from views.campaigns.results import MOST_ROWS, SampleForm, results_page
from views.language import current_locale
from views.reservations.asked import timing
from views.running import actor, now, runtime
from views.shown import said

__all__ = ["blueprint"]
MOST_ISSUES_SHOWN = 50
RANKS = {"error": 0, "warning": 1, "info": 2}

Keep = Callable[[RawRow, Sequence[FileIssue]], None]


@blueprint.post("/campaigns/<code>/results/file")
@needs(Permission.EDIT_DONORS)
def import_results(code: str) -> Response | str | tuple[str, int]:
    """Check or import a file of results of those invited, or give back the rows that it would refuse."""
    mode = request.form.get("mode")
    try:
        file = _sent_file()
        if mode == "refused":
            return _refused_rows(code, file)
        told, _ = _run(code, file, checked=mode == "check")
    except UnusableInput as error:
        return results_page(code, SampleForm(), file_fault=said(error.code, error.params)), 422
    return results_page(code, SampleForm(), told=told, checked=mode == "check", **_issues(told))


def _sent_file() -> FileStorage:
    file = request.files.get("file")
    if file is None or not file.filename:
        raise UnusableInput("upload_missing")
    return file


def _run(code: str, file: FileStorage, *, checked: bool, keep: Keep | None = None) -> tuple[ImportResult, Layout]:
    kept = {"on_refused": keep} if keep else {}
    asked = ImportRequest(
        content=file.read(), file_name=file.filename or "", actor=actor(), now=now(),
        mode="check" if checked else "diff", **kept,
    )  # fmt: skip
    layout = open_test_layout(asked, most_rows=MOST_ROWS)  # before any other writer waits
    with runtime().engines.write_session() as session:  # a check writes and takes it back
        campaign = get_campaign(session, code)
        return import_donor_tests(session, asked, timing=timing(), campaign=campaign, layout=layout), layout


def _issues(told: ImportResult) -> dict[str, Any]:
    """The first issues, those that refuse a row before the others, each with its sentence."""
    ranked = sorted(told.issues, key=lambda one: RANKS[one.severity])[:MOST_ISSUES_SHOWN]
    shown = [(one, issue_sentence(one, current_locale())) for one in ranked]
    return {"issues": shown, "issue_count": len(told.issues) + told.issues_left_out}


def _refused_rows(code: str, file: FileStorage) -> Response:
    """The rows that an import would refuse as a file to correct and send again; nothing is written."""
    locale, stream = current_locale(), io.StringIO(newline="")
    refused: list[tuple[RawRow, list[str]]] = []

    def keep(row: RawRow, issues: Sequence[FileIssue]) -> None:
        refused.append((row, [issue_sentence(one, locale) for one in issues if one.severity == "error"]))

    _, layout = _run(code, file, checked=True, keep=keep)
    written = RefusedRowsFile(stream, layout.table.headings, reason_heading=sentence("heading_reason", {}, locale))
    for row, reasons in refused:
        written.add(row, reasons)
    name = {"Content-Disposition": 'attachment; filename="refused-results.csv"'}
    return Response("\ufeff" + stream.getvalue(), headers=name, content_type="text/csv; charset=utf-8")
