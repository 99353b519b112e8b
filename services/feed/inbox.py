"""One watched folder: what lies in it and may be read, the answer beside each file, and where the file is put away.

Answers are written under hidden names before an import is committed and take their names after it, so that a process
that is killed leaves enough for the next one to end what it began.
"""

import errno
import itertools
import json
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RESULT, REFUSED, PART = ".result.json", ".refused.csv", ".part"
DONE_FOLDER, REFUSED_FOLDER = "done", "refused"
_OF_OURS = (RESULT, REFUSED)
_STILL_SENT = (PART, ".tmp", ".filepart")
_READING = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK  # no link is followed, no pipe waited for
_OTHER_BY_NOW = {errno.ENOENT, errno.ELOOP, errno.ENXIO}  # gone, a link or a socket: the next look tells
LONGEST_NAME_BYTES = 200  # with an ending of ours it must stay a name
ANSWER_MODE = 0o640


@dataclass(frozen=True, slots=True)
class Arrived:
    """A file as it was seen: the same again later, nobody has written in it meanwhile."""

    name: str
    identity: tuple[int, int]
    size: int
    changed_ns: int
    fault: str | None = None  # why it is not even read


@dataclass(frozen=True, slots=True)
class Inbox:
    """One folder of the feed, of the name of what is sent in it."""

    path: Path

    def is_usable(self) -> bool:
        """Whether it is a folder, and no link that leads elsewhere; neither are those it puts files away in."""
        inside = (self.path, self.path / DONE_FOLDER, self.path / REFUSED_FOLDER)
        return self.path.is_dir() and not any(path.is_symlink() for path in inside)

    def look(self) -> list[Arrived]:
        """The files sent, by name; hidden ones, folders, answers of ours and files still being sent are none."""
        with os.scandir(self.path) as entries:
            found = [_seen(entry) for entry in entries if _is_sent(entry)]
        return sorted((one for one in found if one), key=lambda one: os.fsencode(one.name))

    def read(self, arrived: Arrived) -> bytes | None:
        """The bytes of a file; None where it is not, before and after, as it was seen."""
        try:
            handle = os.open(self.path / arrived.name, _READING)
        except OSError as error:
            if error.errno in _OTHER_BY_NOW:
                return None
            raise
        with os.fdopen(handle, "rb") as file:
            before = os.fstat(handle)
            content = file.read() if stat.S_ISREG(before.st_mode) else b""
            after = os.fstat(handle)
        same = all(_state(one) == (arrived.identity, arrived.size, arrived.changed_ns) for one in (before, after))
        return content if same and len(content) == arrived.size else None

    # --- answers -------------------------------------------------------------------------------------------------

    def claim(self, name: str, answer: dict[str, Any]) -> None:
        """Write the answer to a file, on the disk for good, not yet under its name."""
        self._write(self.part(name, RESULT), json.dumps(answer, ensure_ascii=False, indent=1, default=str).encode())

    def claims(self) -> Iterator[tuple[str, dict[str, Any] | None]]:
        """What an earlier process had begun to answer: the file's name and the answer, None where that is cut short."""
        for path in sorted(self.path.glob(f".*{RESULT}{PART}")):
            yield path.name[1 : -len(RESULT + PART)], _read_answer(path)

    def free_place(self, name: str, folder: str) -> str:
        """Where a file can be put away, relative to this folder: nothing is there, nor the answer to another."""
        stem, dot, ending = name.rpartition(".")
        names = (f"{stem}.{n}.{ending}" if dot else f"{name}.{n}" for n in range(2, 1_000_000))
        published = _read_answer(self.path / f"{name}{RESULT}")
        promised = published["kept_as"] if published else None  # its answer goes there
        for one in itertools.chain([name], names):
            if f"{folder}/{one}" != promised and not any(
                self.holds(f"{folder}/{one}{more}") for more in ("", *_OF_OURS)
            ):
                return f"{folder}/{one}"
        raise FileExistsError(name)

    def finish(self, name: str, answer: dict[str, Any], *, move: bool) -> None:
        """Put the file away and give its answer the name it is looked for under; answers before it are put away too."""
        self._put_away_answers(name)
        if move:
            self.put_away(name, answer["kept_as"])
        refused = self.part(name, REFUSED)
        if refused.exists():
            refused.replace(self.path / f"{name}{REFUSED}")
        self.part(name, RESULT).replace(self.path / f"{name}{RESULT}")

    def put_away(self, name: str, place: str) -> None:
        """Move a file to its place, a link as the link it is."""
        self._rename(name, place)

    def forget(self, name: str) -> None:
        """Drop an answer that was begun and of which nothing was committed."""
        for ending in _OF_OURS:
            self.part(name, ending).unlink(missing_ok=True)

    def forget_strays(self) -> None:
        """Drop refused rows of which no answer speaks."""
        for path in self.path.glob(f".*{REFUSED}{PART}"):
            path.unlink()

    def holds(self, place: str) -> bool:
        """Whether anything is at a place relative to this folder, be it a link that leads nowhere."""
        return os.path.lexists(self.path / place)

    def delete_older(self, before: datetime) -> int:
        """Delete files put away before a moment, and answers as old; files somebody sent are never deleted here."""
        put_away = [path for name in (DONE_FOLDER, REFUSED_FOLDER) for path in (self.path / name).glob("*")]
        answers = [path for path in self.path.glob("*") if path.name.endswith(_OF_OURS)]
        files = [path for path in (*put_away, *answers) if path.is_symlink() or not path.is_dir()]
        old = [path for path in files if _put_there(path) < before]
        for path in old:
            path.unlink()
        return len(old)

    def part(self, name: str, ending: str) -> Path:
        """The hidden name under which an answer is written."""
        return self.path / f".{name}{ending}{PART}"

    def open_refused(self, name: str) -> int:
        """A new, empty file for the refused rows of a file."""
        path = self.part(name, REFUSED)
        path.unlink(missing_ok=True)
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, ANSWER_MODE)

    def _write(self, path: Path, content: bytes) -> None:
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, ANSWER_MODE), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())

    def _put_away_answers(self, name: str) -> None:
        """The answer to an earlier file of the same name goes where that file is."""
        published = _read_answer(self.path / f"{name}{RESULT}")
        place = published["kept_as"] if published else ""
        if not place or any(self.holds(f"{place}{ending}") for ending in _OF_OURS):
            place = self.free_place(name, DONE_FOLDER)
        for ending in reversed(_OF_OURS):  # the one that names the place last
            if self.holds(f"{name}{ending}"):
                self._rename(f"{name}{ending}", f"{place}{ending}")

    def _rename(self, name: str, place: str) -> None:
        """Raises FileExistsError: nothing is ever overwritten."""
        (self.path / place).parent.mkdir(exist_ok=True)
        if self.holds(place):
            raise FileExistsError(place)
        (self.path / name).rename(self.path / place)


def _is_sent(entry: os.DirEntry[str]) -> bool:
    if entry.name.startswith(".") or entry.name.endswith((*_OF_OURS, *_STILL_SENT)):
        return False
    return entry.is_symlink() or not entry.is_dir(follow_symlinks=False)


def _seen(entry: os.DirEntry[str]) -> Arrived | None:
    try:
        found = entry.stat(follow_symlinks=False)
    except FileNotFoundError:  # taken back by its sender
        return None
    fault = None
    if stat.S_ISLNK(found.st_mode):
        fault = "feed_link"
    elif not stat.S_ISREG(found.st_mode):
        fault = "feed_no_plain_file"
    elif not is_plain_name(entry.name):
        fault = "feed_name_unusable"
    return Arrived(entry.name, *_state(found), fault)


def _read_answer(path: Path) -> dict[str, Any] | None:
    """An answer as we write them; None where there is none, or what somebody else put there in its stead.

    Whoever may send files may write here: a link, or a place outside this folder, is not followed.
    """
    try:
        with os.fdopen(os.open(path, _READING), "rb") as file:
            answer: Any = json.loads(file.read() if stat.S_ISREG(os.fstat(file.fileno()).st_mode) else "{}")
        folder, _, name = str(answer["kept_as"]).partition("/")
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return answer if folder in (DONE_FOLDER, REFUSED_FOLDER) and name and is_plain_name(name) else None


def _put_there(path: Path) -> datetime:
    """When a file came to its place: its own date is its sender's."""
    return datetime.fromtimestamp(path.lstat().st_ctime, UTC)


def _state(found: os.stat_result) -> tuple[tuple[int, int], int, int]:
    return (found.st_dev, found.st_ino), found.st_size, found.st_mtime_ns


def is_plain_name(name: str) -> bool:
    """Whether a name can be written down and means the same everywhere: no sign unseen, no path of another system."""
    return name.isprintable() and not set("/\\") & set(name) and len(os.fsencode(name)) <= LONGEST_NAME_BYTES


def safe_name(name: str) -> str:
    """A name under which a file of an unusable name is put away."""
    kept = "".join(sign if is_plain_name(sign) else "_" for sign in name)
    return kept.encode()[:LONGEST_NAME_BYTES].decode(errors="ignore")
