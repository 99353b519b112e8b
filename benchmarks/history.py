"""Forty sera of one patient at one threshold: against forty sweeps of one serum, and against ten sera.

`python -m benchmarks.history` measures and prints the rows.
"""

import random
from dataclasses import replace

from benchmarks import measures
from benchmarks.patients import THRESHOLD_MFI, BenchPatient, bench_patients, lay
from benchmarks.registries import ON, columns, index_of
from benchmarks.rows import MS, Row
from domain.profile import Profile
from services.antibody_history.counting import SeraCounts
from services.matching.engine import sweep
from services.matching.index import RegistryIndex
from services.reference import core_reference

SERA, FEW = 40, 10
SEED = 40


def serial_sera(patient: BenchPatient, count: int) -> list[BenchPatient]:
    """The patient's serum falling to a tenth, with noise, every fourth from a kit that lacks some beads."""
    rng = random.Random(SEED)
    found = []
    for at in range(count):
        fall = 1 - 0.9 * at / count
        beads = [
            replace(one, mfi=float(round(one.mfi * fall * rng.uniform(0.7, 1.3)))) for one in patient.profile.beads
        ]
        kept = [one for place, one in enumerate(beads) if at % 4 or place % 9]
        found.append(replace(patient, profile=Profile(tuple(kept))))
    return found


def history(sera: list[BenchPatient], index: RegistryIndex) -> None:
    """What a page of the history counts."""
    alone = [lay(one, index, core_reference()) for one in sera]
    counted = SeraCounts(alone[0], [one.reading for one in alone], THRESHOLD_MFI, ON)
    weights = counted.weights()
    for at in range(len(sera)):
        counted.counts(at, weights)
        if at:
            counted.moved(at - 1, at, weights)


def plain_sweeps(sera: list[BenchPatient], index: RegistryIndex) -> None:
    """The same counts, each serum for itself."""
    for one in sera:
        sweep(lay(one, index, core_reference()), [THRESHOLD_MFI], ON)


def history_rows(index: RegistryIndex, patients: list[BenchPatient]) -> list[Row]:
    """Median over the patients; the ratio is the lowest that the same run gives."""

    def median(of: int, work) -> float:  # type: ignore[no-untyped-def]
        return measures.median_over(
            patients, lambda one: measures.best_of(lambda: work(serial_sera(one, of), index), 2)
        )

    whole, few, plain = median(SERA, history), median(FEW, history), median(SERA, plain_sweeps)
    what = f"{index.meta.donors:,} donors: {SERA} sera at one threshold"
    return [
        Row(what, whole * MS, "ms", 300),
        Row(f"{what}, of {SERA} plain sweeps", whole / plain, "×", 0.7),
        Row(f"{what}, of {FEW} sera", whole / few, "×", 4.4),
    ]


def main() -> None:
    """Measure alone, on 56,000 donors."""
    index = index_of(columns(56_000))
    bands = bench_patients(index, core_reference(), 20_261_122, ON)
    print("\n".join(row.text() for row in history_rows(index, [band[0] for band in bands.values()])))


if __name__ == "__main__":
    main()
