"""What became of a file: one outcome for every row, and every issue with its place, raw text and reason."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from domain.errors import Severity
from services.imports.values import Fault

Outcome = Literal["created", "updated", "unchanged", "refused"]

MAX_RAW_CHARACTERS = 200
MAX_ISSUES_IN_ANSWER = 20_000  # the database keeps them all; an answer of a million rows would not fit in memory


@dataclass(frozen=True, slots=True)
class FileIssue:
    """Something to say about a row or a whole file; an error refuses its row, nothing else does."""

    code: str
    severity: Severity
    line: int | None = None
    column: str | None = None
    raw: str = ""
    params: Mapping[str, object] = field(default_factory=dict)


def row_error(line: int, column: str | None, raw: str, fault: Fault) -> FileIssue:
    """The issue that refuses a row because of one cell."""
    return FileIssue(fault.code, "error", line, column, raw[:MAX_RAW_CHARACTERS], fault.params)


@dataclass(frozen=True, slots=True)
class RowResult:
    """One row's place, key and outcome."""

    line: int
    key: str
    outcome: Outcome


class Journal(Protocol):
    """Where rows and issues are kept as an import goes on."""

    def note_rows(self, rows: Sequence[RowResult]) -> None:
        """Keep the outcome of these rows."""

    def note_issues(self, issues: Sequence[FileIssue]) -> None:
        """Keep these issues."""


class NoJournal:
    """Keeps nothing: the journal of a check, which writes nothing."""

    def note_rows(self, rows: Sequence[RowResult]) -> None:
        """Keep nothing."""

    def note_issues(self, issues: Sequence[FileIssue]) -> None:
        """Keep nothing."""


@dataclass(slots=True)
class Tally:
    """Counts of rows by outcome and the issues met; infos of one column and code are told once, with their count."""

    journal: Journal
    outcomes: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    issues: list[FileIssue] = field(default_factory=list)
    _infos: dict[tuple[str, str | None], FileIssue] = field(default_factory=dict)
    _info_counts: Counter[tuple[str, str | None]] = field(default_factory=Counter)

    def count(self, rows: Sequence[RowResult]) -> None:
        """Count these rows and hand them to the journal."""
        self.outcomes.update(row.outcome for row in rows)
        self.journal.note_rows(rows)

    def add(self, issues: Sequence[FileIssue]) -> None:
        """Keep these issues; an info that has a line is gathered with those like it."""
        told = [issue for issue in issues if issue.severity != "info" or issue.line is None]
        for issue in issues:
            if issue.severity == "info" and issue.line is not None:
                self._infos.setdefault((issue.code, issue.column), issue)
                self._info_counts[issue.code, issue.column] += 1
        self._tell(told)

    def close(self) -> None:
        """Tell the gathered infos, each once."""
        told = []
        for key, first in self._infos.items():
            params = {**first.params, "cells": self._info_counts[key]}
            told.append(FileIssue(first.code, "info", first.line, first.column, first.raw, params))
        self._infos.clear()
        self._tell(told)

    def _tell(self, issues: Sequence[FileIssue]) -> None:
        self.codes.update(issue.code for issue in issues)
        self.issues.extend(issues[: max(0, MAX_ISSUES_IN_ANSWER - len(self.issues))])
        self.journal.note_issues(issues)

    @property
    def left_out(self) -> int:
        """How many issues the answer leaves out."""
        return sum(self.codes.values()) - len(self.issues)


@dataclass(frozen=True, slots=True)
class ImportResult:
    """The answer to an import: rows = created + updated + unchanged + refused."""

    kind: str
    mode: str
    file_name: str
    encoding: str | None
    separator: str | None
    rows: int
    created: int
    updated: int
    unchanged: int
    refused: int
    deactivated: int
    issues: tuple[FileIssue, ...]
    issues_left_out: int
    codes: Mapping[str, int]
    batch: int | None = None
    details: Mapping[str, object] = field(default_factory=dict)
