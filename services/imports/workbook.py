"""Whether an .xlsx may be opened: the reader behind it holds a whole sheet, corner to corner, in memory."""

import io
import re
import zipfile
import zlib
from typing import IO

from domain.errors import UnusableInput
from services.imports.spoilt_cells import column_number

# An .xlsx is a zip: a small file may unpack to a huge one, and texts written in the cells take some three times
# their size once read. 400 MB are a sheet of ten million cells.
MAX_UNPACKED_BYTES = 400_000_000
MAX_CELLS = 20_000_000  # some 600 MB once read
_READ_AT_ONCE_BYTES = 1 << 20
_OVERLAP_BYTES = 200  # a tag cut in two by the end of a piece is seen whole in the next
_CELL = re.compile(rb'<(?:\w+:)?c\s(?:[^>]*?\s)?r="([A-Za-z]+)(\d+)"[^>]*(?<!/)>')  # a cell that holds something
_DAMAGE = (zipfile.BadZipFile, zlib.error, ValueError, OSError, EOFError, RuntimeError)


def check_workbook(content: bytes) -> None:
    """Look over a zip before the spreadsheet reader does.

    Raises:
        UnusableInput: not a workbook, damaged, or larger than memory should hold, be it for one stray cell.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            if "xl/workbook.xml" not in {member.filename for member in members}:
                raise UnusableInput("wrong_file_type", found="zip")
            unpacked = sum(member.file_size for member in members)
            if unpacked > MAX_UNPACKED_BYTES:
                megabytes, limit = unpacked // 1_000_000, MAX_UNPACKED_BYTES // 1_000_000
                raise UnusableInput("file_too_large", megabytes=megabytes, limit=limit)
            for member in members:  # whatever its name is: a workbook says itself which of them are its sheets
                with archive.open(member) as stream:
                    _check_sheet(stream)
    except _DAMAGE as error:
        raise UnusableInput("spreadsheet_damaged") from error


def _check_sheet(stream: IO[bytes]) -> None:
    """Refuse a sheet whose filled cells span more than memory should hold."""
    last_row = last_column = 0
    kept = b""
    while piece := stream.read(_READ_AT_ONCE_BYTES):
        for cell in _CELL.finditer(kept + piece):
            last_row = max(last_row, int(cell[2][:12]))
            last_column = max(last_column, column_number(cell[1][:8]))
        if last_row * last_column > MAX_CELLS:
            raise UnusableInput("spreadsheet_too_wide", rows=last_row, columns=last_column)
        kept = piece[-_OVERLAP_BYTES:]
