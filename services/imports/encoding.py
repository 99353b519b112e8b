"""Which character encoding a text file is in: byte-order mark, then UTF-8, then UTF-16, then cp1252."""

import codecs
import re

from domain.errors import UnusableInput

_CHUNK_BYTES = 1 << 20
_LOOKED_AT_BYTES = 4096
# Accents, œ and typographic marks in UTF-8: as cp1252 they read “Ã©”, “Å“”, “â€™”, which nobody writes.
_UTF8_LETTER = re.compile(rb"\xc3[\x80-\xbf]|\xc5[\x92\x93]|\xe2\x80[\x90-\xbf]")
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def detect_encoding(content: bytes) -> str:
    """Python's name of the encoding in which the whole file can be read.

    Raises:
        UnusableInput: no encoding fits, the text is UTF-8 damaged at some place, or the file is not text.
    """
    for mark, name in _MARKS:
        if content.startswith(mark):
            _check_readable(content, name)
            return name
    if b"\x00" in content[:_LOOKED_AT_BYTES]:
        return _utf16_without_mark(content)
    damaged_at = _first_error(content, "utf-8")
    if damaged_at is None:
        _refuse_binary(content)
        return "utf-8"
    if not content[:damaged_at].isascii():
        # Accents before this place were good UTF-8: reading the file as cp1252 would spoil every one of them.
        raise UnusableInput("encoding_damaged", encoding="UTF-8", line=content.count(b"\n", 0, damaged_at) + 1)
    _check_readable(content, "cp1252")
    mixed = _UTF8_LETTER.search(content)
    if mixed:
        raise UnusableInput("encoding_mixed", line=content.count(b"\n", 0, mixed.start()) + 1)
    _refuse_binary(content)
    return "cp1252"


def _utf16_without_mark(content: bytes) -> str:
    start = content[:_LOOKED_AT_BYTES]
    half = max(1, len(start) // 2)
    for offset, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        if start[offset::2].count(0) / half > 0.4 and _first_error(content, name) is None:
            return name
    raise UnusableInput("file_not_text")


def _refuse_binary(content: bytes) -> None:
    if b"\x00" in content:
        raise UnusableInput("file_not_text")


def _check_readable(content: bytes, encoding: str) -> None:
    damaged_at = _first_error(content, encoding)
    if damaged_at is not None:
        line = content.count(b"\n", 0, damaged_at) + 1
        raise UnusableInput("encoding_damaged", encoding=encoding.upper().removesuffix("-SIG"), line=line)


def _first_error(content: bytes, encoding: str) -> int | None:
    """Place of the first byte that the encoding cannot read, looked for piece by piece to spare memory."""
    decoder = codecs.getincrementaldecoder(encoding)()
    for start in range(0, len(content), _CHUNK_BYTES):
        try:
            decoder.decode(content[start : start + _CHUNK_BYTES])
        except UnicodeDecodeError as error:
            # The decoder may hold back up to three bytes of the piece before.
            return max(0, start + error.start - 3) if start else error.start
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return max(0, len(content) - 1)
    return None
