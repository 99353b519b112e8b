"""The global search, and the way straight to its single exact hit."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from services.accounts.permissions import Permission
from services.find import Findings, Sought, asks_for_a_name, clean_question, find, find_named
from views.access import logged_in
from views.running import actor, now, person, runtime

blueprint = Blueprint("find", __name__)


@blueprint.get("/search")
@logged_in
def show() -> Response | str:
    """Patients and donors found by what was typed."""
    question = clean_question(request.args.get("q", ""))
    found = _find(question)
    if found.exact:
        return redirect(_address_of(found), 303)
    return render_template("find/show.html", asked_for=question, found=found, sought=_sought())


def _sought() -> Sought:
    may = person().may
    return Sought(
        patients=may(Permission.SEE_PATIENTS),
        donors=may(Permission.SEE_DONORS),
        names=may(Permission.SEE_IDENTITY),
    )


def _find(question: str) -> Findings:
    sought = _sought()
    with runtime().engines.read_session() as session:
        found = find(session, question=question, sought=sought)
    if not found.empty or not sought.names or not asks_for_a_name(question):
        return found
    with runtime().engines.write_session() as session:  # looking for a name is written down
        return find_named(session, question=question, actor=actor(), now=now())


def _address_of(found: Findings) -> str:
    if found.patients:
        return url_for("workbench.show", patient=found.patients[0])
    return url_for("donors.show", donor=found.donors[0])
