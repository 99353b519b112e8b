"""A file from being sent to being imported, as the pages and the API both do it: at once where it is short, else by
the jobs process. Each step opens and closes its own transactions.
"""

from collections.abc import Mapping
from typing import Any

from domain.errors import PhenothequeError, RefusedByRule
from models.importing import ImportKind, ImportMode
from models.job import Upload, UploadStatus
from services.accounts.permissions import Permission
from services.jobs import is_alive
from services.uploads.folder import UploadFolder
from services.uploads.kinds import kinds_of
from services.uploads.runs import check_upload, import_upload, is_medium, is_short, queue_upload, take_back
from services.uploads.states import (
    abandon_upload,
    check_confirmable,
    confirm_upload,
    get_upload,
    read_otherwise,
    receive_upload,
    record_check,
    refuse_upload,
    seen_token,
)
from services.uploads.work import open_import
from views.running import actor, now, person, runtime


def folder() -> UploadFolder:
    """Where uploaded files are kept."""
    return UploadFolder(runtime().settings.instance_path / "uploads")


def my_kinds() -> tuple[ImportKind, ...]:
    """The kinds of file that whoever asks may handle."""
    return kinds_of(person().permissions)


def kinds_to_read_as(upload: Upload) -> tuple[ImportKind, ...]:
    """What a file may be read as instead: read as another kind, a file of donors would be masked no more."""
    if upload.kind is ImportKind.DONORS and not person().may(Permission.SEE_IDENTITY):
        return (ImportKind.DONORS,)
    return my_kinds()


def find(upload_id: str) -> Upload:
    """The upload as it stands. Raises NotFound."""
    with runtime().engines.read_session() as session:
        return get_upload(session, upload_id, kinds=my_kinds())


def is_queued(upload: Upload) -> bool:
    """Whether the jobs process is to check or import the file; what is short is done before its page is shown."""
    long = not is_short(upload)
    return upload.status is UploadStatus.CONFIRMED or (long and upload.status is UploadStatus.RECEIVED)


def receive(content: bytes, file_name: str, *, kind: ImportKind | None, mode: ImportMode) -> Upload:
    """Keep a file and check it, at once or in the queue. Raises as `receive_upload`; nothing is kept then."""
    with runtime().engines.write_session() as session:
        upload = receive_upload(
            session, folder(), content=content, file_name=file_name, kinds=my_kinds(), kind=kind, mode=mode,
            actor=actor(), now=now(),
        )  # fmt: skip
        if not is_short(upload):
            queue_upload(session, upload, actor=actor(), now=now())
    return check_now(upload) if is_short(upload) else upload


def read_anew(
    upload_id: str, *, kind: ImportKind, mode: ImportMode, columns: Mapping[str, str], options: Mapping[str, Any],
    seen: str,
) -> Upload:  # fmt: skip
    """Keep how the file shall be read instead, and check it again. Raises RefusedByRule."""
    with runtime().engines.write_session() as session:
        upload = get_upload(session, upload_id, kinds=my_kinds())
        if kind not in kinds_to_read_as(upload):
            raise RefusedByRule("upload_kind_not_yours", kind=kind.value)
        read_otherwise(
            session, upload, kind=kind, mode=mode, columns=columns, options=options, seen=seen, actor=actor(), now=now()
        )
        if not is_short(upload):
            queue_upload(session, upload, actor=actor(), now=now())
    return check_now(upload) if is_short(upload) else upload


def check_now(upload: Upload) -> Upload:
    """Check a file while the person waits."""
    with runtime().engines.read_session() as session:
        outcome = check_upload(session, upload, folder(), on=runtime().today(), tell=_tell_nobody, now=now())
    with runtime().engines.write_session() as session:
        record_check(session, upload, outcome, folder().read(upload.id))
    return find(upload.id)


def confirm(upload_id: str, *, deactivation_confirmed: bool, seen: str, at_once: bool = False) -> Upload:
    """Import a checked file, at once where it is short, else in the queue. Raises RefusedByRule, see `_turn`.

    What refuses the file as a whole is noted on it and not raised.
    """
    upload = find(upload_id)
    check_confirmable(upload, deactivation_confirmed=deactivation_confirmed, seen=seen)
    if is_short(upload) or at_once:
        return _import_now(upload, deactivation_confirmed=deactivation_confirmed)
    with runtime().engines.write_session() as session:
        upload = get_upload(session, upload_id, kinds=my_kinds())
        confirm_upload(session, upload, deactivation_confirmed=deactivation_confirmed, seen=seen, now=now())
        queue_upload(session, upload, actor=actor(), now=now())
    return upload


def _import_now(upload: Upload, *, deactivation_confirmed: bool) -> Upload:
    seen, confirmed = seen_token(upload), False
    try:
        work = open_import(upload, folder(), actor=actor(), tell=_tell_nobody, now=now())  # before any writer waits
        with runtime().engines.write_session() as session:
            held = get_upload(session, upload.id, kinds=my_kinds())
            confirm_upload(session, held, deactivation_confirmed=deactivation_confirmed, seen=seen, now=now())
            confirmed = True
            import_upload(session, work, upload.id, on=runtime().today(), now=now())
    except PhenothequeError as error:
        if not confirmed and isinstance(error, RefusedByRule):
            raise
        with runtime().engines.write_session() as session:
            refuse_upload(session, upload.id, error, now=now())
        return find(upload.id)
    folder().forget(upload.id)
    return find(upload.id)


def run_waiting(upload_id: str) -> Upload:
    """Do at once what waits in a queue that nobody works on. Raises RefusedByRule: begun meanwhile, or too long."""
    with runtime().engines.write_session() as session:
        upload = get_upload(session, upload_id, kinds=my_kinds())
        if not is_medium(upload):
            raise RefusedByRule("upload_too_long_for_a_page")
        take_back(session, upload, now=now())
    if upload.status is UploadStatus.CHECKED:
        return confirm(upload_id, deactivation_confirmed=True, seen=seen_token(upload), at_once=True)
    return check_now(upload)


def abandon(upload_id: str) -> None:
    """Give a file up and delete it. Raises RefusedByRule."""
    with runtime().engines.write_session() as session:
        abandon_upload(session, get_upload(session, upload_id, kinds=my_kinds()), actor=actor(), now=now())
    folder().forget(upload_id, refused_too=True)


def jobs_alive() -> bool:
    """Whether a jobs process is there to do what is queued."""
    with runtime().engines.read_session() as session:
        return is_alive(session, runtime().settings.instance_path, now=now())


def _tell_nobody(done: int, total: int) -> None:
    """A page that waits shows no progress."""
