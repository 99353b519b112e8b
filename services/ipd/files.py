"""The files of a release folder as rows of text: found, of one version, complete; slips of form are noted."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from domain.errors import UnusableInput

ALLELES, SEROLOGY, RELATIONS = "Allelelist.txt", "rel_dna_ser.txt", "rel_ser_ser.txt"
NAMES, P_GROUPS, G_GROUPS = "hla_nom.txt", "hla_nom_p.txt", "hla_nom_g.txt"
NEEDED = (ALLELES, SEROLOGY, RELATIONS, NAMES, P_GROUPS)
OPTIONAL = (G_GROUPS,)
# Columns of a whole row; rel_dna_ser.txt has a seventh since release 3.64.
COLUMNS = {ALLELES: 2, SEROLOGY: 6, RELATIONS: 4, NAMES: 6, P_GROUPS: 3, G_GROUPS: 3}
MOST_COLUMNS = {**COLUMNS, SEROLOGY: 7}
_VERSION = re.compile(r"#\s*version:\s*(?:IPD-)?IMGT/HLA\D*(\d+\.\d+\.\d+)", re.IGNORECASE)
_DATE = re.compile(r"#\s*date:\s*(\d{4}-\d{2}-\d{2})", re.IGNORECASE)
SLIPS_KEPT = 50


@dataclass(slots=True)
class Slips:
    """What was not quite as described and read all the same: how often, and the first places."""

    counts: dict[str, int] = field(default_factory=dict)
    first: list[dict[str, str | int]] = field(default_factory=list)

    def note(self, code: str, file: str, line: int, text: str) -> None:
        """Count one slip and keep its place if it is among the first."""
        self.counts[code] = self.counts.get(code, 0) + 1
        if len(self.first) < SLIPS_KEPT:
            self.first.append({"code": code, "file": file, "line": line, "text": text[:80]})


@dataclass(frozen=True, slots=True)
class ReleaseFile:
    """One file: its version, its date, and its rows with their line numbers."""

    name: str
    version: str
    dated_on: str
    rows: Sequence[tuple[int, tuple[str, ...]]]
    content_hash: str


def read_folder(folder: Path, slips: Slips) -> dict[str, ReleaseFile]:
    """The files of a release by name; those of the WMDA lie in the folder itself or in its folder `wmda`.

    Raises:
        UnusableInput: a file is missing, unreadable, cut short, without a version, or of another version than the rest.
    """
    places = {name: path for name in (*NEEDED, *OPTIONAL) if (path := _find(folder, name))}
    missing = [name for name in NEEDED if name not in places]
    if missing:
        raise UnusableInput("release_file_missing", folder=folder.name, files=", ".join(missing))
    files = {name: _read(name, path, slips) for name, path in places.items()}
    if len({file.version for file in files.values()}) > 1:
        said = ", ".join(f"{name} {file.version}" for name, file in sorted(files.items()))
        raise UnusableInput("release_versions_differ", files=said)
    return files


def _find(folder: Path, name: str) -> Path | None:
    return next((path for path in (folder / name, folder / "wmda" / name) if path.is_file()), None)


def _read(name: str, path: Path, slips: Slips) -> ReleaseFile:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise UnusableInput("file_missing", file=name) from error
    text = raw.decode("utf-8-sig", errors="replace")
    lines = text.splitlines()
    version = next((found[1] for line in lines if (found := _VERSION.match(line))), None)
    if version is None:
        raise UnusableInput("release_version_missing", file=name)
    dated_on = next((found[1] for line in lines if (found := _DATE.match(line))), "")
    rows = list(_rows(name, lines, slips))
    if not rows:
        raise UnusableInput("release_file_cut_short", file=name)
    return ReleaseFile(name, version, dated_on, rows, hashlib.sha256(raw).hexdigest())


def _rows(name: str, lines: Sequence[str], slips: Slips) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The rows of data; a short one is completed and noted, but a short last one is a file cut short."""
    last = max((number for number, line in enumerate(lines, 1) if line.strip()), default=0)
    for number, line in enumerate(lines, 1):
        plain = line.strip()
        if not plain or plain.startswith("#") or plain == "AlleleID,Allele":
            continue
        cells = tuple(cell.strip() for cell in (re.split(r"[,\s]+", plain) if name == ALLELES else plain.split(";")))
        if len(cells) < COLUMNS[name]:
            if number == last:
                raise UnusableInput("release_file_cut_short", file=name)
            slips.note("row_short", name, number, plain)
            if name == SEROLOGY:  # where its row was cut, its antigens may be too
                cells = cells[:2]
            cells += ("",) * (COLUMNS[name] - len(cells))
        if len(cells) > MOST_COLUMNS[name]:
            slips.note("row_long", name, number, plain)
        yield number, cells[: MOST_COLUMNS[name]]
