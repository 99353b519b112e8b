"""The folder of copies: each whole and checked or not there at all, the latest kept."""

import contextlib
import errno
import hashlib
import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from domain.errors import RefusedByRule, UnusableInput
from models.database import Engines
from services.backup.checking import read_copy
from services.backup.facts import Facts, differences
from services.backup.postgres_copies import copy_postgres
from services.backup.sqlite_copies import copy_sqlite

STEM, NOTE, PART = "phenotheque", ".json", ".part"
_OF_A_DAY = re.compile(rf"{STEM}-\d{{4}}-\d{{2}}-\d{{2}}\.(sqlite|dump)")
_NO_ROOM = {errno.ENOSPC, errno.EFBIG, errno.EDQUOT}


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy: its file, its size, the fingerprint (SHA-256) of its bytes and what it holds."""

    path: Path
    size: int
    sha256: str
    facts: Facts

    def details(self) -> dict[str, Any]:
        """What is said of it: no path of the machine."""
        return {
            "file": self.path.name, "bytes": self.size, "sha256": self.sha256, "revision": self.facts.revision,
            "tables": len(self.facts.tables), "rows": self.facts.rows, "seal": self.facts.seal,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class CopyFolder:
    """Where the copies of one instance are kept, readable by its account alone."""

    path: Path

    def make(self, engines: Engines, *, day: date, moment: datetime | None = None) -> Copy:
        """Make the copy of a day, in the place of an earlier one of that day; with a moment, one that is kept for good.

        The copy is written under another name and read back before it takes its own.

        Raises:
            RefusedByRule: another copy is being made here.
            UnusableInput: no room, a program is missing, or the copy does not hold what the database held.
        """
        try:
            with self._alone():
                return self._make(engines, _name(engines, day, moment))
        except OSError as error:
            if error.errno in _NO_ROOM:
                raise UnusableInput("backup_no_room") from error
            raise UnusableInput("backup_folder_unusable", why=error.strerror or "") from error

    def _make(self, engines: Engines, name: str) -> Copy:
        part = self.path / f".{name}{PART}"
        self._clear()
        try:
            os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            seen = copy_sqlite(engines, part) if _is_sqlite(engines) else copy_postgres(engines, part)
            self._check(engines, part, seen)
            return self._publish(part, name, seen)
        finally:
            self._clear()

    def keep_last(self, number: int) -> int:
        """Delete the oldest copies of days, so many that `number` stay; those made by hand are not touched."""
        days = [path for path in self.copies() if _OF_A_DAY.fullmatch(path.name)]
        for path in days[:-number]:
            path.unlink()
            _note_of(path).unlink(missing_ok=True)
        return len(days[:-number])

    def copies(self) -> Sequence[Path]:
        """The copies, the oldest first: their names begin with their day."""
        found = self.path.glob(f"{STEM}-*") if self.path.is_dir() else ()
        return sorted(path for path in found if path.suffix in (".sqlite", ".dump"))

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            with FileLock(self.path / ".lock", timeout=0):
                yield
        except Timeout as error:
            raise RefusedByRule("backup_under_way") from error

    def _clear(self) -> None:
        """Throw away what is not whole: of this copy, or of one whose process was killed."""
        for left in self.path.glob(f".{STEM}-*{PART}*"):  # with what SQLite may have put beside it
            left.unlink()

    def _check(self, engines: Engines, part: Path, seen: Facts) -> None:
        if differing := differences(seen, read_copy(engines, part)):
            raise UnusableInput("backup_differs", what=", ".join(differing))

    def _publish(self, part: Path, name: str, seen: Facts) -> Copy:
        path = self.path / name
        copy = Copy(path, part.stat().st_size, fingerprint(part), seen)
        note = {"sha256": copy.sha256, "bytes": copy.size, "facts": seen.as_json()}
        note_part = self.path / f".{name}{NOTE}{PART}"
        with os.fdopen(os.open(note_part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(note, file)
        for written in (part, note_part):
            _to_disk(written)
        _note_of(path).unlink(missing_ok=True)  # never the note of one copy beside another
        part.replace(path)
        note_part.replace(_note_of(path))
        _to_disk(self.path)
        return copy


def check_copy(engines: Engines, path: Path) -> tuple[Copy, bool]:
    """Check a copy as `restore` would meet it; whether the note beside it was there to compare it with.

    Raises UnusableInput: no such file, damaged, or not what its note says.
    """
    try:
        sha256 = fingerprint(path)
    except OSError as error:
        raise UnusableInput("file_missing", file=str(path)) from error
    noted = _noted(path)
    if noted and noted[0] != sha256:
        raise UnusableInput("backup_altered", file=path.name)
    facts = read_copy(engines, path)
    if noted and (differing := differences(noted[1], facts)):
        raise UnusableInput("backup_differs", what=", ".join(differing))
    return Copy(path, path.stat().st_size, sha256, facts), noted is not None


def fingerprint(path: Path) -> str:
    """SHA-256 (hex) of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _noted(path: Path) -> tuple[str, Facts] | None:
    try:
        raw = json.loads(_note_of(path).read_bytes())
        return str(raw["sha256"]), Facts.from_json(raw["facts"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnusableInput("backup_note_unreadable", file=_note_of(path).name) from error


def _note_of(path: Path) -> Path:
    return path.with_name(path.name + NOTE)


def _is_sqlite(engines: Engines) -> bool:
    return engines.write.dialect.name == "sqlite"


def _name(engines: Engines, day: date, moment: datetime | None) -> str:
    at = f"-{moment:%H%M%S}" if moment else ""
    return f"{STEM}-{day.isoformat()}{at}.{'sqlite' if _is_sqlite(engines) else 'dump'}"


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
