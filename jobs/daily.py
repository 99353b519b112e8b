"""Jobs of every day, each once for a local day, in its own transaction."""

from collections.abc import Callable, Mapping
from datetime import time
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from config import Runtime
from domain.errors import PhenothequeError
from jobs.imports import folder_of
from services.duplicates.forgetting import forget_journals
from services.duplicates.pairs import compare_registry, keep_pairs
from services.jobs import begin_run, end_run
from services.rare_donors.refreshing import refresh_rare_donors
from services.uploads.cleaning import clean_up, stray_files

FROM_HOUR = time(5)  # no clock is put forward or back at that hour
log = structlog.get_logger("jobs")


def run_due(runtime: Runtime) -> None:
    """Run every daily job whose hour has come and that was not run today, as after a night without power."""
    local = runtime.now().astimezone(ZoneInfo(runtime.settings.timezone))
    if local.time() < FROM_HOUR:
        return
    for name in DAILY:
        run_daily(runtime, name)


def run_daily(runtime: Runtime, name: str) -> bool:
    """Run one daily job; False where it was run today already."""
    with runtime.engines.write_session() as session:
        run = begin_run(session, name, local_day=runtime.today(), now=runtime.now())
    if run is None:
        return False
    fault, details = None, {}
    try:
        details = dict(DAILY[name](runtime))
    except Exception as error:  # the other jobs, and the queue, go on
        fault = error.code if isinstance(error, PhenothequeError) else "job_failed"
        log.error("daily_job_failed", job=name, kind=type(error).__name__)
        log.debug("daily_job_failed", exc_info=error)
    with runtime.engines.write_session() as session:
        end_run(session, run.id or 0, now=runtime.now(), details=details, fault=fault)
    return True


def clean(runtime: Runtime) -> Mapping[str, int]:
    """Throw away what nobody needs: see services.uploads.cleaning."""
    folder = folder_of(runtime)
    with runtime.engines.write_session() as session:
        cleaned = clean_up(session, now=runtime.now())
    for upload_id in cleaned.forget:
        folder.forget(upload_id, refused_too=True)
    with runtime.engines.read_session() as session:
        stray = stray_files(session, folder, now=runtime.now())
    for name in stray:
        (folder.path / name).unlink(missing_ok=True)
    return {**cleaned.counts, "files": len(stray)}


def refresh_rare(runtime: Runtime) -> Mapping[str, Any]:
    """Bring the rare-donor file up to date: see services.rare_donors.refreshing."""
    with runtime.engines.write_session() as session:
        return refresh_rare_donors(session, now=runtime.now(), actor="jobs").details()


def find_duplicates(runtime: Runtime) -> Mapping[str, int]:
    """Look for donors registered twice: see services.duplicates.pairs."""
    with runtime.engines.read_session() as session:
        compared = compare_registry(session)
    with runtime.engines.write_session() as session:
        return keep_pairs(session, compared, now=runtime.now())


def forget_merges(runtime: Runtime) -> Mapping[str, int]:
    """Forget what merges kept of both records, once it is too late to undo them."""
    with runtime.engines.write_session() as session:
        return {"merges": forget_journals(session, now=runtime.now())}


DAILY: Mapping[str, Callable[[Runtime], Mapping[str, Any]]] = {
    "clean_up": clean,
    "rare_donors": refresh_rare,
    "find_duplicates": find_duplicates,
    "forget_merges": forget_merges,
}
