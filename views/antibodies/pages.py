"""The antibody history of a patient: sera in time, what each leaves open, and what would be."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import render_template, request

from domain.errors import UnusableInput
from services.accounts.permissions import Permission
from services.antibody_history.moves import OPENED, PAGE_SIZE, open_moves
from services.antibody_history.page import open_history
from services.antibody_history.what_if import Asked
from views.access import needs
from views.antibodies.asked import View, parse_view, parse_what_if, what_if_query
from views.antibodies.blueprint import blueprint
from views.antibodies.drawing import draw_heat_map
from views.antibodies.exports import export as export  # its view joins the blueprint
from views.language import place
from views.paging import pages_of, parse_page
from views.running import runtime, snapshots

FACTORS = (90, 80, 70, 60, 50, 40, 30, 20, 10)


@blueprint.get("/patients/<patient>/antibodies")
@needs(Permission.SEE_PATIENTS)
def index(patient: str) -> tuple[str, int]:
    """The serial sera of a patient; a what-if that cannot be read is said, and left out."""
    view, today = parse_view(request.args), runtime().today()
    history, asked, fault = _opened(patient)
    rows = shown_rows(history, view)
    drawing = draw_heat_map(history, rows, today)
    shown = {"view": view, "rows": rows, "asked": asked, "asked_query": what_if_query(asked), "fault": fault}
    page = render_template(
        "antibodies/index.html", history=history, drawing=drawing, factors=FACTORS, **shown, **history["banner"]
    )
    return page, 400 if fault else 200


def _opened(patient: str) -> tuple[dict[str, Any], Asked, UnusableInput | None]:
    """The history with the what-if of the address, or without it and why."""
    question = {"patient_number": patient, "on": runtime().today(), **place()}
    with runtime().engines.read_session() as session:
        try:
            asked = parse_what_if(request.args)
            if asked.parts():
                return open_history(session, snapshots(), **question, asked=asked), asked, None
        except UnusableInput as error:
            if not error.code.startswith("history_"):
                raise
            return open_history(session, snapshots(), **question), Asked(), error
        return open_history(session, snapshots(), **question), asked, None


def shown_rows(history: Mapping[str, Any], view: View) -> Sequence[Mapping[str, Any]]:
    """The specificities in scope that ever reached the threshold, or all; by locus and name, or the highest first."""
    threshold = history["threshold"]
    rows = [
        one
        for one in history["specificities"]
        if view.every or (one["in_scope"] and one["mark"] is None and one["highest"] >= threshold)
    ]
    return sorted(rows, key=lambda one: -one["highest"]) if view.by_highest else rows


@blueprint.get("/patients/<patient>/antibodies/what-if")
@needs(Permission.SEE_PATIENTS)
def what_if(patient: str) -> str:
    """The donors whom the what-if of the address opens."""
    return _moves_page(patient, None)


@blueprint.get("/patients/<patient>/antibodies/<int:serum>")
@needs(Permission.SEE_PATIENTS)
def moves(patient: str, serum: int) -> str:
    """The donors whom a serum opened or closed against the one before."""
    return _moves_page(patient, serum)


def _moves_page(patient: str, serum: int | None) -> str:
    page, asked = parse_page(request.args.get("page", "1")), parse_what_if(request.args)
    way = request.args.get("way", OPENED)
    question = {"serum": serum, "way": way, "asked": asked, "page": page, "on": runtime().today(), **place()}
    with runtime().engines.read_session() as session:
        found = open_moves(session, snapshots(), patient_number=patient, **question)
    pages = {"pages": pages_of(found["total"], PAGE_SIZE), "serum": serum, "asked_query": what_if_query(asked)}
    return render_template("antibodies/moves.html", found=found, **pages, **found["banner"])
