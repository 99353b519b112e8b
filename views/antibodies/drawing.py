"""The heat map of serial sera in the reader's language."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from markupsafe import Markup

from services.charts.heat_map import Course, HeatRow, HeatWords, SerumColumn, heat_legend, heat_map
from services.wording.formats import format_date
from services.wording.translations import translations
from views.language import current_locale
from views.shown import number, said

Shown = Mapping[str, Any]
LOT_BREAKS = {"kit_lot", "kit_lot_unknown"}


def draw_heat_map(history: Shown, rows: Sequence[Shown], today: date) -> tuple[Markup, Markup] | None:
    """The legend, and the drawing of the rows shown; None without a serum."""
    if not history["sera"]:
        return None
    words = _words(history)
    drawn = heat_map(
        [_column(one) for one in history["sera"]],
        [_row(one) for one in rows],
        [_course(one, today) for one in history["treatments"]],
        threshold_mfi=history["threshold"],
        today=today,
        words=words,
    )
    return Markup(heat_legend(words)), Markup(drawn)  # noqa: S704 - made by ElementTree, which escapes


def _words(history: Shown) -> HeatWords:
    _ = translations(current_locale()).gettext
    return HeatWords(
        title=_("MFI of each specificity in each serum"),
        description=_("The table below says the same."),
        legend=_("Legend"),
        donors=_("Donors available at %(mfi)s MFI, whole country") % {"mfi": number(history["threshold"])},
        not_tested=_("not tested"),
        lot=_("other kit lot"),
        other=_("other format, treatment or no date"),
        reached=_("at the threshold or above"),
        figure=number,
    )


def _column(one: Shown) -> SerumColumn:
    breaks = set(one["since"]["breaks"]) if one["since"] else set()
    placed_on = date.fromisoformat(one["placed_on"])
    told = [one["code"], one["kit_lot"], one["treatment"], *(said(f"history_break.{name}") for name in sorted(breaks))]
    return SerumColumn(
        on=placed_on,
        label=("? " if one["undated"] else "") + f"{placed_on:%d/%m/%y}",
        lot_break=bool(breaks & LOT_BREAKS),
        other_break=bool(breaks - LOT_BREAKS),
        donors=one["national"]["available"],
        hint=", ".join(text for text in told if text),
    )


def _row(one: Shown) -> HeatRow:
    values = [None if value is None else value["mfi"] for value in one["values"]]
    mark = {"own": "°", "removed": "−"}.get(one["mark"] or "", "")
    return HeatRow(one["name"] + mark, values, used=one["mark"] is None and one["in_scope"])


def _course(one: Shown, today: date) -> Course:
    locale, name = current_locale(), said(f"history_lane.{one['kind']}")
    first_on = date.fromisoformat(one["first_on"])
    last_on = date.fromisoformat(one["last_on"]) if one["last_on"] else None
    days = f"{format_date(first_on, locale)} – {format_date(last_on, locale) if last_on else '…'}"
    return Course(name, first_on, max(first_on, last_on or today), f"{name} {days}")
