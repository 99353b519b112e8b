"""The drawings of the reports in the reader's language."""

from collections.abc import Callable, Sequence

from markupsafe import Markup

from domain.outcome_groups import Figures, Heading
from domain.transfusion import Window
from services.availability.reading import Point
from services.charts.intervals import Dot, DotWords, dot_chart
from services.charts.trend import Series, TrendWords, trend_chart
from services.outcomes.report import CALIBRATION, OutcomesReport
from services.wording.formats import format_number, format_percent, format_units
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


def draw_groups(
    heading: Heading, report: OutcomesReport, window: Window, named: Callable[[str, str], str]
) -> Markup | None:
    """The median CCI of each group of a heading; of the calibration the share above the limit. None without any."""
    share = heading.name == CALIBRATION
    judged = [(one, figures) for one in heading.groups if (figures := one.windows[window]).judged]
    if not judged:
        return None
    dots = [_dot(named(heading.name, one.key), figures, share=share) for one, figures in judged]
    return Markup(dot_chart(dots, _dot_words(heading, report.limits[window], share=share)))  # noqa: S704 - ElementTree


def _dot(name: str, one: Figures, *, share: bool) -> Dot:
    interval = one.effective_interval if share else one.interval
    value = (one.effective.rate if one.effective else 0.0) if share else (one.median or 0.0)
    low, high = (interval.low, interval.high) if interval else (None, None)
    write = _percent if share else _units
    ends = f" ({write(low)} – {write(high)})" if low is not None and high is not None else ""
    note = f"n\u00a0= {format_number(one.judged, current_locale())}"
    return Dot(name, value, low, high, note, f"{name}: {write(value)}{ends}, {note}")


def _dot_words(heading: Heading, limit: float, *, share: bool) -> DotWords:
    _ = translations(current_locale()).gettext
    return DotWords(
        identifier=f"outcomes-{heading.name.replace('_', '-')}",
        title=said(f"outcomes_heading.{heading.name}"),
        description=_("The table beside the drawing says the same."),
        axis=said("outcomes_column.share" if share else "outcomes_column.median"),
        limit=None if share else limit,
        limit_label="" if share else f"> {_units(limit)}",
        is_share=share,
        figure=_percent if share else _units,
    )


def _percent(value: float) -> str:
    return format_percent(value, current_locale())


def _units(value: float) -> str:
    return format_units(value, current_locale())
