"""The audit trail: searched, verified, and sent as a table."""

from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WSGIResponse

from services.accounts.permissions import Permission
from services.audit import record_audit, verify_audit
from services.audit_export import trail_csv
from services.audit_trail import changes_of, list_actions, parse_filter, search_trail
from views.access import needs
from views.language import current_locale
from views.paging import PAGE_SIZE, pages_of, parse_page
from views.running import actor, now, runtime
from views.shown import said

blueprint = Blueprint("admin_audit", __name__, url_prefix="/admin/audit")
FILTERS = ("actor", "action", "subject", "words", "from_on", "until_on")


@blueprint.get("")
@needs(Permission.SEE_AUDIT)
def index() -> str:
    """The rows wanted, the newest first."""
    page, wanted = parse_page(request.args.get("page", "1")), parse_filter(request.args)
    with runtime().engines.read_session() as session:
        events, total = search_trail(
            session, wanted, zone=_zone(), limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE
        )
        actions = sorted(list_actions(session), key=lambda action: said(f"action.{action}").casefold())
    shown = {"page": page, "pages": pages_of(total, PAGE_SIZE), "page_address": _page_address, "asked": _asked()}
    return render_template(
        "admin/audit.html", events=events, total=total, actions=actions, changes_of=changes_of, **shown
    )


def _zone() -> ZoneInfo:
    return ZoneInfo(runtime().settings.timezone)


def _asked() -> dict[str, str]:
    return {name: request.args[name] for name in FILTERS if request.args.get(name)}


def _page_address(page: int) -> str:
    return url_for("admin_audit.index", page=page, **_asked())


@blueprint.post("/verify")
@needs(Permission.SEE_AUDIT)
def verify() -> WSGIResponse:
    """Check every seal of the trail, and say and record what was found."""
    with runtime().engines.read_session() as session:
        check = verify_audit(session)
    _record("audit_verified", {"rows": check.rows, "fault": check.fault, "row": check.broken_id})
    found: dict[str, Any] = {"rows": check.rows, "last_hash": check.last_hash, "broken_id": check.broken_id}
    flash(said(check.fault or "audit_intact", found))
    return redirect(url_for("admin_audit.index"), 303)


@blueprint.get("/export.csv")
@needs(Permission.SEE_AUDIT)
def export() -> Response:
    """The rows wanted as a table; the export is a row of the trail itself."""
    wanted = parse_filter(request.args)
    with runtime().engines.read_session() as session:
        text, rows = trail_csv(session, wanted, zone=_zone(), locale=current_locale())
    _record("audit_exported", {"rows": rows, "filter": _asked()})
    answer = Response("\ufeff" + text, content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="audit-{runtime().today():%Y-%m-%d}.csv"'
    return answer


def _record(action: str, details: dict[str, Any]) -> None:
    with runtime().engines.write_session() as session:
        record_audit(
            session, actor=actor(), action=action, subject_type="audit", subject_key="", details=details, now=now()
        )
