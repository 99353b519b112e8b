"""A made-up release in the form of IPD-IMGT/HLA: a few alleles, written as the five files of a folder."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from domain.reference import Reference, read_with
from services.ipd.contents import ReleaseContents, read_release
from services.ipd.store import build_release
from services.reference import core_reference

# name, unambiguous, possible, assumed, expert, P group
ALLELES = (
    ("A*01:01:01:01", "1", "", "", "", "01:01P"),
    ("A*01:01:01:02N", "0", "", "", "", ""),
    ("A*01:04:01N", "0", "", "", "", ""),
    ("A*02:01:01:01", "2", "", "", "", "02:01P"),
    ("A*02:01:01:02L", "", "0/2", "", "", "02:01P"),
    ("A*02:03:01", "203", "", "", "", "02:03P"),
    ("A*02:09:01", "", "", "2", "", "02:01P"),
    ("A*02:55", "", "", "2", "28", ""),
    ("A*24:02:01:01", "24", "", "", "", ""),
    ("A*24:18", "", "24/3", "", "", ""),
    ("B*07:02:01", "7", "", "", "", ""),
    ("B*15:12:01", "76", "", "", "62", ""),
    ("B*40:05:01", "4005", "", "", "40", ""),
    ("B*40:26", "21", "", "", "40", ""),
    ("B*44:02:01:01", "44", "", "", "", ""),
    ("B*44:02:01:02S", "0", "", "", "44", ""),
    ("C*07:01:01", "7", "", "", "", ""),
    ("C*12:03:01", "?", "", "", "", ""),
)
WITHDRAWN = (
    "A*;02:01:08;20020930;20220131;02:1040;Sequence renamed",
    "A*;02:100;20100401;20100401;;Never assigned",
    "A*;2401;19890801;19950311;;Sequence error",
    "B*;38:156;20190530;20210430;39:171;Name assigned in error",
)
RELATIONS = ("A;2;;203/210", "A;9;23/24;", "B;21;49/50;4005", "Cw;3;9/10;")
SEROLOGY = "rel_dna_ser.txt"


def header(version: str, file: str) -> list[str]:
    return [f"# file: {file}", "# date: 2030-01-31", f"# version: IPD-IMGT/HLA {version}", "# author: nobody"]


def files_of(
    alleles: Sequence[tuple[str, ...]] = ALLELES, *, version: str = "3.99.0", seventh: Sequence[str] | None = None
) -> dict[str, list[str]]:
    """The lines of each file; with `seventh`, one text for the last column of each allele."""
    split = [(*name.split("*"), *rest) for name, *rest in alleles]
    lines = {
        "Allelelist.txt": ["AlleleID,Allele", *(f"HLA{place:05},{row[0]}" for place, row in enumerate(alleles))],
        SEROLOGY: [f"{locus}*;{fields};{';'.join(kinds[:4])}" for locus, fields, *kinds in split],
        "rel_ser_ser.txt": list(RELATIONS),
        "hla_nom.txt": [*(f"{locus}*;{fields};20200101;;;" for locus, fields, *_ in split), *WITHDRAWN],
        "hla_nom_p.txt": [
            f"{locus}*;{fields};{group}" for locus, fields, *_, group in split if not fields.endswith("N")
        ],
    }
    if seventh is not None:
        lines[SEROLOGY] = [f"{line};{more}" for line, more in zip(lines[SEROLOGY], seventh, strict=True)]
    return {name: header(version, name) + rows for name, rows in lines.items()}


def write_folder(folder: Path, files: dict[str, list[str]] | None = None) -> Path:
    """The list of alleles in the folder, the rest in `wmda`, as in the project's own archive."""
    (folder / "wmda").mkdir(parents=True)
    for name, lines in (files or files_of()).items():
        place = folder if name == "Allelelist.txt" else folder / "wmda"
        (place / name).write_text("\n".join(lines), encoding="utf-8")
    return folder


def reference_of_contents(contents: ReleaseContents) -> Reference:
    name = f"ipd-imgt-hla-{contents.version}"
    release = build_release(name, contents.alleles, contents.withdrawn, dict(contents.parents))
    return read_with(core_reference(), release)


@cache
def contents_of(folder: Path) -> ReleaseContents:
    return read_release(folder, core_reference())


@cache
def real_reference(shared: Path) -> Reference:
    """The core under the release of the shared folder."""
    return reference_of_contents(contents_of(shared / "data" / "ipd-imgt-hla-3.58.0"))
