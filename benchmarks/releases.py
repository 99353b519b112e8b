"""A release of IPD-IMGT/HLA on the real registry: reading it in, and reading every donor again.

`python -m benchmarks.releases FOLDER` measures these alone, on an instance that holds the donors and no release.
"""

import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from app import create_app
from benchmarks.measures import command
from benchmarks.processes import SHARED, environment
from benchmarks.rows import Row
from config import Settings
from services.ipd.activation import activate_reference, compare_as_seen
from services.ipd.seen import seen_state
from services.reference import core_reference
from services.rule_tables import eligibility_rules

RELEASE = "ipd-imgt-hla-3.58.0"


def release_rows(folder: str) -> list[Row]:
    """Import, look, put in force and take back; the last in this process, to tell how long nobody else can write."""
    own = environment(folder)
    imported = command(["reference", "import-ipd", str(SHARED / RELEASE)], own)
    looked = command(["reference", "activate", RELEASE, "--check", "--format", "json"], own)[0]
    before = _processor_seconds()
    activated = command(["reference", "activate", RELEASE, "--yes"], own)[0]
    worked = _processor_seconds() - before
    compared, written = _take_back(folder)
    return [
        Row("import of release 3.58.0", imported[0], "s", 20),
        Row("import of release 3.58.0: peak memory", imported[1], "MB"),
        Row("56,000 donors: what a release would change, shell to answer", looked, "s"),
        Row("56,000 donors: re-reading them all under it (activate --yes), shell to answer", activated, "s", 30),
        Row("56,000 donors: re-reading them all under it: processor time", worked, "s"),
        Row("56,000 donors, back to the core: comparing, while others write", compared, "s"),
        Row("56,000 donors, back to the core: deriving anew, while nobody else can", written, "s"),
    ]


def _processor_seconds() -> float:
    """What the commands run so far have cost, however busy the machine."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _take_back(folder: str) -> tuple[float, float]:
    app = create_app(Settings(_env_file=None, instance_path=Path(folder), locale="en", log_level="error"))
    engines, now = app.extensions["phenotheque"].engines, datetime.now(UTC)
    start = time.perf_counter()
    with engines.read_session() as session:
        comparison = compare_as_seen(session, core_reference().name, seen=seen_state(session))
    middle = time.perf_counter()
    with engines.write_session() as session:
        activate_reference(session, comparison, rules=eligibility_rules(now.date()), actor="bench", now=now)
    return middle - start, time.perf_counter() - middle


if __name__ == "__main__":
    print("\n".join(row.text() for row in release_rows(sys.argv[1])))
