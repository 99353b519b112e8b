"""A file of multiple allele codes, as the NMDP publishes it: read line by line, since it holds a million of them.

Tab-separated: an optional first cell (`*` marks a code of whole alleles), the code, and what it stands for: second
fields (`01/02`) or alleles of two fields (`24:02/24:09N`). A date, a heading and blank lines may stand among them.
"""

import hashlib
import io
import lzma
import os
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from domain.errors import UnusableInput

SHOWN_FAULTS = 20
MOST_CODES = 5_000_000
MOST_CHARACTERS = 3_000_000_000
MOST_LINES = 2 * MOST_CODES  # headings and blank lines besides
MOST_CHARACTERS_OF_LINE = 200_000
_CODE = re.compile(r"(?!XX$)[A-Z]{2,5}", re.ASCII)
_SUBTYPES = re.compile(
    r"\d{2,4}[NLSCAQ]?(?:/\d{2,4}[NLSCAQ]?)*|\d{2,4}:\d{2,4}[NLSCAQ]?(?:/\d{2,4}:\d{2,4}[NLSCAQ]?)*", re.ASCII
)
Row = tuple[str, str]  # code, what it stands for


@dataclass(slots=True)
class CodeFile:
    """A file looked at from end to end: what it holds, and the lines that were left out (the first with their place).

    `contradicted` are codes given twice with different contents: none of these is believed.
    """

    path: Path
    dated: str = ""
    codes: int = 0
    refused: int = 0
    faults: list[dict[str, Any]] = field(default_factory=list)
    contradicted: set[str] = field(default_factory=set)
    content_hash: str = ""

    def refuse(self, line: int, code: str, raw: str) -> None:
        """Count a line that is left out."""
        self.refused += 1
        if len(self.faults) < SHOWN_FAULTS:
            self.faults.append({"line": line, "code": code, "raw": raw[:80]})


def read_code_file(path: Path) -> CodeFile:
    """Look at a whole file without keeping it.

    Raises:
        UnusableInput: no such file, no table of codes, cut short, empty or too large.
    """
    read = CodeFile(path)
    seen: dict[str, int] = {}
    said = hashlib.sha256()
    for line, text in _lines(path):
        row = _row_of(line, text, read, begun=bool(seen))
        if row is None:
            continue
        code, subtypes = row
        if code not in seen:
            seen[code] = hash(subtypes)
            said.update(f"{code}\t{subtypes}\n".encode())
        elif seen[code] != hash(subtypes):
            read.contradicted.add(code)
            read.refuse(line, "allele_code_twice", text)
        if len(seen) > MOST_CODES:
            raise UnusableInput("allele_codes_too_many", most=MOST_CODES)
    read.codes = len(seen) - len(read.contradicted)
    if not read.codes or read.refused > read.codes:
        raise UnusableInput("allele_codes_other_shape", codes=read.codes, refused=read.refused)
    said.update("\n".join(sorted(read.contradicted)).encode())
    read.content_hash = said.hexdigest()
    return read


def code_rows(read: CodeFile) -> Iterator[Row]:
    """The codes of a file that was looked at, each once. Raises UnusableInput, as `read_code_file`."""
    given: set[str] = set()
    for line, text in _lines(read.path):
        row = _row_of(line, text, None, begun=bool(given))
        if row is not None and row[0] not in given and row[0] not in read.contradicted:
            given.add(row[0])
            yield row


def _row_of(line: int, text: str, read: CodeFile | None, *, begun: bool) -> Row | None:
    """The code of a line; None for a heading, a blank line, or one that is noted as unreadable."""
    cells = [cell.strip() for cell in text.split("\t")]
    code, subtypes = cells[-2:] if len(cells) > 1 else (cells[0], "")
    if _CODE.fullmatch(code) and _SUBTYPES.fullmatch(subtypes) and len(cells) <= 3 and cells[0] in ("", "*", code):
        return code, subtypes
    if read is None or not any(cells) or "CODE" in [cell.upper() for cell in cells]:
        return None
    if len(cells) > 1 or _CODE.fullmatch(code):
        read.refuse(line, "allele_code_line_unreadable", text)
    elif not begun and not read.dated:
        read.dated = code[:80]
    return None


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a text or of the one text in a .zip, with their numbers."""
    characters = 0
    with _opened(path) as (stream, complete):
        line = 0
        while text := stream.readline(MOST_CHARACTERS_OF_LINE + 1):
            line += 1
            characters += len(text)
            if len(text) > MOST_CHARACTERS_OF_LINE or characters > MOST_CHARACTERS or line > MOST_LINES:
                raise UnusableInput("allele_codes_too_large", line=line)
            if not complete and not text.endswith("\n"):
                # A list of alleles cut in two would say that its person cannot have the rest.
                raise UnusableInput("allele_codes_cut_short", line=line)
            yield line, text.rstrip("\r\n")
        if not line:
            raise UnusableInput("allele_codes_empty")


@contextmanager
def _opened(path: Path) -> Iterator[tuple[IO[str], bool]]:
    """The text, and whether its end is known to be there (a .zip keeps a checksum)."""
    try:
        with path.open("rb") as file:
            zipped = file.read(2) == b"PK"
            file.seek(0)
            if not zipped:
                yield io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace"), False
                return
            with zipfile.ZipFile(file) as archive, archive.open(_only_text(archive)) as inner:
                yield io.TextIOWrapper(inner, encoding="utf-8-sig", errors="replace"), True
    except OSError as error:
        # Of a file that is there: a damaged member, which one of the methods of compression says so.
        code = "allele_codes_zip_damaged" if path.is_file() and os.access(path, os.R_OK) else "file_missing"
        raise UnusableInput(code, file=path.name) from error
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError) as error:
        raise UnusableInput("allele_codes_zip_damaged", file=path.name) from error


def _only_text(archive: zipfile.ZipFile) -> str:
    files = [one.filename for one in archive.infolist() if not one.is_dir()]
    names = [name for name in files if not name.startswith("__MACOSX/")]
    if len(names) != 1:
        raise UnusableInput("allele_codes_zip_of_several", count=len(names))
    return names[0]
