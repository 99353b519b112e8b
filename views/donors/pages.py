"""The list of donors, and the file of one."""

from flask import Blueprint, render_template, request, url_for

from services.accounts.permissions import Permission
from services.explanations import get_donor
from services.registry_list import list_regions, list_registry
from views.access import needs
from views.donors.forms import DonorFilterForm
from views.paging import PAGE_SIZE, pages_of, parse_page
from views.running import runtime

blueprint = Blueprint("donors", __name__)


@blueprint.get("/donors")
@needs(Permission.SEE_DONORS)
def index() -> str | tuple[str, int]:
    """The donors, without who they are."""
    form, page = DonorFilterForm(request.args), parse_page(request.args.get("page", "1"))
    wanted = form.read()
    with runtime().engines.read_session() as session:
        form.offer_regions(list_regions(session))
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
def show(donor: str) -> str:
    """The file of one donor."""
    with runtime().engines.read_session() as session:
        row = get_donor(session, donor)
    return render_template("donors/show.html", donor={"number": row.donor_number})
