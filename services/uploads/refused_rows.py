"""The refused rows of an import: kept encrypted beside the upload, given back as a file to correct and send again."""

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from models.importing import ImportKind
from services.exports import RefusedRowsFile
from services.imports.fields import DONOR_KEY
from services.imports.outcome import FileIssue
from services.imports.reading import Layout
from services.imports.tabular import RawRow
from services.uploads.alphabets import names_nobody, shows_any
from services.uploads.folder import UploadFolder
from services.uploads.issues import said, shown_issue
from services.wording.catalogue import sentence

ROWS_OF_A_BLOCK = 500
# Rows of people whom no file may touch: their texts are kept nowhere.
NEVER_KEPT = frozenset({"donor_erased_row", "donor_restricted_row"})


class RefusedRowsKeeper:
    """Takes refused rows as an import goes on and writes them in blocks, so that memory holds few of them.

    The file is written before the import commits: an import that fails leaves one that the next attempt begins anew.
    """

    def __init__(self, folder: UploadFolder, upload_id: str) -> None:
        self._folder = folder
        self._upload_id = upload_id
        self._head: dict[str, Any] | None = None
        self._rows: list[Any] = []

    def head(self, layout: Layout) -> None:
        """Remember the headings, each with the column it was read as."""
        columns: list[str | None] = [None] * len(layout.table.headings)
        for name, place in layout.columns.places.items():
            columns[place] = name
        self._head = {"headings": list(layout.table.headings), "columns": columns}

    def begin(self) -> None:
        """Begin the file anew; not before this import has the writer's place, since another may be writing it."""
        if self._head:
            self._folder.keep_refused(self._upload_id, [self._head], anew=True)

    def keep(self, row: RawRow, issues: Sequence[FileIssue]) -> None:
        """Take one row with what was said of it."""
        errors = [issue for issue in issues if issue.severity == "error"]
        if NEVER_KEPT & {issue.code for issue in errors}:
            return
        reasons = [[one.code, one.column, one.raw, dict(one.params)] for one in errors]
        self._rows.append({"line": row.line, "cells": [str(cell) for cell in row.cells], "issues": reasons})
        if len(self._rows) >= ROWS_OF_A_BLOCK:
            self.close()

    def close(self) -> None:
        """Write what is left."""
        if self._rows:
            self._folder.keep_refused(self._upload_id, [self._rows], anew=False)
            self._rows = []


def refused_rows_csv(
    folder: UploadFolder, upload_id: str, *, kind: ImportKind, identity: bool, locale: str
) -> Iterator[str]:
    """The refused rows as the text of a CSV file, in pieces: as they were, with line and reason in a last column.

    Where a donor's identity may not be seen, only columns are given whose texts tell names from values, under names of
    ours: an import leaves alone what a file has no column for. A row of the wrong shape is then left out, and so is
    one with a cell that could be a person's, since a name may stand under any heading.

    Raises NotFound where none are kept.
    """
    blocks = folder.refused(upload_id)
    head = next(blocks)
    columns, kind = head["columns"], ImportKind.DONORS if DONOR_KEY in head["columns"] else kind
    hidden = kind is ImportKind.DONORS and not identity
    places = [place for place, name in enumerate(columns) if not hidden or shows_any(name)]
    stream = io.StringIO(newline="")
    reason = sentence("heading_reason", {}, locale)
    headings = columns if hidden else head["headings"]
    file = RefusedRowsFile(stream, [headings[place] for place in places], reason_heading=reason)
    yield "\ufeff"
    for rows in blocks:
        for row in rows:
            if not hidden or _is_in_place(row, columns, places):
                file.add(_raw_row(row, places, whole=not hidden), _reasons(row, kind, identity, locale))
        yield _taken(stream)
    yield _taken(stream)


def is_misshapen(row: Mapping[str, Any]) -> bool:
    """Whether the cells of a refused row may stand under wrong headings."""
    return any(column is None for _, column, _, _ in row["issues"])


def _is_in_place(row: Mapping[str, Any], columns: Sequence[str | None], places: Sequence[int]) -> bool:
    """Whether every cell that would be given looks like a value of its column."""
    return not is_misshapen(row) and all(names_nobody(columns[place], row["cells"][place]) for place in places)


def _raw_row(row: dict[str, Any], places: Sequence[int], *, whole: bool) -> RawRow:
    cells = row["cells"] if whole else [row["cells"][place] for place in places]
    return RawRow(row["line"], row["line"], cells)


def _reasons(row: dict[str, Any], kind: ImportKind, identity: bool, locale: str) -> list[str]:
    line = sentence("upload_line", {"line": row["line"]}, locale)
    found = []
    for code, column, raw, params in row["issues"]:
        issue = {"code": code, "severity": "error", "line": row["line"], "column": column, "raw": raw, "params": params}
        words = said(shown_issue(issue, kind, identity=identity, headed=False), locale)
        found.append(f"{column}: {words}" if column else words)
    return [line, *found]


def _taken(stream: io.StringIO) -> str:
    text = stream.getvalue()
    stream.seek(0)
    stream.truncate()
    return text
