"""From the searchable donors to the arrays of the index."""

import json
import zlib
from collections.abc import Iterable, Sequence

import numpy as np

from domain.reference import LOCI
from services.matching.index import HPA_COLUMNS, Array, IndexMeta, RegistryColumns, RegistryIndex, checksum


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
    cell_key = np.argsort(by_pair)[columns.phenotype] * len(regions) + class_codes[0].astype(np.int64)[columns.klass]
    order = np.argsort(cell_key, kind="stable")
    cells, start = np.unique(cell_key[order], return_index=True)
    arrays = {
        "phenotype_pairs": np.ascontiguousarray(pairs[:, by_pair]),
        "phenotype_cells": np.searchsorted(cells, np.arange(len(by_pair) + 1) * len(regions)).astype(np.uint32),
        "cell_region": (cells % len(regions)).astype(np.min_scalar_type(len(regions))),
        "cell_start": np.append(start, len(order)).astype(np.uint32),
        "donor_order": order.astype(np.uint32),
        "donor_id": columns.donor_id[order].astype(np.uint32),
        "donor_class": _smallest(columns.klass[order]),
        "donor_from_day": columns.from_day[order].astype(np.uint16),
        "donor_until_day": columns.until_day[order].astype(np.uint16),
        "gaps": _gaps_by_row(columns.gaps, order),
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


def _gaps_by_row(gaps: Array, order: Array) -> Array:
    """Gaps of donors in the order of their numbers, as gaps of rows of the index, in the order of rows and days."""
    row_of = np.empty(len(order), dtype=np.int64)
    row_of[order] = np.arange(len(order))
    moved = gaps.astype(np.int64).reshape(-1, 3)
    moved[:, 0] = row_of[moved[:, 0]]
    return moved[np.lexsort((moved[:, 1], moved[:, 0]))].astype(np.int32)
