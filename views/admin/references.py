"""The nomenclature, rule tables and ranking policies in use; another nomenclature, looked at and put in force."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirection

from domain.errors import RefusedByRule
from services.accounts.permissions import Permission
from services.audit import record_audit
from services.ipd.activation import activate_reference, compare_as_seen, refuse_too_many, start_comparison
from services.ipd.answer import COLUMNS, all_changes_csv, change_cells, preview_json
from services.reference_page import reference_page
from services.rule_tables import eligibility_rules
from services.wording.catalogue import sentence
from views.access import needs
from views.language import current_locale
from views.running import actor, now, runtime

blueprint = Blueprint("admin_references", __name__, url_prefix="/admin/references")
SHOWN_CHANGES = 100
MOST_DONORS = 200_000  # more take longer than a page may wait; the command line has no such limit


@blueprint.get("")
@needs(Permission.SEE_REFERENCES)
def index() -> str:
    """Every version that shapes an answer today, and the tables before and after it."""
    with runtime().engines.read_session() as session:
        page = reference_page(session, on=runtime().today())
    return render_template("admin/references.html", page=page)


@blueprint.get("/<name>/preview")
@needs(Permission.WRITE_REFERENCES)
def preview(name: str) -> str:
    """What would read differently under another nomenclature; the first changes, and how many there are."""
    with runtime().engines.read_session() as session:
        refuse_too_many(session, name, most=MOST_DONORS)
        comparison = start_comparison(session, name)
        shown = preview_json(session, comparison, locale=current_locale(), shown=SHOWN_CHANGES)
    rows = [change_cells(one, current_locale()) for one in shown["changes"]]
    return render_template("admin/reference_preview.html", preview=shown, rows=rows, columns=COLUMNS)


@blueprint.get("/<name>/changes.csv")
@needs(Permission.WRITE_REFERENCES)
def changes(name: str) -> Response:
    """All of them as a table; that it went out is kept in the audit trail."""
    with runtime().engines.read_session() as session:
        refuse_too_many(session, name, most=MOST_DONORS)
        lines = list(all_changes_csv(session, name, current_locale()))
    with runtime().engines.write_session() as session:
        record_audit(
            session, actor=actor(), action="reference_changes_exported", subject_type="reference", subject_key=name,
            details={"rows": len(lines) - 1}, now=now(),
        )  # fmt: skip
    answer = Response("\ufeff" + "".join(lines), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="changes-{runtime().today():%Y-%m-%d}.csv"'
    return answer


@blueprint.post("/<name>/activate")
@needs(Permission.WRITE_REFERENCES)
def activate(name: str) -> Redirection:
    """Put it in force, as it was looked at; a refusal leads back to the look."""
    try:
        with runtime().engines.read_session() as session:
            refuse_too_many(session, name, most=MOST_DONORS)
            comparison = compare_as_seen(session, name, seen=request.form.get("seen", ""))
        with runtime().engines.write_session() as session:
            rules = eligibility_rules(runtime().today())
            done = activate_reference(session, comparison, rules=rules, actor=actor(), now=now())
    except RefusedByRule as error:
        flash(sentence(error.code, error.params, current_locale()))
        return redirect(url_for("admin_references.preview", name=name), 303)
    said = {"name": done["after"], "before": done["before"], "donors": done["rederived"]}
    flash(sentence("reference_activated", said, current_locale()))
    return redirect(url_for("admin_references.index"), 303)
