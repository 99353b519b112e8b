"""The list of donors to call for their reservations, and what came of each call."""

from contextlib import AbstractContextManager
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from domain.errors import InvalidFields, PhenothequeError, RefusedByRule
from models.reservation import CallOutcome
from services.accounts.permissions import Permission
from services.calls import LONGEST_CALL_NOTE, call_days, knows_donors, list_calls, record_call
from services.reservations import get_reservation
from views.access import needs
from views.reservations.asked import given_of, parse_call_back, parse_day, parse_version, timing
from views.reservations.pages import blueprint
from views.running import now, person, runtime
from views.shown import said

__all__ = ["blueprint"]


@blueprint.get("/reservations/calls")
@needs(Permission.SEE_RESERVATIONS)
def calls() -> str:
    """The donors to call for a day, or for today and the next three."""
    return _calls_page()


@blueprint.post("/reservations/<code>/calls")
@needs(Permission.CALL_DONORS)
def call(code: str) -> Response | tuple[str, int]:
    """Keep what came of one call; one that is refused comes back with what was typed."""
    try:
        _record(code)
    except (InvalidFields, RefusedByRule) as refused:
        status = 422 if isinstance(refused, InvalidFields) else 409
        return _calls_page(refused=refused, code=code), status
    address = url_for("reservations.calls", on=request.form.get("on") or None)
    return redirect(f"{address}#call-{code}", 303)


def _record(code: str) -> None:
    given = given_of(request.form)
    call_back_at = parse_call_back(given.get("call_back_at", ""))
    outcome, version = given.get("outcome", ""), parse_version(given.get("version", ""))
    kept: dict[str, Any] = {"call_back_at": call_back_at, "note": given.get("note", "")}
    with runtime().engines.write_session() as session:
        record_call(session, code=code, outcome=outcome, version=version, by=person(), timing=timing(), **kept)
        entry = get_reservation(session, code=code, by=person(), timing=timing())
    flash(said("call_recorded", {"donor": entry.donor_number, "outcome": said(f"call.{outcome}")}))


def _calls_page(refused: PhenothequeError | None = None, code: str = "") -> str:
    """The list, naming donors to those who call them: then the trail says so, and the session is one that writes."""
    on, asked = parse_day(request.values.get("on", "").strip()), person()
    with _session(names=knows_donors(asked)) as session:
        found = list_calls(session, on=on, by=asked, timing=timing())
    days = dict(zip(("first", "last"), call_days(on, runtime().today()), strict=True))
    shown: dict[str, Any] = {"on": on, **days, "named": knows_donors(asked), "outcomes": tuple(CallOutcome)}
    shown |= {"printed_at": now(), "refused": refused, "refused_code": code, "longest_note": LONGEST_CALL_NOTE}
    return render_template("reservations/calls.html", found=found, **shown)


def _session(*, names: bool) -> AbstractContextManager[Session]:
    engines = runtime().engines
    return engines.write_session() if names else engines.read_session()
