"""The page of a kind of file in which a row is one result, checked or imported while the person waits.

Its length is bounded, since no other writer gets a turn meanwhile; a longer file is for the command.
"""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template, request
from sqlmodel import Session
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from domain.errors import UnusableInput
from services.exports import RefusedRowsFile
from services.imports.answer import issue_sentence
from services.imports.outcome import FileIssue, ImportResult
from services.imports.reading import Layout
from services.imports.request import ImportRequest
from services.imports.result_rows import ResultForm, open_result_layout
from services.imports.tabular import RawRow
from services.wording.catalogue import sentence
from views.language import current_locale
from views.running import actor, now, runtime
from views.shown import said

MOST_ROWS, MOST_ISSUES_SHOWN = 1_000, 50
RANKS = {"error": 0, "warning": 1, "info": 2}
Keep = Callable[[RawRow, Sequence[FileIssue]], None]


@dataclass(frozen=True, slots=True)
class TablePage:
    """What one kind of file needs: the name of its command, its template, its columns and its import."""

    command: str
    template: str
    form: ResultForm
    do: Callable[[Session, ImportRequest, Layout], ImportResult]
    open_layout: Callable[[ImportRequest], Layout] | None = None  # of a kind that bounds its length itself

    def show(self, **shown: Any) -> str:
        """The page, with what is to be said of the file that was sent."""
        return render_template(self.template, fields=tuple(self.form.fields), most_rows=MOST_ROWS, **shown)

    def take(self) -> Response | str | tuple[str, int]:
        """Check or import the file that was sent, or give back the rows that it would refuse."""
        mode = request.form.get("mode")
        try:
            file = _sent_file()
            if mode == "refused":
                return self._refused_rows(file)
            told, _ = self._run(file, checked=mode == "check")
        except UnusableInput as error:
            return self.show(file_fault=said(error.code, error.params)), 422
        return self.show(told=told, checked=mode == "check", **_issues(told))

    def _run(self, file: FileStorage, *, checked: bool, keep: Keep | None = None) -> tuple[ImportResult, Layout]:
        kept = {"on_refused": keep} if keep else {}
        asked = ImportRequest(
            content=file.read(), file_name=file.filename or "", actor=actor(), now=now(),
            mode="check" if checked else "diff", **kept,
        )  # fmt: skip
        layout = (self.open_layout or self._open_layout)(asked)  # before any other writer waits
        with runtime().engines.write_session() as session:  # a check writes and takes it back
            return self.do(session, asked, layout), layout

    def _open_layout(self, asked: ImportRequest) -> Layout:
        layout = open_result_layout(asked, self.form)
        if (rows := layout.survey.row_count) > MOST_ROWS:
            raise UnusableInput("table_file_too_long", rows=rows, most=MOST_ROWS, command=self.command)
        return layout

    def _refused_rows(self, file: FileStorage) -> Response:
        """The rows that an import would refuse as a file to correct and send again; nothing is written."""
        locale, stream = current_locale(), io.StringIO(newline="")
        refused: list[tuple[RawRow, list[str]]] = []

        def keep(row: RawRow, issues: Sequence[FileIssue]) -> None:
            refused.append((row, [issue_sentence(one, locale) for one in issues if one.severity == "error"]))

        _, layout = self._run(file, checked=True, keep=keep)
        written = RefusedRowsFile(stream, layout.table.headings, reason_heading=sentence("heading_reason", {}, locale))
        for row, reasons in refused:
            written.add(row, reasons)
        name = {"Content-Disposition": f'attachment; filename="refused-{self.command}.csv"'}
        return Response("\ufeff" + stream.getvalue(), headers=name, content_type="text/csv; charset=utf-8")


def _sent_file() -> FileStorage:
    file = request.files.get("file")
    if file is None or not file.filename:
        raise UnusableInput("upload_missing")
    return file


def _issues(told: ImportResult) -> dict[str, Any]:
    """The first issues, those that refuse a row before the others, each with its sentence."""
    ranked = sorted(told.issues, key=lambda one: RANKS[one.severity])[:MOST_ISSUES_SHOWN]
    shown = [(one, issue_sentence(one, current_locale())) for one in ranked]
    return {"issues": shown, "issue_count": len(told.issues) + told.issues_left_out}
