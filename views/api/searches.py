"""Searches over the API: made and kept, listed, and read again as they were answered."""

from typing import Literal
from uuid import UUID

from flask import Blueprint, Response, url_for
from pydantic import Field

from services.accounts.permissions import Permission
from services.kept_searches import get_search, record_search
from services.listing import searches_after
from services.searches import DEFAULT_POLICY, search_patient
from views.access import needs
from views.api import shapes
from views.api.fields import USUAL_PAGE, Day, Given, Key, Loci, Mfi, Page, QueryLimit, QueryRank
from views.api.operation import answer, operation, part
from views.api.problems import locale
from views.running import actor, now, runtime, snapshots

blueprint = Blueprint("searches", __name__, url_prefix="/searches")
MOST_DONORS = 1_000


class SearchBody(Given):
    """What is searched; what is left out is the directive's word, or today."""

    patient: Key = Field(examples=["DEMO-P1"])
    threshold: Mfi | None = Field(default=None, description="In MFI.", examples=[2000])
    sample: Key | None = None
    loci: Loci | None = None
    region: Key | None = Field(default=None, description="Lists the donors of this region only.")
    policy: Literal["identity-first", "antibody-first", "risk-first", "evidence-first"] = DEFAULT_POLICY
    limit: int = Field(default=100, ge=1, le=MOST_DONORS, description="Donors at most.")
    on: Day | None = None


class SearchesQuery(Page):
    """Whose searches are listed."""

    patient: Key | None = None


class DonorsQuery(Given):
    """Which part of the donors is read."""

    after: QueryRank | None = Field(default=None, description="The `next` of the part before.")
    limit: QueryLimit = Field(default=USUAL_PAGE, description="Donors at most.")


@blueprint.post("")
@needs(Permission.SEE_PATIENTS)
@operation("Search donors for a patient, and keep the answer", body=SearchBody, answer=shapes.Search, status=201)
def create(body: SearchBody) -> Response:
    """Search, then keep: the writer's turn is taken for the keeping alone."""
    asked = {**body.model_dump(exclude={"patient", "on"}), "zone": runtime().settings.timezone}
    store, on = snapshots(), body.on or runtime().today()
    with runtime().engines.read_session() as session:
        found = search_patient(session, store, patient_number=body.patient, on=on, locale=locale(), **asked)
    with runtime().engines.write_session() as session:
        record_search(session, found, actor=actor(), now=now())
    return answer(found, 201, Location=url_for("api.searches.show", search=found["search"]))


@blueprint.get("")
@needs(Permission.SEE_PATIENTS)
@operation("List the searches, the latest first", query=SearchesQuery, answer=shapes.Searches, refusals=(404,))
def index(query: SearchesQuery) -> Response:
    """The searches that were kept, by whomever they were made."""
    with runtime().engines.read_session() as session:
        rows = searches_after(session, after=query.after, limit=query.limit + 1, patient_number=query.patient)
    return part({"items": rows}, query.limit, "search")


@blueprint.get("/<uuid:search>")
@needs(Permission.SEE_PATIENTS)
@operation("Read a search as it was answered", query=DonorsQuery, answer=shapes.KeptSearch)
def show(search: UUID, query: DonorsQuery) -> Response:
    """A search and one part of its donors, by rank."""
    with runtime().engines.read_session() as session:
        row = get_search(session, str(search))
    donors = [donor for donor in row.result["donors"] if donor["rank"] > (query.after or 0)]
    said = {**row.result, "created_at": row.created_at, "actor": row.actor, "donors": donors[: query.limit + 1]}
    return part(said, query.limit, "rank", "donors")
