"""What an operator waits for: the workbench and the API on the real registry, alone and with twenty at once.

`python -m benchmarks.pages [instance folder] [seconds of load]` measures these alone, on an instance already filled.
"""

import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import Flask
from sqlmodel import Session

from app import create_app
from benchmarks.explaining import explaining_rows
from benchmarks.load import Load, run_load
from benchmarks.measures import command
from benchmarks.processes import DONOR_FILES, SHARED, environment
from benchmarks.releases import release_rows
from benchmarks.rows import MS, Row
from benchmarks.slider import slider_rows
from config import Settings
from models.account import Account, Role
from services.accounts.sessions import open_session
from services.accounts.tokens import create_token

PATIENTS = tuple(f"P000{number}" for number in range(1, 7))
THRESHOLDS_MFI = (1000, 2000, 5000)
FILTERS = ("", "&abo=identical&by=2027-01-31", "&sort=-sum_mfi", "&rhd=-&grade=C")
LOAD_SECONDS, OPERATORS = 60, 20
ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Login:
    """What proves who asks: a cookie for pages, a token for the API."""

    cookie: str
    token: str


def page_rows(folder: str | None = None, seconds: float = LOAD_SECONDS) -> list[Row]:
    """Every figure of the pages; the real files are imported into a folder of their own unless one is given."""
    with _filled(folder) as instance:
        app = create_app(Settings(_env_file=None, instance_path=instance, locale="fr", log_level="error"))
        login = _log_in(app)
        rows = [*_workbench_rows(app, login), *_search_rows(app, login), *slider_rows(instance, login.cookie)]
        rows += explaining_rows(app, PATIENTS, datetime.now(UTC).date())
        rows += _load_rows(run_load(instance, login.cookie, addresses(), seconds=seconds, operators=OPERATORS))
        # Last, and only where the folder is ours: an instance of somebody's keeps its nomenclature.
        return rows if folder else rows + release_rows(str(instance))


@contextmanager
def _filled(folder: str | None) -> Iterator[Path]:
    if folder is not None:
        yield Path(folder)
        return
    with tempfile.TemporaryDirectory() as made:
        own = environment(made)
        command(["db", "upgrade"], own)
        for name in DONOR_FILES:
            command(["donors", "import", str(SHARED / "donors" / f"{name}.csv")], own)
        command(["patients", "import", str(SHARED / "patients" / "patients.csv")], own)
        command(["antibodies", "import", str(SHARED / "antibodies" / "matchit_class1_6_patients.csv")], own)
        command(["index", "build"], own)
        yield Path(made)


def addresses() -> list[str]:
    """The pages that are asked for: every patient at the usual thresholds, with and without filters."""
    asked = (f"/patients/{patient}?threshold={mfi}" for patient in PATIENTS for mfi in THRESHOLDS_MFI)
    return [address + FILTERS[place % len(FILTERS)] for place, address in enumerate(asked)]


def _log_in(app: Flask) -> Login:
    """An operator who may do what these pages need, in the measured instance alone."""
    now = datetime.now(UTC)
    with app.extensions["phenotheque"].engines.write_session() as session:
        token, text = _logins(session, now)
    signed = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    return Login(signed.dumps({"token": token, "seen": int(now.timestamp())}), text)


def _logins(session: Session, now: datetime) -> tuple[str, str]:
    name = f"bench-{random.randrange(10**9)}"
    account = Account(login=name, display_name=name, roles=[Role.SEARCHER.value], created_at=now, updated_at=now)
    session.add(account)
    session.flush()
    lasts = timedelta(hours=12)
    opened = open_session(session, account, address="127.0.0.1", agent="bench", lasts=lasts, now=now)
    asked = {"name": "bench", "scope": "write", "days": 1, "actor": name, "now": now}
    return opened, create_token(session, account_id=account.id or 0, **asked)[1]


def timed(ask: Callable[[], int], wanted: int) -> tuple[float, float]:
    """The seconds of one answer of the status wanted, by the clock and of the processor. Raises RuntimeError."""
    start, used = time.perf_counter(), time.process_time()
    status = ask()
    seconds = time.perf_counter() - start, time.process_time() - used
    if status != wanted:
        raise RuntimeError(f"answered {status}")
    return seconds


def _workbench_rows(app: Flask, login: Login) -> list[Row]:
    client = app.test_client()
    client.set_cookie("session", login.cookie)
    sizes = []

    def ask(address: str) -> int:
        answer = client.get(address, headers={"Accept-Encoding": "gzip", "Accept-Language": "fr"})
        sizes.append(len(answer.data))
        return answer.status_code

    seconds, used = _several(lambda address: timed(lambda: ask(address), 200), addresses())
    return [
        Row("workbench page, 56,000 donors: p50", statistics.median(seconds) * MS, "ms", 150),
        Row("workbench page, 56,000 donors: p95", _p95(seconds) * MS, "ms", 400),
        Row("workbench page, 56,000 donors: processor time, p50", statistics.median(used) * MS, "ms"),
        Row("workbench page, packed: the longest", max(sizes) / 1000, "kB", 250),
    ]


def _search_rows(app: Flask, login: Login) -> list[Row]:
    client = app.test_client()
    headers = {"Authorization": f"Bearer {login.token}"}

    def ask(patient: str) -> int:
        body = {"patient": patient, "threshold": 2000}
        return client.post("/api/v1/searches", json=body, headers=headers).status_code

    seconds, used = _several(lambda patient: timed(lambda: ask(patient), 201), PATIENTS)
    what = "POST /api/v1/searches, 100 donors kept"
    return [
        Row(f"{what}: p50", statistics.median(seconds) * MS, "ms", 80),
        Row(f"{what}: processor time, p50", statistics.median(used) * MS, "ms"),
    ]


def _several(measure: Callable[[str], tuple[float, float]], asked: Sequence[str]) -> tuple[list[float], list[float]]:
    """Every question, several times, after once unmeasured: seconds by the clock, and of the processor."""
    for one in asked:
        measure(one)
    found = [measure(one) for _ in range(ROUNDS) for one in asked]
    return [wall for wall, _ in found], [used for _, used in found]


def _p95(seconds: Sequence[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1]


def _load_rows(load: Load) -> list[Row]:
    who = f"{OPERATORS} operators for {load.lasted_seconds:.0f} s"
    return [
        Row(f"{who}: pages answered", len(load.seconds), ""),
        Row(f"{who}: errors", load.errors, "", 0),
        Row(f"{who}: p50", statistics.median(load.seconds) * MS, "ms"),
        Row(f"{who}: p95", _p95(load.seconds) * MS, "ms"),
    ]


if __name__ == "__main__":
    given = sys.argv[1:]
    os.environ.setdefault("PHENOTHEQUE_LOG_LEVEL", "error")
    for row in page_rows(given[0] if given else None, float(given[1]) if len(given) > 1 else LOAD_SECONDS):
        sys.stdout.write(row.text() + "\n")
