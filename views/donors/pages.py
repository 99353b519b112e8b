"""The list of donors, and the file of one."""

from typing import Any

from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from services.accounts.permissions import Permission
from services.campaigns.of_donor import campaigns_of_donor
from services.donor_file import donor_file, show_identity
from services.donor_tests.listing import list_donor_tests
from services.rare_donors.care import rare_note
from services.registry_list import RegionStore, list_regions, list_registry
from views.access import needs
from views.donors import records, rights, to_type
from views.donors.blueprint import blueprint
from views.donors.forms import DonorFilterForm
from views.paging import PAGE_SIZE, pages_of, parse_page
from views.reservations.asked import timing
from views.running import actor, now, person, runtime

__all__ = ["blueprint", "records", "rights", "to_type"]  # the other pages of the blueprint come with these
REGIONS = RegionStore()  # of this process


@blueprint.get("/donors")
@needs(Permission.SEE_DONORS)
def index() -> str | tuple[str, int]:
    """The donors, without who they are."""
    form, page = DonorFilterForm(request.args), parse_page(request.args.get("page", "1"))
    wanted = form.read()
    with runtime().engines.read_session() as session:
        form.offer_regions(list_regions(session, REGIONS))
        paged = {"limit": PAGE_SIZE, "offset": (page - 1) * PAGE_SIZE}
        donors, found, total = list_registry(session, wanted, on=runtime().today(), **paged)
    shown = {"page": page, "pages": pages_of(found, PAGE_SIZE), "page_address": _page_address}
    answer = render_template("donors/index.html", form=form, donors=donors, found=found, total=total, **shown)
    return (answer, 422) if form.errors else answer


def _page_address(page: int) -> str:
    asked = {name: text for name, text in request.args.items() if name in DonorFilterForm.NAMES and text}
    return url_for("donors.index", page=page, **asked)


@blueprint.get("/donors/<donor>")
@needs(Permission.SEE_DONORS)
def show(donor: str) -> str | Response:
    """The file of one donor; with ?identity=show who they are, which is kept in the trail each time."""
    may = person().may
    seen = {"with_patients": may(Permission.SEE_PATIENTS), "with_reservations": may(Permission.SEE_RESERVATIONS)}
    with runtime().engines.read_session() as session:
        file = donor_file(session, number=donor, on=runtime().today(), **seen)
        if file["number"] != donor:  # the number of a record that was merged into this one
            return redirect(url_for("donors.show", donor=file["number"], **request.args))
        told: dict[str, Any] = {"rare": rare_note(session, donor), "tests": list_donor_tests(session, donor)}
        if may(Permission.RUN_CAMPAIGNS):
            told |= {"campaigns": campaigns_of_donor(session, donor, timing=timing())}
    identity = _look(donor) if request.args.get("identity") == "show" else None
    return render_template("donors/show.html", donor=file, identity=identity, **told)


def _look(number: str) -> dict[str, Any]:
    """Who the donor is, for those who may know."""
    if not person().may(Permission.SEE_IDENTITY):
        abort(403)
    with runtime().engines.write_session() as session:
        return show_identity(session, number=number, actor=actor(), now=now())
