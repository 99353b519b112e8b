"""Giving a donor otherwise than is proposed: asked by one person with a reason, decided by another."""

from typing import Any
from uuid import UUID

from flask import flash, render_template, request
from sqlmodel import Session
from werkzeug.wrappers import Response
from wtforms import StringField

from domain.errors import NotFound, UnusableInput
from services.accounts.permissions import Permission
from services.allocation.keeping import keep_run
from services.allocation.overriding import ask_override, decide_override
from views.access import needs
from views.allocation.blueprint import asked_span, blueprint, day_of, read_board, span_query, to_board
from views.allocation.layout import slots_of
from views.language import current_locale
from views.patient_forms import TypedForm, attempt
from views.reservations.asked import given_of, timing
from views.running import person, runtime, snapshots
from views.shown import said

DECISIONS = ("approve", "refuse")
Answer = Response | str | tuple[str, int]


class MoveForm(TypedForm):
    """To whom a donor is to give, on which day, and why."""

    donor = StringField()
    slot = StringField()  # request|day
    reason = StringField()


@blueprint.route("/allocation/move", methods=["GET", "POST"])
@needs(Permission.RESERVE)
def move() -> Answer:
    """Ask that a donor be given to another request or on another day."""
    form = MoveForm()
    if not form.is_submitted():
        return _move_page(form, request.args.get("donor", ""))
    donor = form.donor.data or ""
    if status := attempt(form, lambda session: _ask(session, form)):
        return _move_page(form, donor), status
    flash(said("division_move_asked", {"donor": donor}))
    return to_board("overrides-title")


def _ask(session: Session, form: MoveForm) -> None:
    wanted, _, day = (form.slot.data or "").partition("|")
    on = day_of(day)
    if on is None:
        raise UnusableInput("division_slot_needed")
    seen: dict[str, Any] = {"by": person(), "timing": timing()}
    run = keep_run(session, snapshots(), span=asked_span(), locale=current_locale(), **seen)
    asked = {"request_code": wanted, "donor_number": form.donor.data or "", "day": on, "reason": form.reason.data or ""}
    ask_override(session, snapshots(), run_code=run.code, **asked, **seen)


def _move_page(form: MoveForm, donor: str) -> str:
    """The form: where the donor stands now, and every request and day that they fit."""
    board = read_board()
    slots = slots_of(board["rows"], donor)
    now_given = [(row, one) for row in board["rows"] for one in row["given"] if one["donor_number"] == donor]
    if not slots and not now_given:
        raise NotFound("division_donor_elsewhere", donor=donor)
    shown = {"board": board, "slots": slots, "now_given": now_given, "query": span_query()}
    shown |= {"donor": donor, "wanted": request.values.get("request")}
    return render_template("allocation/move.html", form=form, **shown)


@blueprint.post("/allocation/overrides/<uuid:code>")
@needs(Permission.SEE_PATIENTS)
def decide(code: UUID) -> Answer:
    """The word of the second person."""
    decision = given_of(request.form).get("decision", "")
    if decision not in DECISIONS:
        raise UnusableInput("division_decision_unknown", text=decision)
    with runtime().engines.write_session() as session:
        approve = decision == "approve"
        decide_override(session, snapshots(), code=str(code), approve=approve, by=person(), timing=timing())
    flash(said(f"division_move_decided.{decision}"))
    return to_board("overrides-title")
