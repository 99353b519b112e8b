"""The registry as arrays: built from the donor rows, kept as an immutable memory-mapped snapshot.

Donors are sorted by phenotype and region, so that everything that depends on the phenotype is computed once
and everything that is counted by region is a sum over *cells*, the runs of donors of one phenotype and region.
"""

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from tokenize import TokenError
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.phenotype import LocusTyping, parse_locus
from domain.reference import Reference
from domain.typing_text import TypedValue

FORMAT = 1
EPOCH = date(1970, 1, 1)
NEVER_DAY = 65_535
DAYS_KEPT = 4
HPA_COLUMNS = ("HPA-1", "HPA-2", "HPA-3", "HPA-5", "HPA-15")

Array = NDArray[Any]
ARRAYS = (
    "phenotype_pairs",
    "phenotype_cells",
    "cell_region",
    "cell_start",
    "donor_order",
    "donor_id",
    "donor_class",
    "donor_from_day",
    "donor_until_day",
    "gaps",
    "class_codes",
)


# What numpy and json raise at bytes that are not theirs; an array's header is read as Python text.
UNREADABLE = (OSError, ValueError, KeyError, TypeError, EOFError, SyntaxError, TokenError, UserWarning)


class DamagedSnapshot(Exception):
    """A snapshot that cannot be trusted: a file is missing, cut short or altered."""


@dataclass(frozen=True, slots=True)
class RegistryColumns:
    """The searchable donors, in the order of their numbers.

    `phenotype` and `klass` index the distinct `phenotype_keys` and `class_keys`; days count from 1970-01-01,
    65,535 is never (from) or no limit (until); `gaps` has rows (donor, from day, until day).
    """

    donor_id: Array
    phenotype: Array
    klass: Array
    from_day: Array
    until_day: Array
    phenotype_keys: Sequence[str]
    class_keys: Sequence[str]
    gaps: Array


@dataclass(frozen=True, slots=True)
class IndexMeta:
    """What the snapshot was made from; a search is answered only from one that fits the registry."""

    snapshot: str
    registry: str
    reference: str
    rules: str
    donors: int
    regions: tuple[str | None, ...]
    pairs: Mapping[str, tuple[str, ...]]
    abo: tuple[str, ...]
    hpa: tuple[str, ...]
    cd36: tuple[str, ...]
    checksums: Mapping[str, int]
    format: int = FORMAT


@dataclass(frozen=True, slots=True)
class LocusCodes:
    """The typings of one locus as codes of their different values.

    `first` and `second` point into `values`; where a typing has fewer different values they hold len(values), for
    which every table of the engine has a neutral last entry. `typed`: both positions are typed.
    """

    values: tuple[TypedValue, ...]
    typings: tuple[LocusTyping, ...]
    first: Array
    second: Array
    typed: Array


class RegistryIndex:
    """One snapshot, opened: read-only arrays and the typings they stand for."""

    def __init__(self, meta: IndexMeta, arrays: Mapping[str, Array]) -> None:
        self.meta = meta
        self.arrays = arrays
        self.phenotype_pairs = arrays["phenotype_pairs"]
        self.phenotype_cells = arrays["phenotype_cells"]
        self.cell_region = arrays["cell_region"]
        self.cell_start = arrays["cell_start"]
        self.donor_order = arrays["donor_order"]
        self.donor_id = arrays["donor_id"]
        self.donor_class = arrays["donor_class"]
        self.donor_from_day = arrays["donor_from_day"]
        self.donor_until_day = arrays["donor_until_day"]
        self.class_codes = arrays["class_codes"]
        # The masks of each locus's typings by table, nomenclature and locus (services.matching.eplets).
        self.eplet_masks: dict[tuple[str, str, str], Array] = {}
        self._eligible: dict[int, Array] = {}
        self._loci: dict[tuple[str, str], LocusCodes] = {}

    @cached_property
    def cell_phenotype(self) -> Array:
        """The phenotype of each cell."""
        return np.repeat(np.arange(len(self.phenotype_pairs[0]), dtype=np.uint32), np.diff(self.phenotype_cells))

    @cached_property
    def cell_count(self) -> Array:
        """The donors in each cell, as floating point, the form in which they are summed."""
        return np.diff(self.cell_start).astype(np.float64)

    @property
    def size_bytes(self) -> int:
        """What all arrays take."""
        return sum(array.nbytes for array in self.arrays.values())

    def locus(self, locus: str, reference: Reference) -> LocusCodes:
        """The distinct typings of one locus, in the order of their codes (worked out once for a snapshot)."""
        key = (reference.name, locus)
        if key not in self._loci:
            self._loci[key] = locus_codes([parse_pair(text, locus, reference) for text in self.meta.pairs[locus]])
        return self._loci[key]

    def first_eligible_days(self, rows: Array, on: date) -> Array:
        """The first eligible day of each donor row, not before `on`; 65,535 is none."""
        days = np.maximum(self.donor_from_day[rows].astype(np.int64), (on - EPOCH).days)
        for row, start, end in self.arrays["gaps"]:  # few: deferrals to come, in order of their start
            hit = (rows == row) & (days >= start) & (days < end)
            days[hit] = end
        days[days >= self.donor_until_day[rows]] = NEVER_DAY
        return np.minimum(days, NEVER_DAY)

    def eligible_count(self, on: date) -> Array:
        """The donors in each cell who are first eligible on that very day (kept for the days asked last)."""
        day = (on - EPOCH).days
        known = self._eligible.get(day)
        if known is None:
            known = self.sum_cells(self.eligible_rows(on))
            if len(self._eligible) >= DAYS_KEPT:
                self._eligible = {}
            self._eligible[day] = known
        return known

    def eligible_rows(self, on: date) -> Array:
        """Whether each donor may give on that day."""
        day = (on - EPOCH).days
        eligible = (self.donor_from_day <= day) & (self.donor_until_day > day)
        for row, start, end in self.arrays["gaps"]:
            if start <= day < end:
                eligible[row] = False
        return eligible

    def sum_cells(self, marked: Array) -> Array:
        """How many donors of each cell are marked."""
        # Differences of a running count: three times faster than summing each run of rows.
        running = np.zeros(len(marked) + 1, dtype=np.int32)
        np.cumsum(marked, out=running[1:])
        return np.diff(running[self.cell_start]).astype(np.float64)

    def verify(self) -> None:
        """Compare every array with the checksum written beside it. Raises DamagedSnapshot."""
        for name, array in self.arrays.items():
            if checksum(array) != self.meta.checksums.get(name):
                raise DamagedSnapshot(name)


def locus_codes(typings: Sequence[LocusTyping]) -> LocusCodes:
    """The different values of a list of typings, and where each typing finds its own."""
    known: dict[str, int] = {}
    values: list[TypedValue] = []
    rows = []
    for typing in typings:
        found = typing.distinct()
        for value in found:
            if known.setdefault(value.canonical, len(values)) == len(values):
                values.append(value)
        rows.append([known[value.canonical] for value in found] + [-1] * (2 - len(found)))
    codes = np.array(rows, dtype=np.int64).reshape(-1, 2)
    codes[codes < 0] = len(values)
    typed = np.array([typing.is_typed for typing in typings], dtype=bool)
    return LocusCodes(tuple(values), tuple(typings), codes[:, 0], codes[:, 1], typed)


def checksum(array: Array) -> int:
    """CRC-32 of an array's type, shape and bytes."""
    kind = zlib.crc32(f"{array.dtype.str}{array.shape}".encode())
    return zlib.crc32(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data, kind) if array.size else kind


def seal(raw: Mapping[str, Any]) -> int:
    """CRC-32 of what a snapshot's description says."""
    return zlib.crc32(json.dumps(raw, ensure_ascii=False, sort_keys=True).encode())


def parse_pair(text: str, locus: str, reference: Reference) -> LocusTyping:
    """The typing of one locus from its part of a phenotype key (`A*01+A*03`)."""
    first, second = (("" if name == "?" else name) for name in text.split("+"))
    return parse_locus(first, second, locus=locus, reference=reference)


def save_index(index: RegistryIndex, folder: Path) -> None:
    """Write the snapshot into a new folder."""
    folder.mkdir(parents=True)
    for name, array in index.arrays.items():
        np.save(folder / f"{name}.npy", array, allow_pickle=False)
    raw = asdict(index.meta)
    described = {"meta": raw, "seal": seal(json.loads(json.dumps(raw)))}
    (folder / "meta.json").write_text(json.dumps(described, ensure_ascii=False), encoding="utf-8")


def open_index(folder: Path) -> RegistryIndex:
    """Map a snapshot into memory. Raises DamagedSnapshot where a file is missing, cut short or of another format."""
    try:
        described = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
        raw = described["meta"]
        if seal(raw) != described["seal"] or raw["format"] != FORMAT:
            raise DamagedSnapshot("meta.json")
        meta = IndexMeta(**{**raw, "regions": tuple(raw["regions"])})
        arrays = {name: _open_array(folder / f"{name}.npy") for name in ARRAYS}
    except UNREADABLE as error:
        raise DamagedSnapshot(str(error)) from error
    if len(arrays["donor_id"]) != meta.donors:
        raise DamagedSnapshot("donor_id")
    return RegistryIndex(meta, arrays)


def _open_array(path: Path) -> Array:
    array: Array = np.load(path, mmap_mode="r", allow_pickle=False) if path.stat().st_size > 128 else np.load(path)
    return array.view(np.ndarray)
