"""The folder of uploaded files: encrypted, readable by their owner alone, and the progress of each beside it."""

import json
import os
import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from domain.errors import NotFound
from models.crypto import decrypt_bytes, encrypt_bytes

REFUSED, PROGRESS = ".refused", ".progress"
_ID = re.compile(r"[0-9a-f-]{36}")


@dataclass(frozen=True, slots=True)
class UploadFolder:
    """One folder, shared by the site and the jobs process (and by all hosts, where there are several)."""

    path: Path

    def keep(self, upload_id: str, content: bytes) -> None:
        """Keep a file, encrypted, whole or not at all."""
        self._write(upload_id, [encrypt_bytes(content)])

    def read(self, upload_id: str) -> bytes:
        """The bytes of a file as they were sent. Raises NotFound where it is not kept any more."""
        try:
            return decrypt_bytes(self._file(upload_id).read_bytes())
        except FileNotFoundError as error:
            raise NotFound("upload_file_gone") from error

    def holds(self, upload_id: str) -> bool:
        """Whether the file is still kept."""
        return self._file(upload_id).is_file()

    def forget(self, upload_id: str, *, refused_too: bool = False) -> None:
        """Delete a file and its progress, and its refused rows where asked."""
        for ending in ("", PROGRESS, *((REFUSED,) if refused_too else ())):
            self._file(upload_id, ending).unlink(missing_ok=True)

    def tell_progress(self, upload_id: str, done: int, total: int, *, now: datetime) -> None:
        """Say how far an import is.

        In a file and not in the database: the import holds the one place of a writer until it ends, so a second
        transaction would wait for it, and what the first one writes is seen by nobody before it commits.
        """
        said = {"done": done, "total": total, "at": now.isoformat()}
        self._write(upload_id, [json.dumps(said).encode()], PROGRESS)

    def progress(self, upload_id: str) -> tuple[int, int] | None:
        """Rows done and rows in all, None where nothing was said yet."""
        try:
            said = json.loads(self._file(upload_id, PROGRESS).read_bytes())
            return int(said["done"]), int(said["total"])
        except FileNotFoundError:
            return None

    def forget_progress(self, upload_id: str) -> None:
        """Forget how far an earlier piece of work on this file was."""
        self._file(upload_id, PROGRESS).unlink(missing_ok=True)

    def keep_refused(self, upload_id: str, blocks: Sequence[Any], *, anew: bool) -> None:
        """Add blocks of refused rows (JSON values), each encrypted on a line of its own."""
        self._prepare()
        flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if anew else os.O_APPEND)
        with os.fdopen(os.open(self._file(upload_id, REFUSED), flags, 0o600), "wb") as file:
            file.writelines(map(_sealed, blocks))

    def replace_refused(self, upload_id: str, blocks: Iterable[Any]) -> None:
        """Put other blocks of refused rows in the place of those kept: on the disk for good once this returns."""
        self._write(upload_id, map(_sealed, blocks), REFUSED)
        for path in (self._file(upload_id, REFUSED), self.path):  # the rows, then the name that leads to them
            handle = os.open(path, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)

    def with_refused(self) -> Sequence[str]:
        """The ids of the uploads that have refused rows kept."""
        return [path.stem for path in self.kept_files() if path.suffix == REFUSED]

    def has_refused(self, upload_id: str) -> bool:
        """Whether refused rows are kept."""
        return self._file(upload_id, REFUSED).is_file()

    def refused(self, upload_id: str) -> Iterator[Any]:
        """The blocks of refused rows. Raises NotFound where none are kept."""
        try:
            file = self._file(upload_id, REFUSED).open("rb")
        except FileNotFoundError as error:
            raise NotFound("upload_file_gone") from error
        with file:
            for line in file:
                yield json.loads(decrypt_bytes(line.strip()))

    def kept_files(self) -> Sequence[Path]:
        """Every file of the folder."""
        return sorted(path for path in self.path.glob("*") if path.is_file()) if self.path.is_dir() else ()

    def _prepare(self) -> None:
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _write(self, upload_id: str, pieces: Iterable[bytes], ending: str = "") -> None:
        """Write beside, then rename: a reader meets the old file or the new one, never a part."""
        self._prepare()
        target = self._file(upload_id, ending)
        beside = target.with_name(f"{target.name}.{secrets.token_hex(4)}.part")
        try:
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.writelines(pieces)
            beside.replace(target)
        finally:
            beside.unlink(missing_ok=True)

    def _file(self, upload_id: str, ending: str = "") -> Path:
        if not _ID.fullmatch(upload_id):  # an address may hold anything
            raise NotFound("upload_unknown")
        return self.path / f"{upload_id}{ending}"


def _sealed(block: Any) -> bytes:
    """One block, encrypted, on a line of its own."""
    return encrypt_bytes(json.dumps(block).encode()) + b"\n"
