"""The API as one blueprint under /api/v1."""

from flask import Blueprint, Response, current_app

from views.access import anybody
from views.api import (
    antibodies,
    campaigns,
    crossmatches,
    directives,
    donors,
    forecast,
    imports,
    patients,
    people,
    problems,
    reservations,
    searches,
    transfusions,
    treatments,
)
from views.api.openapi import describe
from views.api.operation import answer

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")
problems.register(blueprint)
# A number may hold a slash, even two: it is not found, and nobody is sent elsewhere for it.
blueprint.record_once(lambda state: setattr(state.app.url_map, "merge_slashes", False))
for part in (
    patients, antibodies, transfusions, treatments, crossmatches, forecast, directives, searches, donors, reservations,
    campaigns, imports, people,
):  # fmt: skip
    blueprint.register_blueprint(part.blueprint)


@blueprint.get("/openapi.json")
@anybody
def description() -> Response:
    """What this API takes and answers, made from the views themselves."""
    return answer(describe(current_app))
