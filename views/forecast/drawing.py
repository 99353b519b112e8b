"""The bars of a forecast in the reader's language."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from services.charts.supply import Bar, SupplyWords, supply_chart
from services.wording.formats import format_number
from services.wording.translations import translations
from views.language import current_locale
from views.shown import said


def draw_supply(one: Mapping[str, Any]) -> Markup:
    """The drawing of a patient's weeks ahead."""
    _ = translations(current_locale()).gettext
    words = SupplyWords(
        title=_("Donors and units needed, week by week"),
        description=_("The table below the drawing says the same."),
        givers=said("forecast_column.givers"),
        left=said("forecast_column.left"),
        need=said("forecast_column.need"),
        gap=said("forecast_column.gap"),
        figure=lambda count: format_number(count, current_locale()),
    )
    return Markup(supply_chart([_bar(week) for week in one["weeks"]], words=words))  # noqa: S704 - made by ElementTree


def _bar(week: Mapping[str, Any]) -> Bar:
    names = ("givers", "left", "need", "gap")
    hint = ", ".join(f"{said(f'forecast_column.{name}')} {week[name]}" for name in names)
    return Bar(f"{week['first_on']:%d/%m}", *(week[name] for name in names), hint=hint)
