"""What is asked of the forecast's pages, and the words they share."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, request, url_for

from domain.errors import UnusableInput
from domain.supply_forecast import LEAST_WEEKS, MOST_WEEKS
from services.forecast import saying
from services.forecast.supply import COUNTRY, DEFAULT_WEEKS, OWN, Question
from views.language import current_locale
from views.running import now, runtime
from views.shown import said

blueprint = Blueprint("forecast", __name__)


def parse_weeks(text: str) -> int:
    """Whole weeks; the usual number where nothing is asked. Raises UnusableInput."""
    if not text:
        return DEFAULT_WEEKS
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise UnusableInput("forecast_weeks", least=LEAST_WEEKS, most=MOST_WEEKS)
    return int(text)


def question() -> Question:
    """The weeks and the scope of the address. Raises UnusableInput."""
    given = query()
    today, zone = runtime().today(), runtime().settings.timezone
    asked = Question(today, now(), zone, parse_weeks(given.get("weeks", "")), given.get("scope"))
    asked.check()
    return asked


def query() -> dict[str, str]:
    """What the address asks, to be kept in links."""
    names = ("weeks", "scope", "region")
    return {name: text for name in names if (text := request.args.get(name, "").strip())}


def words(terms: Mapping[str, Any]) -> dict[str, Any]:
    """What the templates call to say a forecast."""
    locale = current_locale()
    return {
        "state_said": lambda one: saying.state_said(one, said),
        "short_state": lambda one: saying.short_state(one, said),
        "notes": lambda one: list(saying.notes_said(one, terms, said)),
        "terms": list(saying.terms_said(terms, said)),
        "closing_said": lambda one: saying.closing_said(one, said),
        "relaxed_said": lambda relaxed: saying.relaxed_said(relaxed, said),
        "effect_said": lambda relaxed, one: saying.effect_said(relaxed, one, said),
        "lets_in_said": lambda relaxed: list(saying.lets_in_said(relaxed, said, locale)),
        "days_said": lambda one: saying.days_said(one, locale),
        "workbench_address": workbench_address,
        "weeks_bounds": (LEAST_WEEKS, MOST_WEEKS),
        "scopes": ("", OWN, COUNTRY),
        "query": query(),
    }


def workbench_address(one: Mapping[str, Any], relaxed: Mapping[str, Any] | None = None) -> str:
    """The workbench under these conditions, but for the rule on ABO, which the directive alone gives."""
    told = relaxed or {}
    asked: dict[str, Any] = {"threshold": told.get("threshold_mfi") or one["threshold_mfi"]}
    if told.get("without_c"):
        asked["loci"] = "A,B"
    if one["region"] and not told.get("whole_country"):
        asked["region"] = one["region"]
    return url_for("workbench.show", patient=one["patient"], **asked)
