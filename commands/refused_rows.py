"""The file of refused rows: the person's own, readable by nobody else, since it names people."""

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from commands.common import locale, say
from domain.errors import UnusableInput
from services.exports import RefusedRowsFile
from services.imports.answer import issue_sentence
from services.imports.outcome import FileIssue
from services.imports.tabular import RawRow, read_table
from services.wording.catalogue import sentence

Keep = Callable[[RawRow, Sequence[FileIssue]], None]


@contextmanager
def refused_rows_kept(path: str | None, *, source: str, content: bytes) -> Iterator[Keep]:
    """Writes refused rows to a file, tried before anything is imported; untouched where no row is refused.

    Raises UnusableInput where the file cannot be written, or is the one that is imported.
    """
    if path is None:
        yield lambda row, issues: None
        return
    headings = read_table(content).headings
    _check_not_source(path, source)
    existed = Path(path).exists()
    kept = _RefusedRows(path, headings)
    try:
        yield kept.keep
    finally:
        kept.close()
        if not existed and not kept.written:
            Path(path).unlink()
    say("refused_rows_written" if kept.written else "refused_rows_none", file=path)


def _check_not_source(path: str, source: str) -> None:
    if Path(path).exists() and Path(path).samefile(source):
        raise UnusableInput("refused_rows_over_input", file=path)


class _RefusedRows:
    """Each row is on the disk before the next: a full disk is met while nothing is imported yet for good."""

    def __init__(self, path: str, headings: Sequence[str]) -> None:
        self._path = path
        self._headings = headings
        self._locale = locale()
        self._file: RefusedRowsFile | None = None
        with _writing(path):
            self._stream = _open_private(path)

    @property
    def written(self) -> bool:
        """Whether a row was written."""
        return self._file is not None

    def keep(self, row: RawRow, issues: Sequence[FileIssue]) -> None:
        """Write one row, with why it was refused."""
        with _writing(self._path):
            if self._file is None:
                self._file = self._begin()
            reasons = [issue_sentence(issue, self._locale) for issue in issues if issue.severity == "error"]
            self._file.add(row, reasons)
            self._stream.flush()

    def _begin(self) -> RefusedRowsFile:
        if _is_regular(self._stream.fileno()):
            self._stream.truncate(0)
        heading = sentence("heading_reason", {}, self._locale)
        return RefusedRowsFile(self._stream, self._headings, reason_heading=heading)

    def close(self) -> None:
        """Close the file; what could not be flushed before was told before."""
        try:
            self._stream.close()
        except OSError:
            if not self.written:
                raise


def _open_private(path: str) -> IO[str]:
    """The file opened and not yet emptied, its rights those of its owner alone."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    if _is_regular(descriptor):
        os.fchmod(descriptor, 0o600)
    return os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="")


def _is_regular(descriptor: int) -> bool:
    return stat.S_ISREG(os.fstat(descriptor).st_mode)


@contextmanager
def _writing(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UnusableInput("file_not_written", file=path, why=error.strerror or "") from error
