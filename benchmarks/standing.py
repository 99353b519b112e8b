"""200 standing searches over a million donors in SQLite: a look, a night of changes, and the look that tells them.

`python -m benchmarks.standing` measures; it seeds a registry of its own first.
"""

import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlmodel import Session

from benchmarks.measures import command
from benchmarks.patients import THRESHOLD_MFI, BenchPatient, bench_patients
from benchmarks.registries import ON
from benchmarks.rows import Row
from domain.reference import LOCI
from models.antibody import Bead, HlaClass, SerumSample
from models.database import Engines, make_engines
from models.directive import Directive
from models.donor import Donor
from models.patient import Patient
from models.standing_search import StandingLook, StandingSearch
from services.donors import mark_registry_changed
from services.matching.snapshots import SnapshotStore, current_index, registry_state
from services.reference import core_reference
from services.standing_searches.running import look_and_keep

SEED, SEARCHES = 20_261_128, 200
NEW_SERA = 20  # of the patients, in the night
CHANGED = 0.02  # of the donors: other typings, other days, not to be called any more


def standing_rows(url: str, folder: Path, donors: int) -> list[Row]:
    """Seconds of a look at every search that tells what changed, over a registry that is there already."""
    engines, store = make_engines(url), SnapshotStore(folder / "snapshots")
    with engines.write_session() as session:
        index, _ = current_index(session, store)
        now = registry_state(session).changed_at
        found = [one for band in bench_patients(index, core_reference(), SEED, ON).values() for one in band]
        patients = [_put(session, f"W{at:03}", found[at % len(found)], now) for at in range(SEARCHES)]
    first = _timed(engines, store, 0)
    with engines.write_session() as session:
        for at, patient in enumerate(patients[:NEW_SERA]):
            _put_serum(session, patient, f"LATER{at}", found[(at + 5) % len(found)], now + timedelta(hours=1))
        _change(session, donors)
        mark_registry_changed(session, now=now + timedelta(hours=2))
        current_index(session, store)  # the index has a figure of its own
    second = _timed(engines, store, 1)
    _check(engines)
    what = f"{donors:,} donors × {SEARCHES} standing searches"
    bytes_kept = _bytes_kept(engines)
    engines.dispose()
    return [
        Row(f"{what}: first look", first, "s"),
        Row(f"{what}: look with differences, {CHANGED:.0%} of the donors changed", second, "s", 60),
        Row(f"{what}: kept of a look", bytes_kept / 1e6, "MB"),
    ]


def _timed(engines: Engines, store: SnapshotStore, day: int) -> float:
    with engines.read_session() as session:
        now = registry_state(session).changed_at + timedelta(hours=3)
    start = time.perf_counter()
    look_and_keep(engines, store, on=ON + timedelta(days=day), now=now)
    return time.perf_counter() - start


def _put(session: Session, number: str, bench: BenchPatient, now: object) -> Patient:
    raw = {
        f"hla_{locus.lower()}_{place + 1}": value.canonical if value else ""
        for locus in LOCI
        for place, value in enumerate(bench.typings[locus].values)
    }
    patient = Patient(patient_number=number, abo="A", created_at=now, updated_at=now, **raw)
    session.add(patient)
    session.flush()
    _put_serum(session, patient, f"S{number}", bench, now)
    who = {"actor": "bench", "created_at": now}
    session.add(Directive(patient_id=patient.id, version=1, threshold_mfi=THRESHOLD_MFI, **who))
    session.add(StandingSearch(patient_id=patient.id, created_at=now, created_by="bench"))
    session.flush()
    return patient


def _put_serum(session: Session, patient: Patient, code: str, bench: BenchPatient, now: object) -> None:
    serum = {"hla_class": HlaClass.I, "source_format": "bench", "content_hash": code, "created_at": now, "run_on": ON}
    sample = SerumSample(patient_id=patient.id, sample_code=code, **serum)
    session.add(sample)
    session.flush()
    beads = enumerate(bench.profile.beads)
    session.add_all(
        Bead(sample_id=sample.id, position=at, allele_text=one.allele, raw_mfi=one.mfi, mfi=one.mfi)
        for at, one in beads
    )
    session.flush()


def _change(session: Session, donors: int) -> None:
    """A night of a large registry: each kind of change on a part of the donors."""
    part = max(1, round(3 / CHANGED))
    rows = sa.select(Donor.phenotype_key).where(Donor.id == 1 + donors // 2).scalar_subquery()
    kinds = ({"phenotype_key": rows}, {"eligible_from_day": 20_900}, {"searchable": False, "consent_contact": False})
    for at, values in enumerate(kinds):
        session.execute(sa.update(Donor).where(Donor.id % part == at).values(**values))


def _check(engines: Engines) -> None:
    """The differences must sum to the change in counts, or the seconds are worth nothing."""
    with engines.read_session() as session:
        looks = session.execute(
            sa.select(StandingLook.counts, StandingLook.totals).where(StandingLook.local_day == ON + timedelta(days=1))
        ).all()
    new, lost = (lambda totals, name=name: sum(totals.get(name, {}).values()) for name in ("new", "lost"))
    wrong = [c for c, t in looks if c["since"] + new(t) - lost(t) != c["available"]]
    if len(looks) != SEARCHES or wrong or not any(lost(totals) for _, totals in looks):
        raise RuntimeError(f"{len(looks)} looks, {len(wrong)} of which do not sum")


def _bytes_kept(engines: Engines) -> int:
    query = 'SELECT sum(length(compatible) + length(grades) + length("case")) FROM standing_look WHERE local_day = :day'
    with engines.read_session() as session:
        asked = {"day": (ON + timedelta(days=1)).isoformat()}
        facts = session.execute(sa.text("SELECT max(length(content)) FROM standing_facts")).scalar_one()
        return int(session.execute(sa.text(query), asked).scalar_one()) + int(facts)


def main(words: list[str]) -> None:
    """Seed a registry and measure; a number of donors may be given."""
    from benchmarks.processes import environment  # which measures these rows itself

    donors = int(words[0]) if words else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        own = environment(folder)
        command(["db", "upgrade"], own)
        command(["seed", "registry", "--donors", str(donors), "--seed", "1"], own)
        for row in standing_rows(f"sqlite:///{Path(folder) / 'phenotheque.sqlite'}", Path(folder), donors):
            print(row.text())


if __name__ == "__main__":
    main(sys.argv[1:])
