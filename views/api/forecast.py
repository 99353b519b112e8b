"""The supply forecast over the API."""

from typing import Literal

from flask import Blueprint, Response
from pydantic import Field

from services.accounts.permissions import Permission
from services.forecast.page import open_forecast
from services.forecast.supply import DEFAULT_WEEKS, Question
from views.access import needs
from views.api.fields import Given, QueryWeeks
from views.api.forecast_shapes import SupplyForecast
from views.api.operation import answer, operation
from views.api.problems import locale
from views.running import now, runtime, snapshots

blueprint = Blueprint("forecast", __name__, url_prefix="/patients")


class ForecastQuery(Given):
    """How many weeks ahead, and whose donors."""

    weeks: QueryWeeks = Field(default=DEFAULT_WEEKS, description="How many weeks ahead.")
    scope: Literal["own", "country"] | None = Field(
        default=None, description="Donors of the patient's own region, or of the country; else own where it is known."
    )


@blueprint.get("/<number>/forecast")
@needs(Permission.SEE_PATIENTS)
@operation("Forecast a patient's supply week by week", query=ForecastQuery, answer=SupplyForecast)
def show(number: str, query: ForecastQuery) -> Response:
    """The answer of `flask forecast`."""
    asked = Question(runtime().today(), now(), runtime().settings.timezone, query.weeks, query.scope)
    store = snapshots()
    with runtime().engines.read_session() as session:
        return answer(open_forecast(session, store, number=number, question=asked, locale=locale()))
