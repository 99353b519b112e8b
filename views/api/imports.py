"""Imports over the API: a file is sent and checked, what was found is read, a yes imports it."""

from typing import Any, Literal
from uuid import UUID

from flask import Blueprint, Response, url_for
from pydantic import Field

from models.importing import ImportKind, ImportMode
from models.job import Upload
from services.accounts.permissions import Permission
from services.audit import record_audit
from services.uploads.answer import issue_page, upload_json
from services.uploads.states import seen_token
from views import upload_flow
from views.access import needs
from views.api import reservation_shapes as shapes
from views.api.conditions import check_version, tag
from views.api.fields import USUAL_PAGE, File, Given, QueryLimit, QueryRank
from views.api.operation import operation, part
from views.api.problems import locale
from views.running import actor, now, person, runtime

blueprint = Blueprint("imports", __name__, url_prefix="/imports")
KINDS = tuple(kind.value for kind in ImportKind)


class ImportForm(Given):
    """A file to import."""

    file: File
    kind: Literal[KINDS] | None = Field(default=None, description="What it holds; else its content tells.")  # type: ignore[valid-type]
    mode: Literal["diff", "full"] = "diff"


class ConfirmationBody(Given):
    """The yes to an import; a full one of donors asks for a second."""

    deactivation_confirmed: bool = Field(default=False, description="Donors absent from the file become inactive.")


class IssuesQuery(Given):
    """Which part of the issues is read, worst first."""

    after: QueryRank | None = Field(default=None, description="The `next` of the part before.")
    limit: QueryLimit = Field(default=USUAL_PAGE, description="Issues at most.")


@blueprint.post("")
@needs(Permission.IMPORT_FILES)
@operation("Send a file, to be checked", file=ImportForm, answer=shapes.Import, status=202, etag=True,
           refusals=(409,))  # fmt: skip
def create(form: ImportForm) -> Response:
    """Nothing is imported yet; a long file is checked by the jobs process."""
    kind = ImportKind(form.kind) if form.kind else None
    content = form.file.read()
    upload = upload_flow.receive(content, form.file.filename, kind=kind, mode=ImportMode(form.mode))
    return _answer(upload, IssuesQuery(), 202, Location=url_for("api.imports.show", upload=upload.id))


@blueprint.get("/<uuid:upload>")
@needs(Permission.IMPORT_FILES)
@operation("Read where a file stands, and what was found in it", query=IssuesQuery, answer=shapes.Import, etag=True)
def show(upload: UUID, query: IssuesQuery) -> Response:
    """Texts of identity columns are masked for who may not see identities, and audited for who may."""
    return _answer(upload_flow.find(str(upload)), query)


@blueprint.post("/<uuid:upload>/confirmations")
@needs(Permission.IMPORT_FILES)
@operation("Import a checked file", body=ConfirmationBody, answer=shapes.Import, status=202, etag=True,
           conditional=True, refusals=(409,))  # fmt: skip
def confirm(upload: UUID, body: ConfirmationBody) -> Response:
    """The yes is to the version that `If-Match` names."""
    held = upload_flow.find(str(upload))
    check_version(_version(held))
    taken = upload_flow.confirm(held.id, seen=seen_token(held), **body.model_dump())
    return _answer(taken, IssuesQuery(), 202, Location=url_for("api.imports.show", upload=taken.id))


def _version(upload: Upload) -> str:
    return tag(f"{upload.changed_at:%Y%m%dT%H%M%S%f}-{upload.status.value}")


def _answer(upload: Upload, query: IssuesQuery, status: int = 200, **headers: str) -> Response:
    """One upload with one part of its issues; each issue is named by its place among them."""
    first, identity = query.after or 0, person().may(Permission.SEE_IDENTITY)
    span: dict[str, Any] = {"identity": identity, "locale": locale(), "limit": query.limit + 1, "offset": first}
    said = upload_json(upload, progress=upload_flow.folder().progress(upload.id), **span)
    if issue_page(upload, **span).identity:
        _audit_identity(upload)
    said["issues"] = [{"place": first + place, **one} for place, one in enumerate(said["issues"], 1)]
    return part(said, query.limit, "place", "issues", status, ETag=f'"{_version(upload)}"', **headers)


def _audit_identity(upload: Upload) -> None:
    with runtime().engines.write_session() as session:
        record_audit(
            session, actor=actor(), action="identity_in_issues_seen", subject_type="upload", subject_key=upload.id,
            details={"kind": upload.kind.value}, now=now(),
        )  # fmt: skip
