"""What the files of a release say of loci A, B and C, with a report on how well they fit one another."""

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domain.errors import UnusableInput
from domain.reference import LOCI, Reference, known_antigen
from services.ipd.files import (
    ALLELES,
    G_GROUPS,
    NAMES,
    P_GROUPS,
    RELATIONS,
    SEROLOGY,
    ReleaseFile,
    Slips,
    read_folder,
)

KINDS = ("unambiguous", "possible", "assumed", "expert")
GAPS_TOLERATED = 5  # names that one file has and another lacks; a file cut short lacks more
_NAME = re.compile(r"\d{2,4}(?::\d{2,4}){1,3}[NLSCAQ]?", re.ASCII)
_OLD_NAME = re.compile(r"((?:\d{2}){2,4})([NLSCAQ]?)", re.ASCII)
_ANTIGEN = re.compile(r"(?:A|B|Cw?)?(\d{1,4})", re.ASCII)


@dataclass(frozen=True, slots=True)
class AlleleRow:
    """One current allele: `A*02:03:01:01`, its antigens by kind as text (`A203`, `?`, `0`), and its groups."""

    name: str
    unambiguous: str = ""
    possible: str = ""
    assumed: str = ""
    expert: str = ""
    p_group: str = ""
    g_group: str = ""


@dataclass(frozen=True, slots=True)
class WithdrawnRow:
    """One name given up: the day (ISO), the allele it was shown to be, if any, and why."""

    name: str
    withdrawn_on: str
    successor: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReleaseContents:
    """All that is kept of a release, and the report on reading it."""

    version: str
    dated_on: str
    content_hash: str
    alleles: tuple[AlleleRow, ...]
    withdrawn: tuple[WithdrawnRow, ...]
    parents: Mapping[str, str]
    report: Mapping[str, Any]


def read_release(folder: Path, core: Reference) -> ReleaseContents:
    """Read a folder of release files; `core` tells which antigens are known.

    Raises:
        UnusableInput: see `files.read_folder`; or a file lacks what the others have, as one cut short does.
    """
    slips = Slips()
    files = read_folder(folder, slips)
    names = _current_names(files[ALLELES], slips)
    serology = _serology(files[SEROLOGY], slips)
    p_groups, covered = _groups(files[P_GROUPS])
    _check_complete(files, names, covered, slips)
    g_groups = _groups(files[G_GROUPS])[0] if G_GROUPS in files else {}
    alleles = tuple(
        AlleleRow(name, *serology.get(name, ("", "", "", "")), p_groups.get(name, ""), g_groups.get(name, ""))
        for name in names
        if name.split("*")[0] in LOCI
    )
    withdrawn = tuple(_withdrawn(files[NAMES], core, slips))
    parents, relations = _relations(files[RELATIONS])
    return ReleaseContents(
        version=files[ALLELES].version,
        dated_on=files[ALLELES].dated_on,
        content_hash=_joint_hash(files.values()),
        alleles=alleles,
        withdrawn=withdrawn,
        parents=parents,
        report=_report(alleles, withdrawn, _Against(core, parents, relations), slips, G_GROUPS in files),
    )


def _joint_hash(files: Iterable[ReleaseFile]) -> str:
    joined = "\n".join(sorted(f"{file.name} {file.content_hash}" for file in files))
    return hashlib.sha256(joined.encode()).hexdigest()


def _current_names(file: ReleaseFile, slips: Slips) -> dict[str, None]:
    """Every current allele of every locus, in the order of the file."""
    names: dict[str, None] = {}
    for line, (_, name) in file.rows:
        locus, _, fields = name.partition("*")
        if locus in LOCI and not _NAME.fullmatch(fields):
            slips.note("name_unreadable", file.name, line, name)
        elif name in names:
            slips.note("name_twice", file.name, line, name)
        else:
            names[name] = None
    return names


def _serology(file: ReleaseFile, slips: Slips) -> dict[str, tuple[str, str, str, str]]:
    """The four columns of antigens of each allele; the seventh, an algorithm's prediction, is checked and not kept."""
    found: dict[str, tuple[str, str, str, str]] = {}
    for line, (locus, fields, *columns) in file.rows:
        if locus.rstrip("*") not in LOCI:
            continue
        name = f"{locus}{fields}"
        if name in found:
            slips.note("name_twice", file.name, line, name)
            continue
        letters = "Cw" if locus == "C*" else locus[0]
        if columns[4:] and _antigens(columns[4], letters) is None:
            slips.note("seventh_column_unreadable", file.name, line, columns[4])
        texts = [_antigens(column, letters) for column in columns[:4]]
        for column, text in zip(columns, texts, strict=False):
            if text is None:
                slips.note("antigen_unreadable", file.name, line, column)
        # What was meant in one column is not known, so the others do not say all: the allele counts as its group.
        first, second, third, fourth = ("" if None in texts else text or "" for text in texts)
        found[name] = (first, second, third, fourth)
    return found


def _antigens(column: str, letters: str) -> str | None:
    """`0/24` as `0/A24`; None where a part is neither an antigen, nor `0` (nothing expressed), nor `?` (no antigen)."""
    parts = []
    for part in filter(None, (one.strip() for one in column.split("/"))):
        match = _ANTIGEN.fullmatch(part)
        if part not in ("0", "?") and not (match and match[1].strip("0")):
            return None
        parts.append(f"{letters}{match[1]}" if match and part != "0" else part)
    return "/".join(parts)


def _groups(file: ReleaseFile) -> tuple[dict[str, str], set[str]]:
    """The group of each allele that has one, and every allele the file speaks of."""
    found: dict[str, str] = {}
    covered: set[str] = set()
    for _, (locus, members, group) in file.rows:
        for member in members.split("/"):
            covered.add(f"{locus}{member}")
            if group:
                found[f"{locus}{member}"] = f"{locus}{group}"
    return found, covered


def _check_complete(
    files: Mapping[str, ReleaseFile], names: Collection[str], in_p_groups: set[str], slips: Slips
) -> None:
    """Every file must speak of the same alleles; a few gaps are noted, more are a file cut short."""
    listed = set(names)
    named = {locus + fields for _, (locus, fields, _, gone, *_) in files[NAMES].rows if "*" in locus and not gone}
    typed = {locus + fields for _, (locus, fields, *_) in files[SEROLOGY].rows}
    # Of a null allele there is no protein, and of some loci no P group at all.
    with_groups = {name.split("*")[0] for name in in_p_groups} | set(LOCI)
    proteins = {name for name in typed if not name.endswith("N") and name.split("*")[0] in with_groups}
    for name, has, needs in (
        (ALLELES, listed, typed),
        (SEROLOGY, typed, listed),
        (NAMES, named, listed),
        (P_GROUPS, in_p_groups, proteins),
    ):
        gaps = sorted(needs - has)
        if len(gaps) > GAPS_TOLERATED:
            raise UnusableInput("release_file_lacks_alleles", file=name, missing=len(gaps), first=gaps[0])
        for gap in gaps:
            slips.note("allele_missing", name, 0, gap)
    if not {"A", "B", "Cw"} <= {row[0] for _, row in files[RELATIONS].rows}:
        raise UnusableInput("release_file_cut_short", file=RELATIONS)


def _withdrawn(file: ReleaseFile, core: Reference, slips: Slips) -> Iterable[WithdrawnRow]:
    """The names given up, old ones (`0223`, `9530`) written as they are read today."""
    for line, (locus, fields, _, gone, successor, reason) in file.rows:
        if not gone or locus.rstrip("*") not in LOCI:
            continue
        name = f"{locus}{fields}" if _NAME.fullmatch(fields) else _modern(locus, fields, core)
        if name is None:
            slips.note("old_name", file.name, line, f"{locus}{fields}")
            continue
        day = f"{gone[:4]}-{gone[4:6]}-{gone[6:]}" if re.fullmatch(r"\d{8}", gone) else gone
        yield WithdrawnRow(name, day, f"{locus}{successor}" if successor else "", reason)


def _modern(locus: str, fields: str, core: Reference) -> str | None:
    """A name of before 2010 with colons; None for one of an odd number of digits, which nobody types today."""
    match = _OLD_NAME.fullmatch(fields)
    if match is None:
        return None
    first, second, *more = re.findall(r"\d{2}", match[1])
    renamed = core.renamed_groups.get(f"{locus}{first}")
    start = f"{renamed}{second}" if renamed else f"{locus}{first}:{second}"
    return ":".join([start, *more]) + match[2]


def _relations(file: ReleaseFile) -> tuple[dict[str, str], set[tuple[str, str, str]]]:
    """Each associated antigen's parent, and every relation (kind, parent, child)."""
    relations = set()
    for _, (locus, antigen, splits, associated) in file.rows:
        if locus in ("A", "B", "Cw"):
            for kind, children in (("split", splits), ("associated", associated)):
                relations |= {(kind, locus + antigen, locus + child) for child in children.split("/") if child}
    return {child: parent for kind, parent, child in sorted(relations) if kind == "associated"}, relations


@dataclass(frozen=True, slots=True)
class _Against:
    """What the release is compared with."""

    core: Reference
    parents: Mapping[str, str]
    relations: set[tuple[str, str, str]]


def _report(
    alleles: tuple[AlleleRow, ...],
    withdrawn: tuple[WithdrawnRow, ...],
    against: _Against,
    slips: Slips,
    with_g_groups: bool,
) -> dict[str, Any]:
    core = against.core
    texts = {text for row in alleles for text in (row.unambiguous, row.possible, row.assumed, row.expert)}
    antigens = {name for text in texts for name in text.split("/")} - {"", "0", "?"}
    unknown = {name: known_antigen(name, core, against.parents) for name in antigens if name not in core.kinds}
    ours = {("split", parent, child) for parent, children in core.splits.items() for child in children}
    ours |= {("associated", parent, child) for parent, children in core.associated.items() for child in children}
    return {
        "alleles": len(alleles),
        "null_alleles": sum(row.name.endswith("N") for row in alleles),
        "without_antigen": sum("?" in f"{row.unambiguous}/{row.assumed}".split("/") for row in alleles),
        "by_kind": {kind: sum(bool(getattr(row, kind).strip("0?/")) for row in alleles) for kind in KINDS},
        "p_groups": len({row.p_group for row in alleles} - {""}),
        "g_groups": len({row.g_group for row in alleles} - {""}) if with_g_groups else None,
        "withdrawn": len(withdrawn),
        "unknown_antigens": {name: unknown[name] for name in sorted(unknown)},
        "relations": len(against.relations),
        "relations_missing": sorted(f"{parent} → {child}" for _, parent, child in ours - against.relations),
        "relations_new": sorted(f"{parent} → {child}" for _, parent, child in against.relations - ours),
        "slips": dict(sorted(slips.counts.items())),
        "first_slips": slips.first,
    }
