"""The cells of an .xlsx that hold an error, or a formula without its result: the reader gives both as empty."""

import io
import posixpath
import re
import zipfile
import zlib
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from domain.errors import UnusableInput

_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_READ_AT_ONCE_BYTES = 1 << 20
_OVERLAP_BYTES = 10_000  # the longest formula: a cell cut in two by the end of a piece is seen whole in the next
_ERROR = re.compile(rb'<(?:\w+:)?c\s(?=[^>]*\bt="e")[^>]*?\br="([A-Za-z]{1,3})(\d{1,7})"')
_NO_RESULT = re.compile(
    rb'<(?:\w+:)?c\s(?![^>]*\bt="str")[^>]*?\br="([A-Za-z]{1,3})(\d{1,7})"[^>]*(?<!/)>'
    rb"\s*<(?:\w+:)?f(?:\s[^>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</"
)

Place = tuple[int, int]  # row and column, from 1


def spoilt_cells(content: bytes, sheet_name: str) -> frozenset[Place]:
    """Where the sheet of that name holds an error or a formula without its result.

    Raises:
        UnusableInput: the workbook cannot be read.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            member = _member_of(archive, sheet_name)
            return frozenset(_scan(archive, member)) if member in archive.namelist() else frozenset()
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, KeyError, ParseError, DefusedXmlException) as error:
        raise UnusableInput("spreadsheet_damaged") from error


def _member_of(archive: zipfile.ZipFile, sheet_name: str) -> str:
    """The file inside the workbook that holds a sheet."""
    relation = next(
        (
            node.get(_RELATION)
            for node in fromstring(archive.read("xl/workbook.xml")).iter()
            if node.tag.endswith("}sheet") and node.get("name") == sheet_name
        ),
        None,
    )
    for node in fromstring(archive.read("xl/_rels/workbook.xml.rels")):
        if node.get("Id") == relation:
            return posixpath.normpath(posixpath.join("/xl", node.get("Target", ""))).lstrip("/")
    return ""


def _scan(archive: zipfile.ZipFile, member: str) -> set[Place]:
    found: set[Place] = set()
    kept = b""
    with archive.open(member) as stream:
        while piece := stream.read(_READ_AT_ONCE_BYTES):
            text = kept + piece
            for pattern in (_ERROR, _NO_RESULT):
                found.update((int(cell[2]), column_number(cell[1])) for cell in pattern.finditer(text))
            kept = piece[-_OVERLAP_BYTES:]
    return found


def column_number(letters: bytes) -> int:
    """1 for A, 27 for AA."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - ord("A") + 1
    return number
