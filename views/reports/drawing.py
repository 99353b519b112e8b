"""The trend of a report in the reader's language."""

from collections.abc import Sequence

from markupsafe import Markup

from services.availability.reading import Point
from services.charts.trend import Series, TrendWords, trend_chart
from services.wording.formats import format_number
from services.wording.translations import translations
from views.language import current_locale
from views.shown import day as day_said
from views.shown import said


def draw_trend(points: Sequence[Point], names: Sequence[tuple[str, str]]) -> Markup | None:
    """The drawing of named counts, each with the code of its words; None where there is no day to draw."""
    if not points:
        return None
    _ = translations(current_locale()).gettext
    words = TrendWords(
        title=_("The last 90 days"),
        description=_("The table below the drawing says the same."),
        figure=lambda count: format_number(count, current_locale()),
        day=day_said,
    )
    lines = [Series(said(code), [point.values[name] for point in points]) for name, code in names]
    return Markup(trend_chart([point.on for point in points], lines, words=words))  # noqa: S704 - made by ElementTree
