"""Daily care of the instance: throw away what nobody needs, forget what may no more be undone."""

from collections.abc import Mapping
from datetime import date

from config import Runtime
from jobs.imports import folder_of
from services.duplicates.forgetting import forget_journals
from services.notifications.changes import forget_messages
from services.uploads.cleaning import clean_up, stray_files


def clean(runtime: Runtime, _on: date) -> Mapping[str, int]:
    """Throw away what nobody needs: see services.uploads.cleaning."""
    folder = folder_of(runtime)
    with runtime.engines.write_session() as session:
        cleaned = clean_up(session, now=runtime.now())
        messages = forget_messages(session, now=runtime.now())
    for upload_id in cleaned.forget:
        folder.forget(upload_id, refused_too=True)
    with runtime.engines.read_session() as session:
        stray = stray_files(session, folder, now=runtime.now())
    for name in stray:
        (folder.path / name).unlink(missing_ok=True)
    return {**cleaned.counts, "files": len(stray), "messages": messages}


def forget_merges(runtime: Runtime, _on: date) -> Mapping[str, int]:
    """Forget what merges kept of both records, once it is too late to undo them."""
    with runtime.engines.write_session() as session:
        return {"merges": forget_journals(session, now=runtime.now())}
