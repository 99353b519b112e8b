"""The rare-donor file: the list, the card of one donor, and bringing it up to date."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from domain.errors import InvalidFields, RefusedByRule
from services.accounts.permissions import Permission
from services.rare_donors.care import LONGEST_NOTE, read_care, set_care
from services.rare_donors.file import open_card, open_file
from services.rare_donors.listing import Eyes
from services.rare_donors.refreshing import refresh_rare_donors
from services.rare_donors.rules import least_typed, table_version
from views.access import needs
from views.paging import PAGE_SIZE, pages_of, parse_page
from views.rare_donors.forms import CareForm, RareFilterForm
from views.reservations.asked import timing
from views.running import actor, now, person, runtime
from views.shown import said

blueprint = Blueprint("rare_donors", __name__)


def seen() -> dict[str, Any]:
    """What the person may see, and the moment."""
    may = person().may
    eyes = Eyes(reservations=may(Permission.SEE_RESERVATIONS), patients=may(Permission.SEE_PATIENTS))
    return {"eyes": eyes, "timing": timing()}


@blueprint.get("/rare-donors")
@needs(Permission.SEE_DONORS)
def index() -> str | tuple[str, int]:
    """The rare donors, without who they are."""
    form, page = RareFilterForm(request.args), parse_page(request.args.get("page", "1"))
    with runtime().engines.read_session() as session:
        file = open_file(session, asked=form.read(), **seen())
    form.offer(file.facets)
    rows = file.entries[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    pages = {"page": page, "pages": pages_of(len(file.entries), PAGE_SIZE), "page_address": _page_address}
    table = {"table": table_version(), "least": least_typed(), "query": _query()}
    answer = render_template("rare_donors/index.html", form=form, file=file, rows=rows, **pages, **table)
    return (answer, 422) if form.errors else answer


def _query() -> dict[str, str]:
    return {name: text for name, text in request.args.items() if name in RareFilterForm.NAMES and text}


def _page_address(page: int) -> str:
    return url_for("rare_donors.index", page=page, **_query())


@blueprint.get("/rare-donors/<donor>")
@needs(Permission.SEE_DONORS)
def show(donor: str) -> str:
    """The card of one rare donor."""
    return _card(donor, CareForm(formdata=None))


def _card(donor: str, form: CareForm, refused: RefusedByRule | None = None) -> str:
    with runtime().engines.read_session() as session:
        card = open_card(session, number=donor, **seen())
    if not form.is_submitted():
        form.fill(card.care)
    if not form.is_submitted() or refused:
        form.version.data = str(card.version)
    cares = person().may(Permission.RUN_CAMPAIGNS)
    return render_template("rare_donors/show.html", card=card, form=form, cares=cares, longest=LONGEST_NOTE)


@blueprint.post("/rare-donors/<donor>")
@needs(Permission.RUN_CAMPAIGNS)
def care(donor: str) -> Response | tuple[str, int]:
    """Record how the donor is cared for; what is refused comes back as it was typed."""
    form = CareForm()
    try:
        _record(donor, form)
    except InvalidFields as faults:
        form.take_faults(faults)
        return _card(donor, form), 422
    except RefusedByRule as refused:
        form.form_errors.append(said(refused.code, refused.params))
        return _card(donor, form, refused), 409
    flash(said("rare_care_saved", {"donor": donor}))
    return redirect(url_for("rare_donors.show", donor=donor), 303)


def _record(donor: str, form: CareForm) -> None:
    wished = read_care(form.typed(), today=runtime().today())
    with runtime().engines.write_session() as session:
        set_care(session, number=donor, care=wished, version=form.version_id(), actor=actor(), now=now())


@blueprint.post("/rare-donors/refresh")
@needs(Permission.RUN_CAMPAIGNS)
def refresh() -> Response:
    """Bring the file up to date with the registry."""
    with runtime().engines.write_session() as session:
        done = refresh_rare_donors(session, now=now(), actor=actor())
    flash(said("rare_refreshed", done.details()))
    return redirect(url_for("rare_donors.index"), 303)
