"""The weeks ahead as bars: donors who may give, those left by the weeks before, the units needed, the gap."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from services.charts.svg import INK, MUTED, NAVY, PAPER, RED, RULE, TEAL, add, axis_marks, canvas, markup

LEFT, RIGHT, TOP, PLOT, FOOT, LEGEND = 46.0, 12.0, 30.0, 150.0, 40.0, 17.0
STEP, LEAST_WIDTH, BAR, SAMPLE = 58.0, 560.0, 16.0, 14.0
PALE = "#b9d7dc"
CUT_AT = 4  # times the highest need: far beyond it a bar is cut, seen to be, and its figure told, else the need
LEAST_TOP = 8  # would lie on the floor


@dataclass(frozen=True, slots=True)
class Bar:
    """One week: its label, donors who may give and those left, units needed and lacking."""

    label: str
    givers: int
    left: int
    need: int
    gap: int
    hint: str


@dataclass(frozen=True, slots=True)
class SupplyWords:
    """The words of the drawing, already in the reader's language."""

    title: str
    description: str
    givers: str
    left: str
    need: str
    gap: str
    figure: Callable[[int], str]


def supply_chart(bars: Sequence[Bar], *, words: SupplyWords) -> str:
    """Return the SVG: two bars a week, a line at the need, a triangle with the units that a week lacks."""
    width = max(LEAST_WIDTH, STEP * len(bars))
    need, most = max(one.need for one in bars), max(max(one.givers, one.need) for one in bars)
    limit = max(LEAST_TOP, CUT_AT * need)
    top = axis_marks(limit if need and most > 2 * limit else max(LEAST_TOP, most), most=5)
    height = TOP + PLOT + FOOT + LEGEND * 4
    svg = canvas(
        "supply-chart", width=LEFT + width + RIGHT, height=height, title=words.title, description=words.description
    )
    axis = add(svg, "g", aria_hidden="true")
    for mark in top:
        y = _y(mark, top[-1])
        add(axis, "line", x1=LEFT, x2=LEFT + width, y1=y, y2=y, stroke=RULE if mark else INK)
        add(axis, "text", words.figure(mark), x=LEFT - 6, y=y + 4, text_anchor="end", fill=MUTED)
    step = width / len(bars)
    for at, one in enumerate(bars):
        _week(svg, one, LEFT + step * (at + 0.5), step, top[-1], words)
    _legend(svg, words)
    return markup(svg)


def _y(count: float, top: int) -> float:
    return TOP + PLOT * (1 - min(count, top) / top)


def _week(svg: Element, one: Bar, x: float, step: float, top: int, words: SupplyWords) -> None:
    group = add(svg, "g")
    add(group, "title", one.hint)
    ground = TOP + PLOT
    for count, fill, start, end, anchor in (
        (one.givers, PALE, x - BAR - 1, x - 2, "end"),
        (one.left, TEAL, x + 1, x + 2, "start"),
    ):
        y = _y(count, top)
        add(group, "rect", x=start, y=y, width=BAR, height=ground - y, fill=fill)
        if count > top:
            add(group, "path", d=f"M{start - 1:.1f} {y + 14:.1f}l18 -6", stroke=PAPER, stroke_width=3)
        add(group, "text", words.figure(count), x=end, y=y - 3, text_anchor=anchor, fill=INK)
    if one.need:
        y, half = _y(one.need, top), step * 0.42
        add(group, "line", x1=x - half, x2=x + half, y1=y, y2=y, stroke=NAVY, stroke_width=2, stroke_dasharray="6 3")
    if one.gap:
        _triangle(group, x - 10, TOP - 16)
        gap = {"fill": RED, "font_weight": "bold"}
        add(group, "text", f"−{words.figure(one.gap)}", x=x - 2, y=TOP - 14, **gap)
    add(group, "text", one.label, x=x, y=ground + 18, text_anchor="middle", fill=INK)


def _triangle(group: Element, x: float, y: float) -> None:
    add(group, "path", d=f"M{x - 5:.1f} {y + 3:.1f}h10l-5 -9z", fill=RED)


def _legend(svg: Element, words: SupplyWords) -> None:
    y = TOP + PLOT + FOOT
    for at, (name, fill) in enumerate(((words.givers, PALE), (words.left, TEAL))):
        middle = y + LEGEND * at
        add(svg, "rect", x=LEFT, y=middle - 5, width=SAMPLE, height=10.0, fill=fill)
        add(svg, "text", name, x=LEFT + 30, y=middle + 4, fill=INK)
    middle = y + LEGEND * 2
    add(svg, "line", x1=LEFT - 4, x2=LEFT + 22, y1=middle, y2=middle, stroke=NAVY, stroke_width=2,
        stroke_dasharray="6 3")  # fmt: skip
    add(svg, "text", words.need, x=LEFT + 30, y=middle + 4, fill=INK)
    _triangle(svg, LEFT + 7, y + LEGEND * 3 + 2)
    add(svg, "text", words.gap, x=LEFT + 30, y=y + LEGEND * 3 + 4, fill=INK)
