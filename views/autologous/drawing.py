"""The timeline of a patient's own platelets in the reader's language."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from markupsafe import Markup

from services.charts.timeline import Lane, Mark, Span, TimelineWords, timeline
from services.wording.translations import translations
from views.language import current_locale
from views.shown import day as day_said
from views.shown import said

Plan = Mapping[str, Any]
ENDED = ("transfused", "discarded", "expired")


def draw_plan(plan: Plan) -> Markup | None:
    """The drawing of a plan; None where there is nothing to draw."""
    if not (plan["courses"] or plan["collections"] or plan["units"]):
        return None
    _ = translations(current_locale()).gettext
    lanes = [
        Lane(_("Chemotherapy"), [_course(one) for one in plan["courses"]]),
        Lane(_("Windows"), [_window(one) for one in plan["windows"] if not one["is_empty"]]),
        Lane(_("Collections"), (), [_collection(one) for one in plan["collections"] if one["status"] != "cancelled"]),
        *[_unit(one) for one in plan["units"]],
    ]
    words = TimelineWords(
        title=_("Courses, windows, collections and units in time"),
        description=_("The tables below say the same."),
        today=_("today"),
        day=day_said,
    )
    days = sorted(_days(plan))
    drawn = timeline(lanes, from_on=days[0], until_on=days[-1], today=plan["today"], words=words)
    return Markup(drawn)  # noqa: S704 - made by ElementTree, which escapes


def _days(plan: Plan) -> list[date]:
    days = [plan["today"]]
    days += [one[name] for one in plan["courses"] for name in ("start_on", "end_on")]
    days += [one[name] for one in plan["windows"] if not one["is_empty"] for name in ("from_on", "until_on")]
    days += [one["day"] for one in plan["collections"] if one["status"] != "cancelled"]
    return days + [one[name] for one in plan["units"] for name in ("collected_on", "reserved_for") if one[name]]


def _course(one: Plan) -> Span:
    return Span("course", one["name"], one["start_on"], one["end_on"], _between(one, "start_on", "end_on", one["name"]))


def _window(one: Plan) -> Span:
    return Span("window", "", one["from_on"], one["until_on"], _between(one, "from_on", "until_on", one["after"]))


def _between(one: Plan, first: str, last: str, name: str) -> str:
    return f"{name}: {day_said(one[first])} – {day_said(one[last])}"


def _collection(one: Plan) -> Mark:
    status = one["status"]
    return Mark(status, one["day"], f"{said('autologous_collection_status.' + status)}, {day_said(one['day'])}")


def _unit(one: Plan) -> Lane:
    kind = "ended" if one["status"] in ENDED else "unit"
    ended_on = one["ended_at"].date() if one["ended_at"] else None
    hint = f"{one['number']}: {said('autologous_status.' + one['status'])}, {day_said(one['expires_on'])}"
    marks = [Mark("expiry", one["expires_on"], hint)] if ended_on is None else []
    if one["status"] == "transfused" and ended_on:
        marks.append(Mark("given", ended_on, hint))
    elif one["reserved_for"] and ended_on is None:
        marks.append(Mark("use", one["reserved_for"], f"{one['number']}: {day_said(one['reserved_for'])}"))
    return Lane(one["number"], [Span(kind, "", one["collected_on"], ended_on or one["expires_on"], hint)], marks)
