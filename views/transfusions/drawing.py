"""The chart of corrected increments in the reader's language."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from domain.transfusion import Window
from services.charts.increments import Column, Dot, IncrementWords, increments
from services.wording.translations import translations
from views.language import current_locale
from views.reservations.asked import timing
from views.shown import said
from views.transfusions.blueprint import figure

Shown = Mapping[str, Any]


def draw_increments(shown: Shown) -> Markup | None:
    """The drawing of a patient's transfusions; None where none is on record."""
    if not shown["transfusions"]:
        return None
    _ = translations(current_locale()).gettext
    limits = [
        (f"{said('transfusion_window.' + window.value)} > {figure(rule.min_cci)}", rule.min_cci)
        for window, rule in shown["rules"].windows.items()
    ]
    words = IncrementWords(
        title=_("Corrected count increment (CCI) of each transfusion"),
        description=_("The table below says the same."),
        axis=_("CCI, 10⁹/L"),
        limits=limits,
    )
    drawn = increments([_column(one) for one in shown["transfusions"]], words)
    return Markup(drawn)  # noqa: S704 - made by ElementTree, which escapes


def _column(one: Shown) -> Column:
    local = timing().local(one["ended_at"])
    dots = [_dot(window) for window in one["outcome"]["windows"]]
    return Column(one["ended_at"], f"{local:%d/%m}", one["selection"], one["outcome"]["valid"] == "met", dots)


def _dot(window: Shown) -> Dot:
    cci, judged = window["measures"]["cci"]["value"], window["verdict"] != "not_judged"
    name = said("transfusion_window." + window["window"])
    why = "" if judged else ": " + " ".join(said(one["code"], one["params"]) for one in window["reasons"])
    hint = f"{name}, CCI {figure(cci)}, {said('transfusion_verdict.' + window['verdict'])}{why}"
    return Dot(Window(window["window"]).value, cci, judged, hint)
