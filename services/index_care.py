"""The search index compared with the database, donor by donor, by another way than the one it was built on."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from domain.reference import LOCI
from models.donor import Donor, DonorEligibilityGap
from services.matching.index import HPA_COLUMNS, Array, DamagedSnapshot, RegistryIndex, open_index
from services.matching.snapshots import SnapshotStore, registry_state, state_name

ROWS_AT_ONCE = 50_000
SUMS = 1 << 64  # numbers are added as numpy adds 64 bits: what runs over is dropped
# Odd numbers of 64 bits by which what is said of a donor is mixed, each thing by its own.
_MIX = tuple(np.uint64(int(hashlib.blake2b(bytes([n]), digest_size=8).hexdigest(), 16) | 1) for n in range(5))


@dataclass(frozen=True, slots=True)
class Digest:
    """Donors by region (empty: none), and one number (hex) for all that the index needs of all of them."""

    regions: dict[str, int]
    fingerprint: str

    @property
    def donors(self) -> int:
        """All of them."""
        return sum(self.regions.values())


def find_index_to_check(session: Session, store: SnapshotStore) -> RegistryIndex | None:
    """The snapshot of the registry as it is, its checksums verified; None where there is none yet.

    Raises DamagedSnapshot.
    """
    folder = store.folder / state_name(registry_state(session))
    if not folder.is_dir():
        return None
    index = open_index(folder)
    index.verify()
    return index


def digest_of_database(session: Session) -> Digest:
    """The searchable donors and their gaps, as the database holds them."""
    columns = (Donor.id, Donor.phenotype_key, Donor.class_key, Donor.eligible_from_day, Donor.eligible_until_day)
    query = select_columns(*(col(column) for column in columns)).where(col(Donor.searchable))
    cursor = session.connection().execute(query).cursor  # the driver's own: a million rows
    regions: dict[str, int] = {}
    texts: dict[str, int] = {}
    total, ids = 0, []
    while rows := cursor.fetchmany(ROWS_AT_ONCE):
        donor_ids, phenotypes, classes, from_days, until_days = zip(*rows, strict=True)
        for key in classes:
            region = key.split("\t", 1)[0]
            regions[region] = regions.get(region, 0) + 1
        total += _mixed(donor_ids, _hashes(phenotypes, texts), _hashes(classes, texts), from_days, until_days)
        ids.append(np.array(donor_ids, dtype=np.int64))
    gap = select(DonorEligibilityGap.donor_id, DonorEligibilityGap.from_day, DonorEligibilityGap.until_day)
    gaps = np.array(session.exec(gap).all(), dtype=np.int64).reshape(-1, 3)
    searchable = np.isin(gaps[:, 0], np.concatenate(ids)) if ids else np.zeros(len(gaps), dtype=bool)
    return _digest(regions, total, gaps[searchable])


def digest_of_index(index: RegistryIndex) -> Digest:
    """The same of the arrays of an index, read as a search reads them.

    Raises DamagedSnapshot where a code leads nowhere.
    """
    try:
        return _read_arrays(index)
    except IndexError as error:
        raise DamagedSnapshot("codes") from error


def _read_arrays(index: RegistryIndex) -> Digest:
    meta, donors = index.meta, index.donor_id.astype(np.int64)
    pairs = [np.array(meta.pairs[locus], dtype=object)[index.phenotype_pairs[at]] for at, locus in enumerate(LOCI)]
    phenotypes = _hashes(["^".join(texts) for texts in zip(*pairs, strict=True)], {})
    classes = _hashes([_class_key(index, row) for row in range(index.class_codes.shape[1])], {})
    cell_of = np.repeat(np.arange(len(index.cell_region)), index.cell_count.astype(np.int64))
    total = _mixed(
        donors,
        phenotypes[index.cell_phenotype[cell_of]],
        classes[index.donor_class],
        index.donor_from_day,
        index.donor_until_day,
    )
    counts = np.bincount(index.cell_region, weights=index.cell_count, minlength=len(meta.regions))
    regions = {name or "": int(count) for name, count in zip(meta.regions, counts, strict=True) if count}
    gaps = index.arrays["gaps"].astype(np.int64).reshape(-1, 3).copy()
    gaps[:, 0] = donors[gaps[:, 0]]
    return _digest(regions, total, gaps)


def _class_key(index: RegistryIndex, row: int) -> str:
    codes, meta = index.class_codes[:, row], index.meta
    hpa = ",".join(meta.hpa[codes[2 + place]] for place in range(len(HPA_COLUMNS)))
    return "\t".join([meta.regions[codes[0]] or "", meta.abo[codes[1]], hpa, meta.cd36[codes[7]]])


def _hashes(texts: Sequence[str], known: dict[str, int]) -> Array:
    """A number of 64 bits for each text, worked out once for each different one."""
    for text in set(texts).difference(known):
        known[text] = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
    return np.array([known[text] for text in texts], dtype=np.uint64)


def _mixed(*things: Iterable[int] | Array) -> int:
    """One number for a set of rows in whatever order: of each row its things mixed, and all rows summed."""
    columns = [np.asarray(thing).astype(np.uint64) for thing in things]
    mixed = np.zeros(len(columns[0]), dtype=np.uint64)
    for column, odd in zip(columns, _MIX, strict=False):
        mixed = (mixed ^ column) * odd
        mixed ^= mixed >> np.uint64(29)
    return int(np.sum(mixed, dtype=np.uint64))


def _digest(regions: dict[str, int], total: int, gaps: Array) -> Digest:
    of_gaps = _mixed(*gaps.T) if len(gaps) else 0
    return Digest(dict(sorted(regions.items())), f"{total % SUMS:016x}{of_gaps:016x}")
