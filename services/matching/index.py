"""The registry as arrays: built from the donor rows, kept as an immutable memory-mapped snapshot.

Donors are sorted by phenotype and region, so that everything that depends on the phenotype is computed once
and everything that is counted by region is a sum over *cells*, the runs of donors of one phenotype and region.
"""

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.phenotype import LocusTyping, parse_locus
from domain.reference import LOCI, Reference

FORMAT = 1
EPOCH = date(1970, 1, 1)
NEVER_DAY = 65_535
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
        self._eligible: dict[int, Array] = {}

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

    def typings(self, locus: str, reference: Reference) -> list[LocusTyping]:
        """The distinct typings of one locus, in the order of their codes."""
        return [parse_pair(text, locus, reference) for text in self.meta.pairs[locus]]

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
        if day not in self._eligible:
            if len(self._eligible) > 4:
                self._eligible.clear()
            self._eligible[day] = self.sum_cells(self.eligible_rows(on))
        return self._eligible[day]

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
        if not len(marked):
            return np.zeros(0)
        return np.add.reduceat(marked, self.cell_start[:-1], dtype=np.int64).astype(np.float64)

    def verify(self) -> None:
        """Compare every array with the checksum written beside it. Raises DamagedSnapshot."""
        for name, array in self.arrays.items():
            if checksum(array) != self.meta.checksums[name]:
                raise DamagedSnapshot(name)


def checksum(array: Array) -> int:
    """CRC-32 of an array's bytes."""
    return zlib.crc32(np.ascontiguousarray(array).view(np.uint8).reshape(-1).data if array.size else b"")


def parse_pair(text: str, locus: str, reference: Reference) -> LocusTyping:
    """The typing of one locus from its part of a phenotype key (`A*01+A*03`)."""
    first, second = (("" if name == "?" else name) for name in text.split("+"))
    return parse_locus(first, second, locus=locus, reference=reference)


def _smallest(values: Array) -> Array:
    """The same values in the smallest unsigned type that holds them."""
    return values.astype(np.min_scalar_type(int(values.max()) if values.size else 0))


def _codes(texts: Iterable[str], known: dict[str, int]) -> Array:
    return np.array([known.setdefault(text, len(known)) for text in texts], dtype=np.int64)


def _encode_classes(keys: Sequence[str]) -> tuple[Array, tuple[str | None, ...], dict[str, tuple[str, ...]]]:
    """Class keys as rows (region, ABO, five HPA genotypes, CD36), with the texts that the codes stand for."""
    split = [key.split("\t") for key in keys]
    regions = sorted({parts[0] for parts in split if parts[0]})
    ordered: tuple[str | None, ...] = (*regions, None)
    region_code = {region or "": code for code, region in enumerate(ordered)}
    known: dict[str, dict[str, int]] = {"abo": {}, "hpa": {"": 0}, "cd36": {}}
    rows = np.zeros((8, len(keys)), dtype=np.int64)
    rows[0] = [region_code[parts[0]] for parts in split]
    rows[1] = _codes((parts[1] for parts in split), known["abo"])
    for system in range(len(HPA_COLUMNS)):
        rows[2 + system] = _codes((parts[2].split(",")[system] for parts in split), known["hpa"])
    rows[7] = _codes((parts[3] for parts in split), known["cd36"])
    return _smallest(rows), ordered, {name: tuple(codes) for name, codes in known.items()}


def _encode_phenotypes(keys: Sequence[str]) -> tuple[Array, dict[str, tuple[str, ...]]]:
    """Phenotype keys as rows (A pair, B pair, C pair), with the texts of the pairs."""
    known: dict[str, dict[str, int]] = {locus: {} for locus in LOCI}
    split = [key.split("^") for key in keys]
    rows = np.array(
        [_codes((parts[at] for parts in split), known[locus]) for at, locus in enumerate(LOCI)],
        dtype=np.int64,
    ).reshape(len(LOCI), len(keys))
    return _smallest(rows), {locus: tuple(codes) for locus, codes in known.items()}


def build_index(columns: RegistryColumns, *, registry: str, reference: str, rules: str) -> RegistryIndex:
    """Arrays from the searchable donors (MATCHING §5: only these are counted or listed).

    `registry` names the state of the registry that the columns were read from.
    """
    class_codes, regions, texts = _encode_classes(columns.class_keys)
    pairs, pair_texts = _encode_phenotypes(columns.phenotype_keys)
    by_pair = np.lexsort(pairs[::-1])
    place = np.empty(len(by_pair), dtype=np.int64)
    place[by_pair] = np.arange(len(by_pair))
    region = class_codes[0].astype(np.int64)[columns.klass]
    cell_key = place[columns.phenotype] * len(regions) + region
    order = np.argsort(cell_key, kind="stable")
    cells, start = np.unique(cell_key[order], return_index=True)
    row_of = np.empty(len(order), dtype=np.int64)
    row_of[order] = np.arange(len(order))
    gaps = columns.gaps.astype(np.int64).reshape(-1, 3)
    gaps[:, 0] = row_of[gaps[:, 0]]
    arrays = {
        "phenotype_pairs": np.ascontiguousarray(pairs[:, by_pair]),
        "phenotype_cells": np.searchsorted(cells, np.arange(len(by_pair) + 1) * len(regions)).astype(np.uint32),
        "cell_region": (cells % len(regions)).astype(np.uint8),
        "cell_start": np.append(start, len(order)).astype(np.uint32),
        "donor_order": order.astype(np.uint32),
        "donor_id": columns.donor_id[order].astype(np.uint32),
        "donor_class": _smallest(columns.klass[order]),
        "donor_from_day": columns.from_day[order].astype(np.uint16),
        "donor_until_day": columns.until_day[order].astype(np.uint16),
        "gaps": gaps[np.lexsort((gaps[:, 1], gaps[:, 0]))].astype(np.int32),
        "class_codes": class_codes,
    }
    checksums = {name: checksum(array) for name, array in arrays.items()}
    digest = zlib.crc32(json.dumps([checksums, pair_texts, regions, texts]).encode())
    meta = IndexMeta(
        snapshot=f"{registry}-{digest:08x}",
        registry=registry,
        reference=reference,
        rules=rules,
        donors=len(order),
        regions=regions,
        pairs=pair_texts,
        abo=texts["abo"],
        hpa=texts["hpa"],
        cd36=texts["cd36"],
        checksums=checksums,
    )
    return RegistryIndex(meta, arrays)


def save_index(index: RegistryIndex, folder: Path) -> None:
    """Write the snapshot into a new folder."""
    folder.mkdir(parents=True)
    for name, array in index.arrays.items():
        np.save(folder / f"{name}.npy", array, allow_pickle=False)
    (folder / "meta.json").write_text(json.dumps(asdict(index.meta), ensure_ascii=False), encoding="utf-8")


def open_index(folder: Path) -> RegistryIndex:
    """Map a snapshot into memory. Raises DamagedSnapshot where a file is missing, cut short or of another format."""
    try:
        raw = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
        if raw["format"] != FORMAT:
            raise DamagedSnapshot("format")
        raw["regions"] = tuple(raw["regions"])
        meta = IndexMeta(**raw)
        arrays = {name: _open_array(folder / f"{name}.npy") for name in ARRAYS}
    except (OSError, ValueError, KeyError, TypeError, EOFError) as error:
        raise DamagedSnapshot(str(error)) from error
    if len(arrays["donor_id"]) != meta.donors:
        raise DamagedSnapshot("donor_id")
    return RegistryIndex(meta, arrays)


def _open_array(path: Path) -> Array:
    array: Array = np.load(path, mmap_mode="r", allow_pickle=False) if path.stat().st_size > 128 else np.load(path)
    return array.view(np.ndarray)
