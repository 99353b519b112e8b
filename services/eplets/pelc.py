"""The CSV tables inside the pelc package, where it is installed; its code and its pickles are never read."""

import csv
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from domain.errors import UnusableInput
from models.epitope import EpletSource
from services.eplets.contents import EpletContents, two_fields

PACKAGE = "pelc"
LOCI = ("A", "B", "C")
FACTS = ("eplet", "locus", "confirmation")
CLASS_I = "ABC"
STATUS = {"Confirmed": True, "No": False, "Questionable": False}  # anything else: the table does not say


def pelc_folder() -> tuple[Path, str]:
    """The folder of the tables and the version of the package. Raises UnusableInput where it is not installed."""
    try:
        found = distribution(PACKAGE)
    except PackageNotFoundError as error:
        raise UnusableInput("pelc_not_installed") from error
    return Path(str(found.locate_file(f"{PACKAGE}/data"))), found.version


def read_pelc(folder: Path) -> EpletContents:
    """The class I tables of a folder. Raises UnusableInput where a file is missing or of another shape."""
    contents = EpletContents(EpletSource.PELC)
    for row in _rows(folder / "ep_data.csv", FACTS):
        if row["locus"] == CLASS_I:
            contents.verified[row["eplet"]] = STATUS.get(row["confirmation"])
    for locus in LOCI:
        _read_locus(folder / f"{locus}.csv", locus, contents)
    return contents


def _read_locus(path: Path, locus: str, contents: EpletContents) -> None:
    for line, row in enumerate(_rows(path, ("allele", "eplet1")), start=2):
        contents.rows += 1
        allele = two_fields(row["allele"])
        eplets = [text for name, text in row.items() if name != "allele" and text]
        if allele is None or not allele.startswith(locus):
            contents.refuse(line, "eplet_allele_unreadable", row["allele"])
            continue
        contents.carry(allele, eplets)
        for eplet in eplets:
            contents.verified.setdefault(eplet, None)


def _rows(path: Path, needed: tuple[str, ...]) -> Iterator[dict[str, str]]:
    """The rows of one table, each as wide as its header."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnusableInput("file_missing", file=path.name) from error
    rows = csv.DictReader(text.splitlines(), delimiter=";")
    headings = list(rows.fieldnames or ())
    if not set(needed) <= set(headings):
        raise UnusableInput("eplet_table_other_shape", file=path.name, found="; ".join(headings[:6]))
    for row in rows:
        if None in row or None in row.values():
            raise UnusableInput("eplet_table_cut_short", file=path.name, line=rows.line_num)
        yield {name: cell.strip() for name, cell in row.items()}
