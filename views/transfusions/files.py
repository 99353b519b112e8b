"""A file of transfusions, checked or imported while the person waits; a longer one is for the command.

Its length is bounded, since no other writer gets a turn meanwhile.
"""

import io
from collections.abc import Callable, Sequence
from typing import Any

from flask import render_template, request
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from domain.errors import UnusableInput
from services.accounts.permissions import Permission
from services.exports import RefusedRowsFile
from services.imports.answer import issue_sentence
from services.imports.outcome import FileIssue, ImportResult
from services.imports.reading import Layout
from services.imports.request import ImportRequest
from services.imports.tabular import RawRow
from services.transfusions.importing import import_transfusions, open_transfusion_layout
from services.transfusions.reading import FIELDS
from services.wording.catalogue import sentence
from views.access import needs
from views.language import current_locale
from views.reservations.asked import timing
from views.running import actor, now, runtime
from views.shown import said
from views.transfusions.blueprint import blueprint

MOST_ROWS, MOST_ISSUES_SHOWN = 1_000, 50
RANKS = {"error": 0, "warning": 1, "info": 2}
Keep = Callable[[RawRow, Sequence[FileIssue]], None]


@blueprint.get("/transfusions/import")
@needs(Permission.EDIT_PATIENTS)
def import_page() -> str:
    """Send a file of transfusions."""
    return _page()


@blueprint.post("/transfusions/import")
@needs(Permission.EDIT_PATIENTS)
def import_file() -> Response | str | tuple[str, int]:
    """Check or import a file, or give back the rows that it would refuse."""
    mode = request.form.get("mode")
    try:
        file = _sent_file()
        if mode == "refused":
            return _refused_rows(file)
        told, _ = _run(file, checked=mode == "check")
    except UnusableInput as error:
        return _page(file_fault=said(error.code, error.params)), 422
    return _page(told=told, checked=mode == "check", **_issues(told))


def _page(**shown: Any) -> str:
    return render_template("transfusions/import.html", fields=tuple(FIELDS), most_rows=MOST_ROWS, **shown)


def _sent_file() -> FileStorage:
    file = request.files.get("file")
    if file is None or not file.filename:
        raise UnusableInput("upload_missing")
    return file


def _run(file: FileStorage, *, checked: bool, keep: Keep | None = None) -> tuple[ImportResult, Layout]:
    kept = {"on_refused": keep} if keep else {}
    asked = ImportRequest(
        content=file.read(), file_name=file.filename or "", actor=actor(), now=now(),
        mode="check" if checked else "diff", **kept,
    )  # fmt: skip
    layout = open_transfusion_layout(asked, most_rows=MOST_ROWS)  # before any other writer waits
    with runtime().engines.write_session() as session:  # a check writes and takes it back
        return import_transfusions(session, asked, timing=timing(), layout=layout), layout


def _issues(told: ImportResult) -> dict[str, Any]:
    """The first issues, those that refuse a row before the others, each with its sentence."""
    ranked = sorted(told.issues, key=lambda one: RANKS[one.severity])[:MOST_ISSUES_SHOWN]
    shown = [(one, issue_sentence(one, current_locale())) for one in ranked]
    return {"issues": shown, "issue_count": len(told.issues) + told.issues_left_out}


def _refused_rows(file: FileStorage) -> Response:
    """The rows that an import would refuse as a file to correct and send again; nothing is written."""
    locale, stream = current_locale(), io.StringIO(newline="")
    refused: list[tuple[RawRow, list[str]]] = []

    def keep(row: RawRow, issues: Sequence[FileIssue]) -> None:
        refused.append((row, [issue_sentence(one, locale) for one in issues if one.severity == "error"]))

    _, layout = _run(file, checked=True, keep=keep)
    written = RefusedRowsFile(stream, layout.table.headings, reason_heading=sentence("heading_reason", {}, locale))
    for row, reasons in refused:
        written.add(row, reasons)
    name = {"Content-Disposition": 'attachment; filename="refused-transfusions.csv"'}
    return Response("\ufeff" + stream.getvalue(), headers=name, content_type="text/csv; charset=utf-8")
