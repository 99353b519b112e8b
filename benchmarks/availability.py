"""The availability report of many directives: its PDF and its spreadsheet, from the shell; and the day's counting.

`python -m benchmarks.availability` measures and prints the rows.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.measures import command
from benchmarks.processes import ROOT, environment
from benchmarks.rows import Row

DIRECTIVES = 400
# Patients typed like the first donors, each with a small serum and a directive; then the snapshot, timed.
FILL = """
import sys, time
from app import create_app
from sqlmodel import select
from models.antibody import Bead, HlaClass, SerumSample
from models.donor import TYPING_COLUMNS, Donor
from models.patient import Patient
from services.directives import Wording, set_directive
from services.availability.snapshot import count_day, keep_day
from services.matching.snapshots import SnapshotStore
held, count = create_app().extensions["phenotheque"], int(sys.argv[1])
now, zone = held.now(), held.settings.timezone
with held.engines.write_session() as session:
    for at, donor in enumerate(session.exec(select(Donor).limit(count)).all()):
        typed = {name: getattr(donor, name) for name in TYPING_COLUMNS}
        number = f"B{at:04}"
        columns = {"centre": f"Centre {at % 12}", "created_at": now, "updated_at": now, **typed}
        patient = Patient(patient_number=number, abo="A", **columns)
        session.add(patient)
        session.flush()
        columns = {"hla_class": HlaClass.I, "kit_lot": "1", "run_on": held.today(), "source_format": "two_column"}
        code = f"S{at}"
        serum = SerumSample(patient_id=patient.id, sample_code=code, content_hash=code, created_at=now, **columns)
        session.add(serum)
        session.flush()
        names = ("A*02:01", "A*24:02", "A*03:01", "B*07:02", "B*44:02", "B*35:01", "A*11:01", "B*08:01", "A*01:01")
        for place, name in enumerate(names):
            mfi = (at * 37 + place * 997) % 9000
            session.add(Bead(sample_id=serum.id, position=place, allele_text=name, raw_mfi=mfi, mfi=mfi))
        session.flush()
        set_directive(session, patient_number=number, wording=Wording(threshold_mfi=1000), actor="bench", now=now)
store = SnapshotStore(held.snapshots_path)
with held.engines.read_session() as session:
    count_day(session, store, on=held.today(), zone=zone)
    start = time.perf_counter()
    counted = count_day(session, store, on=held.today(), zone=zone)
    print(time.perf_counter() - start)
with held.engines.write_session() as session:
    keep_day(session, counted, now=now, zone=zone)
"""


def availability_rows(donors: int = 56_000, directives: int = DIRECTIVES) -> list[Row]:
    """Seconds and megabytes of a report of 400 directives, and of counting them all over a registry."""
    with tempfile.TemporaryDirectory() as folder:
        own = environment(folder)
        command(["db", "upgrade"], own)
        command(["seed", "registry", "--donors", str(donors), "--seed", "1"], own)
        command(["index", "build"], own)
        filled = subprocess.run(
            [sys.executable, "-c", FILL, str(directives)], env=own, cwd=ROOT, capture_output=True, text=True
        )
        if filled.returncode:
            raise RuntimeError(filled.stderr)
        found = {kind: _report(kind, Path(folder) / f"report.{kind}", own) for kind in ("pdf", "xlsx")}
    what = f"availability, {directives} directives, {donors:,} donors"
    return [
        Row(f"{what}: counting a day", float(filled.stdout), "s", 60),
        Row(f"{what}: PDF, shell to file", found["pdf"][0], "s", 5),
        Row(f"{what}: PDF, peak memory", found["pdf"][1], "MB", 400),
        Row(f"{what}: XLSX, shell to file", found["xlsx"][0], "s"),
        Row(f"{what}: XLSX, peak memory", found["xlsx"][1], "MB"),
    ]


def _report(kind: str, path: Path, own: dict[str, str]) -> tuple[float, float]:
    """Seconds and peak megabytes of one report in a process of its own, which no other process is counted with."""
    words = [sys.executable, "-m", "flask", "reports", "availability", "--format", kind, "-o", str(path)]
    start = time.perf_counter()
    child = subprocess.Popen(words, env=own, cwd=ROOT)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode or not path.stat().st_size:
        raise RuntimeError(f"no report: {kind}")
    return time.perf_counter() - start, used.ru_maxrss / 1024


if __name__ == "__main__":
    print("\n".join(row.text() for row in availability_rows()))
