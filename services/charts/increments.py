"""The corrected increment of each transfusion at 1 h and at 24 h, against what each must exceed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import floor
from typing import Any
from xml.etree.ElementTree import Element

from services.charts.svg import BLUE, INK, MUTED, NAVY, OCHRE, PAPER, RED, RULE, TEAL, add, axis_marks, canvas, markup

LEFT, RIGHT, TOP, PLOT, FOOT = 52.0, 150.0, 18.0, 230.0, 46.0
STEP, LEAST_WIDTH, APART = 62.0, 360.0, 9.0
FILLS = {
    "random": NAVY,
    "hla_selected": TEAL,
    "hpa_selected": BLUE,
    "cd36_negative": OCHRE,
    "autologous": RED,
    "": MUTED,
}
Height = Callable[[float], float]
MOST_SHOWN = 60  # the latest ones; the table holds them all


@dataclass(frozen=True, slots=True)
class Dot:
    """One count of a transfusion: its CCI (10⁹/L) where it has one, and whether it was judged."""

    window: str  # "1h" or "24h"
    cci: float | None
    judged: bool
    hint: str


@dataclass(frozen=True, slots=True)
class Column:
    """One transfusion: when, how its product was chosen, whether it was valid, its counts."""

    at: datetime
    label: str
    selection: str
    valid: bool
    dots: Sequence[Dot]


@dataclass(frozen=True, slots=True)
class IncrementWords:
    """The words of the drawing, already in the reader's language."""

    title: str
    description: str
    axis: str
    limits: Sequence[tuple[str, float]]  # what each line says, and its height


def increments(columns: Sequence[Column], words: IncrementWords) -> str:
    """Return the SVG: one column a transfusion, a circle at 1 h, a square at 24 h, a cross where nothing is judged."""
    shown = columns[-MOST_SHOWN:]
    width = max(LEAST_WIDTH, STEP * len(shown))
    values = [dot.cci for one in shown for dot in one.dots if dot.cci is not None]
    low = float(floor(min([0.0, *values])))
    high = max([*(limit for _, limit in words.limits), *values]) * 1.1
    svg = canvas(
        "increments",
        width=LEFT + width + RIGHT,
        height=TOP + PLOT + FOOT,
        title=words.title,
        description=words.description,
    )

    def y(value: float) -> float:
        return TOP + PLOT * (high - value) / (high - low)

    _axis(svg, y, high, low, width, words)
    for place, one in enumerate(shown):
        _column(svg, one, LEFT + STEP * (place + 0.5), y, y(0.0))
    return markup(svg)


def _axis(svg: Element, y: Height, high: float, low: float, width: float, words: IncrementWords) -> None:
    axis = add(svg, "g", aria_hidden="true")
    for mark in axis_marks(high, most=6):
        if mark <= high:
            add(axis, "line", x1=LEFT, x2=LEFT + width, y1=y(mark), y2=y(mark), stroke=RULE)
            add(axis, "text", str(mark), x=LEFT - 8, y=y(mark) + 4, text_anchor="end", fill=MUTED)
    if low < 0:
        add(axis, "text", f"−{-low:.0f}", x=LEFT - 8, y=y(low) + 4, text_anchor="end", fill=MUTED)
    add(axis, "text", words.axis, x=2.0, y=TOP - 6, fill=INK)
    for label, limit in words.limits:
        line: dict[str, Any] = {"stroke": RED, "stroke_dasharray": "6 3", "stroke_width": 1.5}
        add(svg, "line", x1=LEFT, x2=LEFT + width, y1=y(limit), y2=y(limit), **line)
        add(svg, "text", label, x=LEFT + width + 6, y=y(limit) + 4, fill=RED)


def _column(svg: Element, one: Column, x: float, y: Height, ground: float) -> None:
    group = add(svg, "g")
    add(group, "text", one.label, x=x, y=TOP + PLOT + 20, text_anchor="middle", fill=INK)
    fill = FILLS.get(one.selection, MUTED)
    for dot, offset in zip(one.dots, (-APART, APART), strict=True):
        at = x + offset
        if dot.cci is None or not dot.judged:
            height = ground - 12 if dot.cci is None else y(dot.cci)
            _cross(group, at, height, dot.hint)
            continue
        look: dict[str, Any] = {"fill": fill if one.valid else PAPER, "stroke": fill, "stroke_width": 2}
        if dot.window == "1h":
            drawn = add(group, "circle", cx=at, cy=y(dot.cci), r=6.0, **look)
        else:
            drawn = add(group, "rect", x=at - 5.5, y=y(dot.cci) - 5.5, width=11.0, height=11.0, **look)
        add(drawn, "title", dot.hint)


def _cross(group: Element, x: float, y: float, hint: str) -> None:
    cross = add(group, "g", stroke=MUTED, stroke_width=1.5, fill="none")
    add(cross, "title", hint)
    add(cross, "circle", cx=x, cy=y, r=5.0)
    add(cross, "line", x1=x - 6, y1=y + 6, x2=x + 6, y2=y - 6)
