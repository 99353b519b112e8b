"""What kind of file the bytes are, judged by content and never by name."""

from enum import StrEnum

from domain.errors import UnusableInput
from services.imports.workbook import check_workbook

MAX_FILE_BYTES = 100_000_000

# First bytes of files people send by mistake, and what to call them.
_OTHER_FILES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"\xd0\xcf\x11\xe0", "Excel 97–2003 (.xls)"),
    (b"\x1f\x8b", "gzip"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (b"Rar!", "RAR"),
    (b"SQLite format 3", "SQLite"),
    (b"{\\rtf", "RTF"),
    (b"\x7fELF", "ELF"),
)
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_LOOKED_AT_BYTES = 4096


class FileKind(StrEnum):
    """The three kinds of file an import can read."""

    TEXT = "text"
    XLSX = "xlsx"
    XML = "xml"


def recognise_file(content: bytes) -> FileKind:
    """The kind of a file, from its bytes.

    Raises:
        UnusableInput: empty, larger than 100 MB, or a kind of file that no import reads.
    """
    check_size(len(content))
    if not content.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        raise UnusableInput("file_empty")
    if content.startswith(b"PK"):
        check_workbook(content)
        return FileKind.XLSX
    for mark, name in _OTHER_FILES:
        if content.startswith(mark):
            raise UnusableInput("wrong_file_type", found=name)
    start = _plain_start(content)
    if start.startswith((b"<!doctype html", b"<html")):
        raise UnusableInput("wrong_file_type", found="HTML")
    if start.startswith(b"<"):
        return FileKind.XML
    if start.startswith((b"{", b"[{")):
        raise UnusableInput("wrong_file_type", found="JSON")
    return FileKind.TEXT


def check_size(size_bytes: int) -> None:
    """Refuse a file above the limit; also called before a file is read into memory.

    Raises:
        UnusableInput: larger than 100 MB.
    """
    if size_bytes > MAX_FILE_BYTES:
        raise UnusableInput("file_too_large", megabytes=size_bytes // 1_000_000, limit=MAX_FILE_BYTES // 1_000_000)


def _plain_start(content: bytes) -> bytes:
    start = content[:_LOOKED_AT_BYTES]
    if start.startswith(_UTF16_MARKS):
        start = start.replace(b"\x00", b"")[2:]
    return start.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
