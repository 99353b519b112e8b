"""The snapshot that fits the registry now: opened, or rebuilt and said (never silently wrong)."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from filelock import FileLock
from sqlalchemy import ColumnElement, collate
from sqlalchemy import select as select_columns
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col, select

from domain.errors import Issue
from models.donor import Donor, DonorEligibilityGap
from models.registry import STATE_ID, RegistryState
from services.matching.build import build_index
from services.matching.index import (
    Array,
    DamagedSnapshot,
    RegistryColumns,
    RegistryIndex,
    open_index,
    save_index,
)

CHUNK = 50_000
DonorRow = tuple[int, str, str, int, int]  # id, phenotype key, class key, from day, until day
KEPT = 3
EMPTY_SINCE = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class SnapshotStore:
    """A folder of snapshots, and the one this process has open."""

    folder: Path
    opened: RegistryIndex | None = None


def registry_state(session: Session) -> RegistryState:
    """The registry's version and the references its derived columns were made with."""
    return session.get(RegistryState, STATE_ID) or RegistryState(changed_at=EMPTY_SINCE)


def state_name(state: RegistryState) -> str:
    """The name of one state; the moment tells apart two databases that counted to the same version."""
    return f"r{state.version}-{state.changed_at.astimezone(UTC):%Y%m%dT%H%M%S%f}"


def current_index(session: Session, store: SnapshotStore) -> tuple[RegistryIndex, tuple[Issue, ...]]:
    """The index of the registry as it is in this transaction, with what had to be done to get it."""
    name = state_name(registry_state(session))
    held = store.opened  # read once: another thread may put a newer one in its place
    if held is not None and held.meta.registry == name:
        return held, ()
    folder = store.folder / name
    reason = "index_missing" if not any(store.folder.glob("r*")) else "index_stale"
    if folder.is_dir():
        try:
            sound = open_index(folder)
            sound.verify()
        except DamagedSnapshot:
            reason = "index_damaged"
        else:
            store.opened = sound
            return sound, ()
    built = rebuild_index(session, store)
    return built, (Issue("index_rebuilt", "info", built.meta.snapshot, {"reason": reason}),)


def rebuild_index(session: Session, store: SnapshotStore) -> RegistryIndex:
    """Build the index from the donor rows and put it in place of any other of the same version."""
    state = registry_state(session)
    index = build_index(
        read_columns(session),
        registry=state_name(state),
        reference=state.reference_name or "",
        rules=state.rules_name or "",
    )
    store.folder.mkdir(parents=True, exist_ok=True)
    with FileLock(store.folder / ".lock"):
        fresh = store.folder / f".{index.meta.registry}.new"
        shutil.rmtree(fresh, ignore_errors=True)
        save_index(index, fresh)
        final = store.folder / index.meta.registry
        shutil.rmtree(final, ignore_errors=True)
        fresh.rename(final)
        _drop_old(store.folder)
        # Inside the lock: the next builder of the same version puts its own folder in this place.
        opened = open_index(final)
    store.opened = opened
    return opened


def _drop_old(folder: Path) -> None:
    """Keep the last few versions, for the processes that still read them."""
    versions = sorted(folder.glob("r*"), key=lambda path: path.stat().st_mtime_ns)
    for path in versions[:-KEPT]:
        shutil.rmtree(path)


def read_columns(session: Session) -> RegistryColumns:
    """The searchable donors of the database, in the order of their numbers."""
    phenotypes: dict[str, int] = {}
    classes: dict[str, int] = {}
    chunks = [_columns(rows, phenotypes, classes) for rows in _donor_rows(session)]
    joined = np.concatenate(chunks, axis=1) if chunks else np.zeros((5, 0), dtype=np.int64)
    return RegistryColumns(
        donor_id=joined[0],
        phenotype=joined[1],
        klass=joined[2],
        from_day=joined[3],
        until_day=joined[4],
        phenotype_keys=tuple(phenotypes),
        class_keys=tuple(classes),
        gaps=_read_gaps(session, joined[0]),
    )


def _donor_rows(session: Session) -> Iterator[Sequence[DonorRow]]:
    columns = (
        Donor.id,
        Donor.phenotype_key,
        Donor.class_key,
        Donor.eligible_from_day,
        Donor.eligible_until_day,
    )
    query = (
        select_columns(*(col(column) for column in columns))
        .where(col(Donor.searchable))
        .order_by(_as_text(session, col(Donor.donor_number)))
    )
    # The driver's own cursor: at a million rows the ORM's row objects cost more than the query.
    statement = query.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
    result = session.connection().exec_driver_sql(str(statement))
    while rows := result.cursor.fetchmany(CHUNK):
        yield rows


def _as_text(session: Session, column: Mapped[str]) -> ColumnElement[str] | Mapped[str]:
    """The column in the order of its characters, whatever language the PostgreSQL server speaks."""
    return collate(column, "C") if session.get_bind().dialect.name == "postgresql" else column


def _columns(rows: Sequence[DonorRow], phenotypes: dict[str, int], classes: dict[str, int]) -> Array:
    ids, keys, klasses, from_days, until_days = zip(*rows, strict=True)
    return np.array(
        [
            ids,
            [phenotypes.setdefault(key, len(phenotypes)) for key in keys],
            [classes.setdefault(key, len(classes)) for key in klasses],
            from_days,
            until_days,
        ],
        dtype=np.int64,
    )


def _read_gaps(session: Session, donor_ids: Array) -> Array:
    gaps = session.exec(
        select(DonorEligibilityGap.donor_id, DonorEligibilityGap.from_day, DonorEligibilityGap.until_day)
    ).all()
    place = {int(donor_id): row for row, donor_id in enumerate(donor_ids)} if gaps else {}
    kept = [(place[donor_id], start, end) for donor_id, start, end in gaps if donor_id in place]
    return np.array(kept, dtype=np.int64).reshape(-1, 3)


def index_status(session: Session, store: SnapshotStore) -> dict[str, object]:
    """Whether a sound snapshot of the registry as it is now exists: fresh, stale, missing or damaged."""
    name = state_name(registry_state(session))
    folder = store.folder / name
    found: dict[str, object] = {"registry": name, "state": "fresh"}
    if not folder.is_dir():
        found["state"] = "stale" if any(store.folder.glob("r*")) else "missing"
        return found
    try:
        index = open_index(folder)
        index.verify()
    except DamagedSnapshot as error:
        return {**found, "state": "damaged", "reason": str(error)}
    return {**found, "snapshot": index.meta.snapshot, "donors": index.meta.donors, "bytes": index.size_bytes}
