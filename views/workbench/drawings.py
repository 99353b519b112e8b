"""The drawings of the workbench in the reader's language."""

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

from markupsafe import Markup

from domain.directive import MAX_THRESHOLD_MFI
from services.charts.curve import CurveWords, Line, availability_curve
from services.charts.mfi import BeadBar, Words, mfi_bars
from services.wording.translations import translations
from views.language import current_locale
from views.shown import mfi_band, number, percent, said

Answer = Mapping[str, Any]
SLIDER_STEP_MFI, LEAST_SLIDER_TOP_MFI = 250, 10_000
DRAWN_FROM_MFI, LEAST_DRAWN_BEADS = 500, 30
COUNTED = ("compatible", "possible", "unknown", "blocked")


def serum_chart(beads: Sequence[Answer], threshold_mfi: int) -> tuple[Markup, int]:
    """The bars of the serum, and how many low beads were left to the table."""
    least = min(threshold_mfi, DRAWN_FROM_MFI)
    drawn = [bead for rank, bead in enumerate(beads) if bead["mfi"] >= least or rank < LEAST_DRAWN_BEADS]
    _ = translations(current_locale()).gettext
    words = Words(
        title=_("MFI of each bead, highest first"),
        description=_("The bars of the beads and the line of the threshold; the table below says the same."),
        axis="MFI",
        threshold=_("threshold"),
        out_of_scope=_("not in scope"),
        figure=number,
    )
    bars = [_bar(bead) for bead in drawn]
    return Markup(mfi_bars(bars, threshold_mfi=threshold_mfi, words=words)), len(beads) - len(drawn)  # noqa: S704


def _bar(bead: Answer) -> BeadBar:
    antigen = "/".join(bead["antigens"])
    mfi = f"{number(bead['mfi'])} MFI{_graded(bead['mfi'])}"
    hint = f"{bead['allele']} · {antigen} · {mfi} · {said('self.' + bead['self'])}"
    return BeadBar(bead["allele"], antigen, bead["mfi"], bead["self"], bead["in_scope"], hint, bead["removed"])


def _graded(mfi: float) -> str:
    band = mfi_band(mfi)
    return f" ({band})" if band else ""


def slider_top_mfi(beads: Sequence[Answer], threshold_mfi: int) -> int:
    """The end of the slider: beyond the highest bead in scope and the threshold, on a step of the slider."""
    highest = max([bead["mfi"] for bead in beads if bead["in_scope"]] + [threshold_mfi, LEAST_SLIDER_TOP_MFI - 1])
    return min(MAX_THRESHOLD_MFI, SLIDER_STEP_MFI * (ceil(highest / SLIDER_STEP_MFI) + 1))


def availability(entries: Sequence[Answer], live_region: str | None, threshold_mfi: int, top_mfi: int) -> Markup:
    """The curve of compatible donors by threshold, for the country and the region."""
    _ = translations(current_locale()).gettext
    lines = [Line(_("Country"), [_share(entry["national"]) for entry in entries])]
    if live_region:
        lines.append(Line(live_region, [_share(entry["regions"][live_region]) for entry in entries]))
    words = CurveWords(
        title=_("Share of active donors who are compatible, by threshold"),
        description=_("It rises with the threshold; the dashed line is the threshold chosen."),
        axis=_("compatible donors (%)"),
        figure=number,
        percent=percent,
    )
    breakpoints = [entry["mfi"] for entry in entries]
    drawing = availability_curve(breakpoints, lines, threshold_mfi=threshold_mfi, top_mfi=top_mfi, words=words)
    return Markup(drawing)  # noqa: S704 - made by ElementTree, which escapes


def _share(counts: Answer) -> float:
    total = sum(counts[verdict] for verdict in COUNTED)
    return counts["compatible"] / total if total else 0.0
