"""`python -m benchmarks [--quick]`: measure, print the table, and say what was met."""

import os
import platform
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks import measures
from benchmarks.availability import availability_rows
from benchmarks.duplicates import duplicate_rows
from benchmarks.history import history_rows
from benchmarks.pages import page_rows
from benchmarks.patients import BenchPatient, bench_patients, invented_eplets
from benchmarks.processes import process_rows
from benchmarks.registries import ON, columns, draw, index_of
from benchmarks.rows import MS, Row
from domain.directive import Directive
from services.matching.engine import COLUMNS
from services.matching.index import RegistryColumns, RegistryIndex, save_index
from services.reference import core_reference

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "data"
SIZES = (40_000, 1_000_000, 10_000_000)
LIMITS_MS = {40_000: 10.0, 1_000_000: 25.0, 10_000_000: 100.0}


def machine() -> str:
    """The machine in one line."""
    model = next((line.split(":")[1].strip() for line in _cpuinfo() if line.startswith("model name")), "unknown CPU")
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}, numpy {np.__version__}, one thread"


def _cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []


def search_rows(size: int, index: RegistryIndex, bands: dict[str, list[BenchPatient]]) -> list[Row]:
    """The full search at one size, over all patients and by band."""
    patients = [patient for band in bands.values() for patient in band]
    timed = {id(one): measures.best_of(lambda one=one: measures.full_search(one, index)) for one in patients}
    whole = measures.median_over(patients, lambda one: timed[id(one)])
    rows = [
        Row(
            f"{size:,} donors: full sweep × regions + top 100, median of {len(patients)}",
            whole * MS,
            "ms",
            LIMITS_MS[size],
        )
    ]
    for band, members in bands.items():
        rows.append(
            Row(f"{size:,} donors, {band}", measures.median_over(members, lambda one: timed[id(one)]) * MS, "ms")
        )
    rows.append(Row(f"{size:,} donors: a plain pass over the memory read", measures.memory_pass(index) * MS, "ms"))
    rows.append(Row(f"{size:,} donors: share of the memory pass", measures.memory_pass(index) / whole * 100, "%"))
    rows.append(Row(f"{size:,} donors: distinct phenotypes", len(index.phenotype_pairs[0]), ""))
    return rows


def million_rows(index: RegistryIndex, found: RegistryColumns, bands: dict[str, list[BenchPatient]]) -> list[Row]:
    """What is asked at a million donors besides the full search."""
    patients = [patient for band in bands.values() for patient in band]
    ruled = Directive(hpa_antibodies=("HPA-1a",), anti_cd36=True)
    search = measures.median_over(patients, lambda one: measures.best_of(lambda: measures.full_search(one, index)))
    loop = measures.median_over(
        [band[0] for band in bands.values()],
        lambda one: measures.best_of(lambda: measures.plain_loop(one, index, found), 1),
    )
    opening = measures.median_over(patients, lambda one: measures.best_of(lambda: measures.openings(one, index)))
    hpa = measures.median_over(patients, lambda one: measures.best_of(lambda: measures.full_search(one, index, ruled)))
    table = invented_eplets(core_reference())
    eplets = measures.median_over(
        patients, lambda one: measures.best_of(lambda: measures.full_search(one, index, eplets=table))
    )
    slower = measures.median_over(patients, lambda one: measures.slowdown_by_eplets(one, index, table))
    with tempfile.TemporaryDirectory() as folder:
        save_index(index, Path(folder) / "index")
        opened = measures.opening(Path(folder) / "index")
    return [
        Row("1,000,000: plain loop, one threshold only", loop * MS, "ms"),
        Row("1,000,000: full search is faster than the plain loop by", loop / search, "×", 20, at_least=True),
        Row("1,000,000: what would open more donors", opening * MS, "ms", 100),
        Row("1,000,000: full search under an HPA-1a + CD36 directive", hpa * MS, "ms", 60),
        Row("1,000,000: full search with an eplet table", eplets * MS, "ms"),
        Row("1,000,000: full search with eplets is slower than without by", slower, "×", 2),
        Row("1,000,000: index, bytes a donor", index.size_bytes / index.meta.donors, "B", 20),
        Row("1,000,000: open a snapshot", opened * MS, "ms", 5),
    ]


def agreement(index: RegistryIndex, found: RegistryColumns, bands: dict[str, list[BenchPatient]]) -> None:
    """The loop and the engine must agree, or the figures are worth nothing."""
    for band in bands.values():
        matching = measures.lay(band[0], index, core_reference())
        national = measures.sweep(matching, [measures.THRESHOLD_MFI], ON).national(0)
        loop = measures.plain_loop(band[0], index, found)
        if any(national[name] != loop.get(name, 0) for name in COLUMNS[:4]):
            raise RuntimeError(f"engine and loop disagree: {national} {loop}")


def main() -> int:
    """Print the table; the exit status tells whether every figure was met."""
    quick = "--quick" in sys.argv
    print(f"{machine()}; haplotypes: {draw().frequencies.source}\n")
    print("| what | measured | asked | |\n|---|---|---|---|", flush=True)
    rows: list[Row] = []
    medians = {}

    def show(found: list[Row]) -> None:
        rows.extend(found)
        print("\n".join(row.text() for row in found), flush=True)

    if not quick:
        show(process_rows())  # first: a child counts the memory its parent holds when it is started
        if SHARED.is_dir():
            show(page_rows())
        show(duplicate_rows())
        show(availability_rows())
    for size in SIZES[:2] if quick else SIZES:
        donors = columns(size)
        index = index_of(donors)
        bands = bench_patients(index, core_reference(), 20_261_122, ON)
        found = search_rows(size, index, bands)
        medians[size] = found[0].measured
        show(found)
        if size == 40_000:
            show(history_rows(index, [band[0] for band in bands.values()]))
        if size == 1_000_000:
            agreement(index, donors, bands)
            show(million_rows(index, donors, bands))
    if not quick:
        show([Row("time(10,000,000) / time(1,000,000)", medians[10_000_000] / medians[1_000_000], "×", 7)])
    missed = [row.what for row in rows if row.met == "MISSED"]
    print("\n" + ("Every figure was met." if not missed else "Missed: " + "; ".join(missed)))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
