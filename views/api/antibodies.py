"""A patient's serial sera over the API."""

from flask import Blueprint, Response
from pydantic import Field

from domain.antibody_history import LEAST_FACTOR, MOST_FACTOR
from services.accounts.permissions import Permission
from services.antibody_history.page import read_history
from services.antibody_history.what_if import Asked
from views.access import needs
from views.api.antibody_shapes import History
from views.api.fields import Given, Key, QueryPercent
from views.api.operation import answer, operation
from views.api.problems import locale
from views.running import runtime, snapshots

blueprint = Blueprint("antibodies", __name__, url_prefix="/patients")


class HistoryQuery(Given):
    """What of the latest serum is changed in the what-if; without either there is none."""

    factor: QueryPercent | None = Field(
        default=None, ge=LEAST_FACTOR, le=MOST_FACTOR, description="All MFI of the latest serum at so many percent."
    )
    gone: Key | None = Field(default=None, description="A specificity that is gone from the latest serum.")


@blueprint.get("/<number>/antibodies")
@needs(Permission.SEE_PATIENTS)
@operation("Read a patient's serial sera and the donors each leaves", query=HistoryQuery, answer=History)
def show(number: str, query: HistoryQuery) -> Response:
    """What the page of the history shows; each serum is read alone."""
    asked, store = Asked(query.factor, query.gone), snapshots()
    question = {"patient_number": number, "on": runtime().today(), "zone": runtime().settings.timezone}
    with runtime().engines.read_session() as session:
        return answer(read_history(session, store, **question, locale=locale(), asked=asked))
