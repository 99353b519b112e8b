"""A document written whole or not at all: a disk that fills up leaves nothing half-written, and is said."""

import io
from pathlib import Path

from domain.errors import UnusableInput
from services.documents.document import Document, Maker
from services.documents.files import write_document


def document_bytes(document: Document, kind: str, *, profile: str, maker: Maker) -> tuple[bytes, int]:
    """The file's bytes and the rows of its main table. Raises UnusableInput where the disk has no room to make it."""
    from xlsxwriter.exceptions import XlsxWriterException

    file = io.BytesIO()
    try:
        rows = write_document(document, kind, file, profile=profile, maker=maker)
    except (OSError, XlsxWriterException) as error:  # a workbook is put together in files of the system's own folder
        raise UnusableInput("report_no_room", why=_why(error)) from error
    return file.getvalue(), rows


def write_whole(content: bytes, path: Path) -> None:
    """Put a file in its place once all of it is on the disk; what was there before stays until then.

    Raises UnusableInput where it cannot be written: then nothing of it is left.
    """
    fresh = path.with_name(f".{path.name}.part")
    try:
        fresh.write_bytes(content)
        fresh.replace(path)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise UnusableInput("report_not_written", file=str(path), why=_why(error)) from error


def _why(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
