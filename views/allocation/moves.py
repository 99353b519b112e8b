"""Giving a donor otherwise than is proposed: asked by one person with a reason, decided by another."""

from typing import Any
from uuid import UUID

from flask import flash, render_template, request
from sqlmodel import Session
from wtforms import StringField

from domain.errors import NotFound, UnusableInput
from services.accounts.permissions import Permission
from services.allocation.deciding import open_override, run_about, span_about
from services.allocation.overriding import ask_override, cancel_override, decide_override, plan_override
from services.allocation.terms import Json
from views.access import needs
from views.allocation.blueprint import (
    Answer,
    asked_of,
    asked_span,
    blueprint,
    day_of,
    done,
    read_board,
    span_query,
    to_board,
)
from views.allocation.layout import slots_of
from views.patient_forms import TypedForm, attempt
from views.reservations.asked import given_of, timing
from views.running import now, person, runtime, snapshots
from views.shown import said

CHECK = "check"
OVERRIDES = "overrides-title"  # where the board lists what waits


class MoveForm(TypedForm):
    """To whom a donor is to give, on which day, and why."""

    donor = StringField()
    slot = StringField()  # request|day
    reason = StringField()


@blueprint.route("/allocation/move", methods=["GET", "POST"])
@needs(Permission.RESERVE)
def move() -> Answer:
    """Ask that a donor be given to another request or on another day; what it changes can be seen before."""
    form, planned = MoveForm(), list[Json]()
    if not form.is_submitted():
        return _move_page(form, request.args.get("donor", ""))
    donor, check = form.donor.data or "", request.form.get("do") == CHECK
    status = attempt(form, lambda session: planned.append(_plan(session, form) if check else _ask(session, form)))
    if status or check:
        return _move_page(form, donor, planned[0] if planned else None), status or 200
    flash(said("division_move_asked", {"donor": donor}))
    return to_board(OVERRIDES)


def _wanted(form: MoveForm) -> dict[str, Any]:
    code, _, day = (form.slot.data or "").partition("|")
    on = day_of(day)
    if on is None:
        raise UnusableInput("division_slot_needed")
    wanted = {"request_code": code, "donor_number": form.donor.data or "", "day": on}
    return wanted | {"by": person(), "timing": timing()}


def _plan(session: Session, form: MoveForm) -> Json:
    wanted = _wanted(form)
    span = span_about(session, span=asked_span(), day=wanted["day"], timing=wanted["timing"])
    return plan_override(session, snapshots(), span=span, **wanted)


def _ask(session: Session, form: MoveForm) -> Json:
    wanted = _wanted(form)
    run = run_about(session, snapshots(), day=wanted["day"], **asked_of())
    return ask_override(session, snapshots(), run_code=run.code, **wanted, reason=form.reason.data or "")


def _move_page(form: MoveForm, donor: str, plan: Json | None = None) -> str:
    """The form: where the donor stands now, and every request and day that they fit."""
    board = read_board()
    slots = slots_of(board["rows"], donor)
    now_given = [(row, one) for row in board["rows"] for one in row["given"] if one["donor_number"] == donor]
    if not slots and not now_given:
        raise NotFound("division_donor_elsewhere", donor=donor)
    shown = {"slots": slots, "now_given": now_given, "plan": plan, "query": span_query()}
    shown |= {"donor": donor, "wanted": request.values.get("request")}
    return render_template("allocation/move.html", form=form, **shown)


@blueprint.get("/allocation/overrides/<uuid:code>")
@needs(Permission.SEE_PATIENTS)
def override(code: UUID) -> str:
    """What somebody asks against the division, and what it would change."""
    with runtime().engines.read_session() as session:
        one = open_override(session, snapshots(), code=str(code), by=person(), timing=timing())
    return render_template("allocation/override.html", one=one, query=span_query())


@blueprint.post("/allocation/overrides/<uuid:code>")
@needs(Permission.SEE_PATIENTS)
def decide(code: UUID) -> Answer:
    """The word of the second person, or who asked takes it back."""
    decision = given_of(request.form).get("decision", "")
    if decision not in ("approve", "refuse", "cancel"):
        raise UnusableInput("division_decision_unknown", text=decision)
    return done(lambda session: _decide(session, str(code), decision), f"division_move_decided.{decision}", OVERRIDES)


def _decide(session: Session, code: str, decision: str) -> None:
    if decision == "cancel":
        cancel_override(session, code=code, by=person(), now=now())
        return
    approve = decision == "approve"
    decide_override(session, snapshots(), code=code, approve=approve, by=person(), timing=timing())
