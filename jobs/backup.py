"""The copy of the database that is made and read back every day."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from config import Runtime
from domain.errors import PhenothequeError
from jobs.failing import RunFailed
from services.audit import record_audit
from services.backup.copies import Copy, CopyFolder


def folder_of_copies(runtime: Runtime) -> CopyFolder:
    """The folder of copies."""
    return CopyFolder(runtime.settings.instance_path / "backups")


def back_up(runtime: Runtime, _on: date) -> Mapping[str, Any]:
    """Make today's copy and keep the last ones; named after today also where the run of an earlier day is made up."""
    folder = folder_of_copies(runtime)
    try:
        copy = folder.make(runtime.engines, day=runtime.today())
    except PhenothequeError as error:  # its values are names of files and programs: they may stand on the page
        raise RunFailed(error.code, **error.params) from error
    note_copy(runtime, copy, actor="jobs")
    return {**copy.details(), "dropped": folder.keep_last(runtime.settings.backups_kept)}


def note_copy(runtime: Runtime, copy: Copy, *, actor: str) -> None:
    """Say in the audit trail that a copy of everything was made."""
    with runtime.engines.write_session() as session:
        record_audit(
            session, actor=actor, action="backup_made", subject_type="registry", subject_key="",
            details=copy.details(), now=runtime.now(),
        )  # fmt: skip
