"""Donors over the API: phenotype, status and dates; who they are only where that is asked, allowed and audited."""

from flask import Blueprint, Response

from services.accounts.permissions import Permission
from services.donor_file import show_identity
from services.donor_summary import donor_json, eligibility_json
from services.explanations import get_donor
from services.gl_strings import donor_gl_json
from services.listing import donors_after
from views.access import needs
from views.api import donor_shapes as shapes
from views.api.conditions import etag
from views.api.fields import Day, Given, Key, Page
from views.api.operation import answer, operation, part
from views.api.problems import locale
from views.running import actor, now, runtime

blueprint = Blueprint("donors", __name__, url_prefix="/donors")


class DonorsQuery(Page):
    """Which donors are listed."""

    region: Key | None = None


class DonorQuery(Given):
    """For which day a donor is read."""

    on: Day | None = None


@blueprint.get("")
@needs(Permission.SEE_DONORS)
@operation("List the donors by number, without identity", query=DonorsQuery, answer=shapes.Donors)
def index(query: DonorsQuery) -> Response:
    """Every donor on record, searchable or not."""
    with runtime().engines.read_session() as session:
        rows = donors_after(session, after=query.after, limit=query.limit + 1, region=query.region)
    return part({"items": [donor_json(row) for row in rows]}, query.limit, "donor_number")


@blueprint.get("/<number>")
@needs(Permission.SEE_DONORS)
@operation("Read one donor, without identity", query=DonorQuery, answer=shapes.Donor, etag=True)
def show(number: str, query: DonorQuery) -> Response:
    """One donor, and when they may give."""
    on = query.on or runtime().today()
    with runtime().engines.read_session() as session:
        donor = get_donor(session, number)
        eligibility = eligibility_json(session, donor, on=on, locale=locale())
        gl_string = donor_gl_json(session, donor)
    return answer({**donor_json(donor), **gl_string, "eligibility": eligibility}, **etag(donor.version_id))


@blueprint.get("/<number>/identity")
@needs(Permission.SEE_IDENTITY)
@operation("Read who a donor is; the reading is audited", answer=shapes.Identity)
def identity(number: str) -> Response:
    """Name, birth date and how to reach the donor."""
    with runtime().engines.write_session() as session:
        said = show_identity(session, number=number, actor=actor(), now=now())
    return answer({"donor_number": number, **said})
