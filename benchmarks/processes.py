"""What is measured from the shell: imports, rebuilding from the database, a command's first answer."""

import os
import re
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.inviting import inviting_rows
from benchmarks.measures import command
from benchmarks.news import news_rows
from benchmarks.rows import Row
from benchmarks.standing import standing_rows

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "data"
DONOR_FILES = ("north_portugal_37993", "simulated_african_10000", "simulated_asian_4000", "simulated_hispanic_4000")


def environment(folder: str) -> dict[str, str]:
    """A registry of its own in a temporary folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PHENOTHEQUE_")}
    return {**kept, "PHENOTHEQUE_INSTANCE_PATH": folder, "PHENOTHEQUE_LOCALE": "en"}


def process_rows() -> list[Row]:
    """Importing the real files where they are present, and rebuilding the index of a million donors."""
    rows = _import_rows() if SHARED.is_dir() else []
    return [*rows, *_rebuild_rows()]


def _import_rows() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        own = environment(folder)
        command(["db", "upgrade"], own)
        timed = [command(["donors", "import", str(SHARED / "donors" / f"{name}.csv")], own) for name in DONOR_FILES]
        command(["patients", "import", str(SHARED / "patients" / "patients.csv")], own)
        command(["antibodies", "import", str(SHARED / "antibodies" / "matchit_class1_6_patients.csv")], own)
        first = command(["sweep", "P0002", "--format", "json"], own)[0]
        again = min(command(["sweep", "P0002", "--format", "json"], own)[0] for _ in range(3))
    return [
        Row("import of 37,993 donors", timed[0][0], "s", 30),
        Row("import of 37,993 donors: peak memory", timed[0][1], "MB", 600),
        Row("flask sweep on 56,000 donors, shell to answer, index to build", first, "s"),
        Row("flask sweep on 56,000 donors, shell to answer", again, "s", 2),
    ]


REBUILD = """
import time
from app import create_app
from services.matching.snapshots import SnapshotStore, rebuild_index
held = create_app().extensions["phenotheque"]
with held.engines.read_session() as session:
    start = time.perf_counter()
    index = rebuild_index(session, SnapshotStore(held.snapshots_path))
    print("seconds", time.perf_counter() - start, index.meta.donors)
"""


def _rebuild_rows() -> list[Row]:
    import subprocess

    with tempfile.TemporaryDirectory() as folder:
        own = environment(folder)
        command(["db", "upgrade"], own)
        seeded, _, _ = command(["seed", "registry", "--donors", "1000000", "--seed", "1"], own)
        found = []
        for _ in range(3):
            done = subprocess.run(
                [sys.executable, "-c", REBUILD], env=own, cwd=ROOT, capture_output=True, text=True, check=True
            )
            found.append(float(re.search(r"seconds ([\d.]+)", done.stdout)[1]))  # type: ignore[index]
        time.sleep(0)
        url = f"sqlite:///{Path(folder) / 'phenotheque.sqlite'}"
        inviting = inviting_rows(url, 1_000_000) + standing_rows(url, Path(folder), 1_000_000)
        news = news_rows(url, 1_000_000)
    return [
        Row("seeding a registry of 1,000,000 into SQLite", seeded, "s"),
        Row("rebuilding the index of 1,000,000 from SQLite", sorted(found)[1], "s", 5),
        *inviting,
        *news,
    ]
