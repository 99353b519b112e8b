"""Dots with their intervals, one row a group, against what each should exceed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

from services.charts.svg import INK, MUTED, NAVY, RED, RULE, add, axis_marks, canvas, markup

LEFT, PLOT, RIGHT, TOP, ROW, FOOT = 190.0, 300.0, 64.0, 22.0, 26.0, 34.0
QUARTERS = (0, 0.25, 0.5, 0.75, 1)
LONGEST = 30  # characters of a name that fit beside the plot


@dataclass(frozen=True, slots=True)
class Dot:
    """One group: its name, its value, both ends of its interval (None: too few for one), what is said of it."""

    name: str
    value: float
    low: float | None
    high: float | None
    note: str
    hint: str


@dataclass(frozen=True, slots=True)
class DotWords:
    """The words of the drawing, already in the reader's language; a share has an axis from 0 to 1."""

    identifier: str
    title: str
    description: str
    axis: str
    limit: float | None
    limit_label: str
    is_share: bool
    figure: Callable[[float], str]


def dot_chart(dots: Sequence[Dot], words: DotWords) -> str:
    """The SVG of a few groups; values below 0 are drawn at 0, their figures stand in the table."""
    highest = max([words.limit or 0.0, *(one.high or one.value for one in dots)])
    marks = QUARTERS if words.is_share else axis_marks(highest, most=5)
    top = marks[-1]
    height = TOP + ROW * len(dots)
    svg = canvas(
        words.identifier,
        width=LEFT + PLOT + RIGHT,
        height=height + FOOT,
        title=words.title,
        description=words.description,
    )

    def x(value: float) -> float:
        return LEFT + PLOT * min(max(value, 0.0), top) / top

    _axis(svg, x, marks, height, words)
    for place, one in enumerate(dots):
        _row(svg, one, x, TOP + ROW * (place + 0.5))
    return markup(svg)


def _axis(svg: Element, x: Callable[[float], float], marks: Sequence[float], height: float, words: DotWords) -> None:
    axis = add(svg, "g", aria_hidden="true")
    for mark in marks:
        add(axis, "line", x1=x(mark), x2=x(mark), y1=TOP, y2=height, stroke=RULE)
        add(axis, "text", words.figure(mark), x=x(mark), y=height + 14, text_anchor="middle", fill=MUTED)
    add(axis, "text", words.axis, x=LEFT + PLOT / 2, y=height + 29, text_anchor="middle", fill=INK)
    if words.limit is not None:
        line: dict[str, Any] = {"stroke": RED, "stroke_dasharray": "6 3", "stroke_width": 1.5}
        add(svg, "line", x1=x(words.limit), x2=x(words.limit), y1=TOP - 6, y2=height, **line)
        add(svg, "text", words.limit_label, x=x(words.limit), y=TOP - 10, text_anchor="middle", fill=RED)


def _row(svg: Element, one: Dot, x: Callable[[float], float], y: float) -> None:
    row = add(svg, "g")
    add(row, "title", one.hint)
    name = one.name if len(one.name) <= LONGEST else f"{one.name[: LONGEST - 1]}…"
    add(row, "text", name, x=LEFT - 10, y=y + 4, text_anchor="end", fill=INK)
    if one.low is not None and one.high is not None:
        add(row, "line", x1=x(one.low), x2=x(one.high), y1=y, y2=y, stroke=NAVY, stroke_width=2)
        for end in (one.low, one.high):
            add(row, "line", x1=x(end), x2=x(end), y1=y - 5, y2=y + 5, stroke=NAVY, stroke_width=2)
    add(row, "circle", cx=x(one.value), cy=y, r=5.0, fill=NAVY)
    add(row, "text", one.note, x=LEFT + PLOT + 10, y=y + 4, fill=MUTED)
