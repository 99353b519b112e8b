"""What is measured, each as a function that returns seconds or bytes."""

import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from benchmarks.patients import THRESHOLD_MFI, BenchPatient, lay
from benchmarks.registries import ON
from domain.directive import Directive
from domain.epitopes import EpletTable
from domain.profile import distinct_thresholds
from domain.reaction import Reaction
from services.matching.engine import sweep
from services.matching.index import RegistryColumns, RegistryIndex, open_index
from services.matching.openings import gains, settleable
from services.matching.shortlist import Ranking, Scope
from services.reference import core_reference, ranking_policies

REPEATS = 7


def best_of(function: Callable[[], object], repeats: int = REPEATS) -> float:
    """The median seconds of several warm runs."""
    function()
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def median_over(patients: Iterable[BenchPatient], measure: Callable[[BenchPatient], float]) -> float:
    """The median of one measure over patients."""
    return statistics.median([measure(patient) for patient in patients])


def full_search(
    patient: BenchPatient,
    index: RegistryIndex,
    directive: Directive | None = None,
    eplets: EpletTable | None = None,
) -> int:
    """Every distinct MFI × every region, and the 100 best donors; returns how many were listed."""
    matching = lay(patient, index, core_reference(), directive, eplets)
    sweep(matching, distinct_thresholds(patient.profile), ON)
    scope = Scope(ON, "A", index.meta.regions[0])
    ranking = Ranking(matching, ranking_policies()["identity-first"], THRESHOLD_MFI, scope)
    return len(ranking.shortlist(100).rows)


def slowdown_by_eplets(patient: BenchPatient, index: RegistryIndex, table: EpletTable) -> float:
    """How many times longer a full search takes with a table, the two measured in turns."""
    seconds: dict[bool, list[float]] = {False: [], True: []}
    for _ in range(REPEATS):
        for used, eplets in ((False, None), (True, table)):
            seconds[used].append(best_of(lambda eplets=eplets: full_search(patient, index, eplets=eplets), 1))
    return statistics.median(seconds[True]) / statistics.median(seconds[False])


def openings(patient: BenchPatient, index: RegistryIndex) -> int:
    """What would open more donors, and what a better typing could settle."""
    matching = lay(patient, index, core_reference())
    return len(gains(matching, THRESHOLD_MFI)) + len(settleable(matching, THRESHOLD_MFI))


def plain_loop(patient: BenchPatient, index: RegistryIndex, columns: RegistryColumns) -> dict[str, int]:
    """One threshold by a loop over donors that remembers the reactivity of each typed value."""
    reading = lay(patient, index, core_reference()).reading
    phenotypes = [key.split("^")[:2] for key in columns.phenotype_keys]
    values = {value.canonical: value for locus in "AB" for value in index.locus(locus, core_reference()).values}
    typed = [[values[name] for part in parts for name in part.split("+") if name not in "?-"] for parts in phenotypes]
    untyped = ["?" in "".join(parts) for parts in phenotypes]
    remembered: dict[str, Reaction] = {}
    counts: dict[str, int] = {}
    for phenotype in columns.phenotype.tolist():
        reactions = []
        for value in typed[phenotype]:
            reaction = remembered.get(value.canonical)
            if reaction is None:
                reaction = remembered[value.canonical] = reading.react(value).at(THRESHOLD_MFI)
            reactions.append(reaction)
        if Reaction.POSITIVE in reactions:
            verdict = "blocked"
        elif untyped[phenotype] or Reaction.UNTESTED in reactions:
            verdict = "unknown"
        else:
            verdict = "possible" if Reaction.UNDECIDED in reactions else "compatible"
        counts[verdict] = counts.get(verdict, 0) + 1
    return counts


def memory_pass(index: RegistryIndex) -> float:
    """Seconds to read once, and sum, the arrays that a full search reads."""
    read = [index.phenotype_pairs, index.cell_phenotype, index.cell_region, index.cell_count]
    flat = [
        np.frombuffer(np.ascontiguousarray(array).tobytes()[: array.nbytes // 8 * 8], dtype=np.uint64) for array in read
    ]
    return best_of(lambda: [array.sum() for array in flat])


def opening(folder: Path) -> float:
    """Seconds to open a snapshot."""
    return best_of(lambda: open_index(folder))


def command(words: Sequence[str], environment: dict[str, str]) -> tuple[float, float, str]:
    """Seconds, peak megabytes and standard output of one command in a process of its own."""
    start = time.perf_counter()
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    done = subprocess.run([sys.executable, "-m", "flask", *words], env=environment, capture_output=True, text=True)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    if done.returncode not in (0, 3):
        raise RuntimeError(done.stderr)
    return seconds, max(before, peak) / 1024, done.stdout
