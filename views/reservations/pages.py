"""Reservations: the list, one of them with its steps, and the form that makes one."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from domain.errors import InvalidFields, NotFound, PhenothequeError, RefusedByRule, UnusableInput
from models.reservation import Reservation
from services.accounts.permissions import Permission
from services.patients import get_patient
from services.reservations import Wish, change_reservation, list_reservations, reserve
from services.reservations.file import open_reservation
from services.reservations.listing import LISTED, SORTS
from services.reservations.planning import plan_reservation
from services.reservations.reserving import LONGEST_NOTE
from services.reservations.steps import RELEASE_REASONS
from views.access import needs
from views.language import current_locale
from views.paging import PAGE_SIZE, pages_of, parse_page
from views.reservations.asked import back_to, came_from, parse_filter, parse_version, parse_wish, query_of, timing
from views.running import person, runtime, snapshots
from views.shown import said

blueprint = Blueprint("reservations", __name__)


@blueprint.get("/reservations")
@needs(Permission.SEE_RESERVATIONS)
def index() -> str:
    """The reservations a person asks to see."""
    asked, page = parse_filter(request.args), parse_page(request.args.get("page", "1"))
    with runtime().engines.read_session() as session:
        rows, total = list_reservations(
            session, by=person(), asked=asked, timing=timing(), limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE
        )
    pages = {"page": page, "pages": pages_of(total, PAGE_SIZE)}
    words = {"statuses": LISTED, "sorts": tuple(SORTS), "query": query_of(asked), "page_address": _page_address}
    return render_template("reservations/index.html", rows=rows, total=total, asked=asked, **pages, **words)


def _page_address(page: int) -> str:
    query: dict[str, Any] = query_of(parse_filter(request.args)) | {"page": page}
    return url_for("reservations.index", **query)


@blueprint.get("/reservations/<code>")
@needs(Permission.SEE_RESERVATIONS)
def show(code: str) -> str:
    """One reservation: where it stands, what can be done, and what was."""
    return _file_page(code)


def _file_page(code: str, refused: PhenothequeError | None = None) -> str:
    with runtime().engines.read_session() as session:
        file = open_reservation(session, code=code, by=person(), timing=timing())
    return render_template("reservations/show.html", file=file, reasons=RELEASE_REASONS, refused=refused)


@blueprint.post("/reservations/<code>/step")
@needs(Permission.RESERVE)
def step(code: str) -> Response | tuple[str, int]:
    """Take one step; one that is refused leaves the page as it now is, and says why."""
    try:
        _take_step(code, request.form.get("step", ""))
    except (RefusedByRule, UnusableInput) as refused:
        return _file_page(code, refused), 409 if isinstance(refused, RefusedByRule) else 422
    flash(said(f"reservation_step_done.{request.form['step']}"))
    return redirect(back_to(request.form, code), 303)


def _take_step(code: str, step: str) -> None:
    version, reason = parse_version(request.form.get("version", "")), request.form.get("reason")
    asked: dict[str, Any] = {"code": code, "step": step, "version": version, "reason": reason}
    with runtime().engines.write_session() as session:
        change_reservation(session, **asked, by=person(), timing=timing())


@blueprint.route("/patients/<patient>/reserve", methods=["GET", "POST"])
@needs(Permission.RESERVE)
def new(patient: str) -> Response | str | tuple[str, int]:
    """What reserving a donor would meet, and the form that does it."""
    wish = parse_wish(patient, request.values)
    if request.method == "GET":
        return _form_page(wish)
    try:
        with runtime().engines.write_session() as session:
            row = reserve(session, snapshots(), wish=wish, by=person(), timing=timing())
    except RefusedByRule as refused:
        return _form_page(wish, refused=refused), 409
    except InvalidFields as faults:
        return _form_page(wish, faults=faults), 422
    return _made(row, wish)


def _made(row: Reservation, wish: Wish) -> Response:
    ends = timing().local(row.expires_at)
    until = {"until_on": ends.date().isoformat(), "until_time": f"{ends:%H:%M}"}
    flash(said("reservation_made", {"donor": wish.donor_number, "on": row.day.isoformat(), **until}))
    return redirect(back_to(request.form, row.code), 303)


def _form_page(wish: Wish, refused: RefusedByRule | None = None, faults: InvalidFields | None = None) -> str:
    shown: dict[str, Any] = {"wish": wish, "refused": refused, "faults": faults.faults if faults else ()}
    shown |= {"back": came_from(), "longest_note": LONGEST_NOTE}
    with runtime().engines.read_session() as session:
        if not wish.donor_number:
            number = get_patient(session, wish.patient_number).patient_number
            return render_template("reservations/new.html", **shown, plan=None, patient_number=number)
        try:
            plan = plan_reservation(
                session, snapshots(), wish=wish, by=person(), timing=timing(), locale=current_locale()
            )
        except NotFound as unknown:
            if unknown.code != "unknown_donor":
                raise
            unknown_page = {"plan": None, "patient_number": wish.patient_number, "unknown": unknown}
            return render_template("reservations/new.html", **shown, **unknown_page)
    return render_template("reservations/new.html", **{**plan.answer, "on": plan.day}, **shown, plan=plan)
