"""What a page shows, as a file to keep, to sort or to print."""

import io
from collections.abc import Callable
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from flask import Blueprint, request, send_file
from sqlmodel import Session
from werkzeug.wrappers import Response

from services.accounts.permissions import Permission
from services.documents.directive_sheet import directive_document
from services.documents.document import Document, Maker
from services.documents.donor_list import DonorList, donor_document
from services.documents.files import DEFAULT_PROFILE, KINDS, file_name, profile_named, record_export, write_document
from services.documents.sweep_list import sweep_document
from views.access import needs
from views.language import current_locale
from views.running import actor, now, person, runtime, snapshots
from views.workbench.criteria import parse_criteria

blueprint = Blueprint("exports", __name__)
KIND = f"<any({', '.join(KINDS)}):kind>"
IN_MEMORY_BYTES = 8 * 1024 * 1024  # a longer file waits on the disk
Build = Callable[[Session, dict[str, Any], Maker], Document]


@blueprint.get(f"/patients/<patient>/export/list.{KIND}")
@needs(Permission.SEE_PATIENTS)
def ranked(patient: str, kind: str) -> Response:
    """The ranked donors of a view of the workbench."""

    def build(session: Session, asked: dict[str, Any], maker: Maker) -> Document:
        view = DonorList(session, **asked, now=maker.at, zone=maker.zone)
        return donor_document(view, maker=maker, on_paper=kind == "pdf")

    return _export("list", patient, kind, build)


@blueprint.get(f"/patients/<patient>/export/sweep.{KIND}")
@needs(Permission.SEE_PATIENTS)
def sweep(patient: str, kind: str) -> Response:
    """The counts of the usual thresholds and of the view's, and what would open more donors."""
    return _export("sweep", patient, kind, lambda session, asked, maker: sweep_document(session, **asked, maker=maker))


@blueprint.get(f"/patients/<patient>/export/directive.{KIND}")
@needs(Permission.SEE_PATIENTS)
def directive(patient: str, kind: str) -> Response:
    """The directive in force."""
    return _export(
        "directive", patient, kind, lambda session, asked, maker: directive_document(session, **asked, maker=maker)
    )


def _export(what: str, patient: str, kind: str, build: Build) -> Response:
    """Write the file, note in the audit trail that it went out, and send it."""
    profile = request.args.get("profile") or DEFAULT_PROFILE
    profile_named(profile)  # before the work, not after it
    wanted = parse_criteria(request.args, today=runtime().today())
    maker = Maker(f"{person().display_name} ({actor()})", now(), runtime().settings.timezone)
    asked = {"store": snapshots(), "patient_number": patient, "wanted": wanted, "locale": current_locale()}
    file = SpooledTemporaryFile(IN_MEMORY_BYTES)  # noqa: SIM115 - closed with the answer that sends it
    try:
        with runtime().engines.read_session() as session:
            document = build(session, asked, maker)
            rows = write_document(document, kind, file, profile=profile, maker=maker)
        with runtime().engines.write_session() as session:
            record_export(session, document, kind, rows, what=what, actor=actor(), now=now())
    except BaseException:
        file.close()
        raise
    return send_file(_body(file), KINDS[kind], as_attachment=True, download_name=file_name(document, kind, maker))


def _body(file: SpooledTemporaryFile[bytes]) -> IO[bytes]:
    """The file from its start: a short one from memory, a long one from the disk, closed once it is sent."""
    file.seek(0, io.SEEK_END)
    size = file.tell()
    file.seek(0)
    if size > IN_MEMORY_BYTES:
        return file
    with file:
        return io.BytesIO(file.read())
