"""Files in, by pages: sent, checked, read otherwise, confirmed, and their refused rows given back."""

from collections.abc import Mapping
from contextlib import closing
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as WSGIResponse

from domain.errors import PhenothequeError, RefusedByRule, UnusableInput
from models.importing import ImportKind
from models.job import Upload
from services.accounts.permissions import Permission
from services.audit import record_audit
from services.imports.fields import GL_STRING
from services.uploads.answer import IssuePage, fault_said, issue_page
from services.uploads.kinds import FORMS
from services.uploads.listing import list_imports
from services.uploads.mapping import columns_by_hand, heading_choices, shown_headings
from services.uploads.refused_rows import refused_rows_csv
from services.uploads.runs import is_medium, is_short
from services.uploads.states import OPEN, asks_second_yes, check_mode, seen_token
from services.wording.catalogue import sentence
from views import upload_flow
from views.access import needs, unattended
from views.errors import page as error_page
from views.language import current_locale
from views.paging import PAGE_SIZE, pages_of, parse_page
from views.running import actor, now, person, runtime

blueprint = Blueprint("imports", __name__)
BARE = ("refused", "molecular", "serological")


@blueprint.get("/imports")
@needs(Permission.IMPORT_FILES)
def index() -> str:
    """Files that wait for somebody, and every import on record."""
    page = parse_page(request.args.get("page", "1"))
    with runtime().engines.read_session() as session:
        found = list_imports(session, kinds=upload_flow.my_kinds(), limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    pages = {"page": page, "pages": pages_of(found.total, PAGE_SIZE), "page_address": _index_page}
    return render_template("imports/index.html", found=found, **pages)


def _index_page(page: int) -> str:
    return url_for("imports.index", page=page)


@blueprint.route("/imports/new", methods=["GET", "POST"])
@needs(Permission.IMPORT_FILES)
def new() -> WSGIResponse | str | tuple[str, int]:
    """Send a file."""
    if request.method != "POST":
        return _new_page()
    try:
        upload = _receive()
    except PhenothequeError as error:
        return _new_page(sentence(error.code, _worded(error.params), current_locale())), 422
    return redirect(url_for("imports.show", upload=upload.id), 303)


def _new_page(fault: str = "") -> str:
    return render_template(
        "imports/new.html", fault=fault, kinds=upload_flow.my_kinds(), sent=request.form,
        limit_mb=runtime().settings.upload_mb,
    )  # fmt: skip


def _receive() -> Upload:
    file = request.files.get("file")
    if file is None or not file.filename:
        raise UnusableInput("upload_missing")
    kind = request.form.get("kind", "")
    mode = check_mode(request.form.get("mode", "diff"))
    with closing(file.stream):  # a long one lies in a file of the system's own, which is gone once it is closed
        content = file.read()
    return upload_flow.receive(content, file.filename, kind=_kind(kind) if kind else None, mode=mode)


def _kind(text: str) -> ImportKind:
    if text not in list(ImportKind):
        raise UnusableInput("upload_kind_unreadable", text=text)
    return ImportKind(text)


def _worded(params: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters of a sentence, the kind of a file in the reader's words."""
    kinds = {name: f"import_kind.{params[name]}" for name in ("kind", "found") if params.get(name) in list(ImportKind)}
    return {**params, **{name: sentence(code, {}, current_locale()) for name, code in kinds.items()}}


@blueprint.get("/imports/<upload>")
@needs(Permission.IMPORT_FILES)
def show(upload: str) -> str:
    """One file: what was found in it, how it is read, what became of it."""
    found, page = upload_flow.find(upload), parse_page(request.args.get("page", "1"))
    return _upload_page(found, page=page)


def _upload_page(found: Upload, *, page: int = 1, fault: str = "") -> str:
    code, identity = request.args.get("code", ""), person().may(Permission.SEE_IDENTITY)
    issues = _issues(found, code, page)
    waiting, headings = upload_flow.is_queued(found), found.result.get("headings", ())
    return render_template(
        "imports/show.html",
        upload=found, result=found.result, issues=issues, code=code,
        fault=fault or fault_said(found, current_locale(), identity=identity),
        headings=heading_choices(headings, found.kind, found.columns),
        shown_headings=shown_headings(headings, found.kind, identity=identity),
        columns=list(FORMS[found.kind].fields) if found.kind in FORMS else (),
        kinds=upload_flow.kinds_to_read_as(found), bare=BARE, is_open=found.status in OPEN,
        second_yes=asks_second_yes(found),
        seen=seen_token(found), waiting=waiting, progress=upload_flow.folder().progress(found.id) if waiting else None,
        alive=not waiting or upload_flow.jobs_alive(), can_run_now=is_medium(found),
        short=is_short(found), has_refused=upload_flow.folder().has_refused(found.id),
        page=page, pages=pages_of(issues.total, PAGE_SIZE), gl_string=GL_STRING,
        page_address=lambda number: url_for("imports.show", upload=found.id, page=number, code=code or None),
    )  # fmt: skip


def _issues(found: Upload, code: str, page: int) -> IssuePage:
    identity = person().may(Permission.SEE_IDENTITY)
    issues = issue_page(
        found, identity=identity, locale=current_locale(), limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE, code=code
    )
    if issues.identity:
        _audit("identity_in_issues_seen", found, page=page)
    return issues


def _audit(action: str, found: Upload, **details: object) -> None:
    with runtime().engines.write_session() as session:
        record_audit(
            session, actor=actor(), action=action, subject_type="upload", subject_key=found.id,
            details={"kind": found.kind.value, **details}, now=now(),
        )  # fmt: skip


@blueprint.get("/imports/<upload>/progress")
@needs(Permission.IMPORT_FILES)
@unattended
def progress(upload: str) -> str | Response:
    """How far a check or an import is, for the page that asks again; once it ended, the page is loaded anew."""
    found = upload_flow.find(upload)
    if not upload_flow.is_queued(found):
        return Response(headers={"HX-Refresh": "true"})
    told = {"progress": upload_flow.folder().progress(upload), "alive": upload_flow.jobs_alive()}
    return render_template("imports/_progress.html", upload=found, can_run_now=is_medium(found), **told)


@blueprint.post("/imports/<upload>/check")
@needs(Permission.IMPORT_FILES)
def check(upload: str) -> WSGIResponse:
    """Read the file otherwise, and check it again."""
    found = upload_flow.find(upload)
    upload_flow.read_anew(
        upload, kind=_kind(request.form.get("kind", found.kind)), mode=check_mode(request.form.get("mode", found.mode)),
        columns=_columns(found, request.form), options=_options(request.form), seen=request.form.get("seen", ""),
    )  # fmt: skip
    return redirect(url_for("imports.show", upload=upload), 303)


def _columns(found: Upload, sent: MultiDict[str, str]) -> dict[str, str]:
    """The columns as the selects say; where all suggestions are taken, those of the headings left out."""
    headings = found.result.get("headings", [])
    chosen: dict[int, str] = {}
    for choice in heading_choices(headings, found.kind, found.columns):
        given = sent.get(f"column-{choice.place}", choice.column)
        take = sent.get("take") == "suggestions" and not given and choice.suggestion
        chosen[choice.place] = choice.suggestion if take and choice.suggestion else given
    return columns_by_hand(headings, found.kind, chosen)


def _options(sent: MultiDict[str, str]) -> dict[str, Any]:
    bare = sent.get("bare", "refused")
    if bare not in BARE:
        raise UnusableInput("upload_bare_unreadable", text=bare)
    patients = {
        sample.strip()[:200]: patient.strip()[:64]
        for sample, patient in zip(sent.getlist("sample_code"), sent.getlist("sample_patient"), strict=False)
        if sample.strip() and patient.strip()
    }
    given = {name: sent.get(name, "").strip()[:64] for name in ("sample", "run_on")}
    return {"bare": bare, "patients": patients, **{name: text for name, text in given.items() if text}}


@blueprint.post("/imports/<upload>/confirm")
@needs(Permission.IMPORT_FILES)
def confirm(upload: str) -> WSGIResponse | tuple[str, int]:
    """Import the file, once."""
    yes = request.form.get("deactivate") == "yes"
    try:
        upload_flow.confirm(upload, deactivation_confirmed=yes, seen=request.form.get("seen", ""))
    except RefusedByRule as error:
        if error.code == "upload_full_not_confirmed":
            words = sentence(error.code, error.params, current_locale())
            return _upload_page(upload_flow.find(upload), fault=words), 422
        if error.code != "upload_confirmed_already":
            raise
        flash(sentence(error.code, error.params, current_locale()))  # a second click sees what the first one did
    return redirect(url_for("imports.show", upload=upload), 303)


@blueprint.post("/imports/<upload>/run")
@needs(Permission.IMPORT_FILES)
def run(upload: str) -> WSGIResponse:
    """Do at once what no jobs process is there to do."""
    upload_flow.run_waiting(upload)
    return redirect(url_for("imports.show", upload=upload), 303)


@blueprint.post("/imports/<upload>/abandon")
@needs(Permission.IMPORT_FILES)
def abandon(upload: str) -> WSGIResponse:
    """Give the file up."""
    upload_flow.abandon(upload)
    flash(sentence("upload_abandoned", {}, current_locale()))
    return redirect(url_for("imports.index"), 303)


@blueprint.get("/imports/<upload>/refused.csv")
@needs(Permission.IMPORT_FILES)
def refused(upload: str) -> Response:
    """The refused rows, to correct and send again."""
    found, identity = upload_flow.find(upload), person().may(Permission.SEE_IDENTITY)
    text = refused_rows_csv(
        upload_flow.folder(), found.id, kind=found.kind, identity=identity, locale=current_locale()
    )
    first = next(text)  # raises NotFound before anything is sent
    _audit("refused_rows_downloaded", found, identity=identity and found.kind is ImportKind.DONORS)
    name = f"refused-{found.id[:8]}.csv"
    return Response(
        (piece.encode() for piece in (first, *text)),
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
        content_type="text/csv; charset=utf-8",
    )


@blueprint.errorhandler(413)
def too_large(error: RequestEntityTooLarge) -> tuple[str, int]:
    """A file over the limit."""
    return error_page(413, "upload_too_large", {"limit": runtime().settings.upload_mb}), 413
