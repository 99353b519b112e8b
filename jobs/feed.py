"""The nightly feed: files of a watched folder imported one by one, and an alarm where none came."""

import hashlib
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.exc import DBAPIError

from config import Runtime
from domain.errors import PhenothequeError, RefusedByRule, UnusableInput
from jobs.failing import RunFailed
from models.database import DatabaseOutOfStep
from services.feed.expecting import missing_folders
from services.feed.inbox import Arrived, Inbox, safe_name
from services.feed.taking import (
    FOLDERS,
    FullFiles,
    RefusedRows,
    answer_of_import,
    answer_of_refusal,
    import_file,
    is_committed,
    read_file,
)
from services.imports.outcome import ImportResult

SECONDS_BETWEEN_LOOKS = 2.0
MOST_LOOKS = 5
ROWS = ("rows", "created", "updated", "refused", "deactivated")
log = structlog.get_logger("jobs")


def take_feed(runtime: Runtime, on: date) -> Mapping[str, Any]:
    """Import what other systems sent; counts of files and of rows.

    Raises RunFailed, when every other file has been dealt with: a file refused as a whole, one that could not be dealt
    with and stays, or no file where one was expected.
    """
    root = runtime.settings.feed_folder()
    if root is None:
        return {"off": 1}
    counts: Counter[str] = Counter()
    inboxes = _open_inboxes(root)
    for inbox in inboxes:
        _end_what_was_begun(runtime, inbox, counts)
    for inbox, arrived in _settled(inboxes, counts):
        _take(runtime, inbox, arrived, counts)
    before = runtime.now() - timedelta(days=runtime.settings.feed_kept_days)
    counts["deleted"] = sum(inbox.delete_older(before) for inbox in inboxes)
    return _told(runtime, on, counts)


def _open_inboxes(root: Path) -> Sequence[Inbox]:
    """The folders there are; none is made, since a share mounted later would hide it. Raises RunFailed."""
    inboxes = [Inbox(root / name) for name in FOLDERS if (root / name).is_dir() or (root / name).is_symlink()]
    if not inboxes:
        raise RunFailed("feed_folder_missing")
    if not all(inbox.is_usable() for inbox in inboxes):
        raise RunFailed("feed_folder_is_link")
    return inboxes


def _settled(inboxes: Sequence[Inbox], counts: Counter[str]) -> list[tuple[Inbox, Arrived]]:
    """The files in which nobody wrote between two looks; those still being written are left for the next run."""
    before: list[tuple[Inbox, Arrived]] = []
    for look in range(MOST_LOOKS):
        seen = [(inbox, arrived) for inbox in inboxes for arrived in inbox.look()]
        if seen == before:
            return seen
        if look < MOST_LOOKS - 1:
            before = seen
            time.sleep(SECONDS_BETWEEN_LOOKS)
    still = [one for one in seen if one in before]
    counts["unsettled"] += len(seen) - len(still)
    return still


def _take(runtime: Runtime, inbox: Inbox, arrived: Arrived, counts: Counter[str]) -> None:
    """Deal with one file; what goes wrong with it keeps no other from being taken, but for the database itself."""
    name = arrived.name
    try:
        if arrived.fault:
            raise UnusableInput(arrived.fault)
        if arrived.size > runtime.settings.upload_mb * 1_000_000:
            raise UnusableInput("feed_too_large", limit=runtime.settings.upload_mb)
        content = inbox.read(arrived)
        if content is None:
            counts["unsettled"] += 1
            return
        answer, result = _import(runtime, inbox, name, content)
        inbox.finish(name, answer, move=True)
        _count(counts, answer, result)
    except (DatabaseOutOfStep, DBAPIError):  # of all files; whether the last was committed the next run finds out
        raise
    except UnusableInput as error:
        _refuse(runtime, inbox, name, error)
        counts["files_refused"] += 1
    except Exception as error:  # the other files are taken all the same, and the run fails
        code = error.code if isinstance(error, RefusedByRule) else ""
        log.error("feed_file_failed", folder=inbox.path.name, kind=type(error).__name__, code=code)
        log.debug("feed_file_failed", exc_info=error)
        counts["files_failed"] += 1


def _import(runtime: Runtime, inbox: Inbox, name: str, content: bytes) -> tuple[dict[str, Any], ImportResult]:
    """Read, then import in one transaction; the answer is on the disk before it commits."""
    settings, now = runtime.settings, runtime.now()
    full = FullFiles(settings.feed_full, settings.feed_most_absent_percent)
    refused = RefusedRows(inbox, name, settings.locale)
    try:
        work = read_file(content, name, inbox.path.name, refused, full=full, now=now)
        with runtime.engines.write_session() as session:
            result = import_file(session, work, full=full, on=runtime.today())
            refused.close()
            answer = answer_of_import(session, inbox, work, result, locale=settings.locale)
            inbox.claim(name, answer)
    except PhenothequeError:
        inbox.forget(name)
        raise
    finally:
        refused.close()
    return answer, result


def _refuse(runtime: Runtime, inbox: Inbox, name: str, error: PhenothequeError) -> None:
    """Put a file away that cannot be used, with the reason where its answer is looked for."""
    safe = safe_name(name)
    answer = answer_of_refusal(inbox, safe, error, put_away_as=safe, locale=runtime.settings.locale, now=runtime.now())
    inbox.claim(safe, answer)
    inbox.put_away(name, answer["kept_as"])
    inbox.finish(safe, answer, move=False)


def _count(counts: Counter[str], answer: Mapping[str, Any], result: ImportResult) -> None:
    counts["files_refused" if answer["status"] == "refused" else "files"] += 1
    counts["files_without_change"] += not result.created + result.updated + result.deactivated + result.refused
    counts.update({name: getattr(result, name) for name in ROWS})


def _end_what_was_begun(runtime: Runtime, inbox: Inbox, counts: Counter[str]) -> None:
    """End what a process that was killed had begun: what it committed is answered, all else is taken anew."""
    for name, answer in inbox.claims():
        sent = next((one for one in inbox.look() if one.name == name), None)
        content = inbox.read(sent) if sent and not sent.fault else None
        same = content is not None and answer is not None and _hash(content) == answer.get("sha256")
        with runtime.engines.read_session() as session:
            committed = answer is not None and is_committed(session, answer)
        refused_and_gone = answer is not None and answer.get("batch") is None and sent is None
        if answer is not None and (committed or refused_and_gone):
            inbox.finish(name, answer, move=same and not inbox.holds(answer["kept_as"]))
            counts["files_ended"] += 1
        else:
            inbox.forget(name)
    inbox.forget_strays()


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _told(runtime: Runtime, on: date, counts: Counter[str]) -> dict[str, Any]:
    """The details of the run. Raises RunFailed, the gravest first."""
    settings = runtime.settings
    expected = sorted({name.strip() for name in settings.feed_expected.split(",") if name.strip()})
    with runtime.engines.read_session() as session:
        missing = missing_folders(
            session, expected, within=settings.feed_expected_days, on=on, zone=ZoneInfo(settings.timezone)
        )
    details: dict[str, Any] = {name: count for name, count in counts.items() if count}
    if missing:
        details |= {"without": {folder: day.isoformat() if day else None for folder, day in missing.items()}}
    for code, fails in (
        ("feed_files_failed", counts["files_failed"]),
        ("feed_files_refused", counts["files_refused"]),
        ("feed_no_file", missing),
    ):
        if fails:
            raise RunFailed(code, **details)
    return details
