"""The funnel of a campaign: a bar for each stage, its interval as a whisker, the plan as a tick."""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from services.charts.svg import INK, MUTED, NAVY, RULE, add, canvas, markup

LEFT, PLOT_WIDTH, RIGHT, TOP, ROW, BAR, FOOT = 170.0, 400.0, 230.0, 8.0, 34.0, 18.0, 24.0
LIGHT = "#CFDBEC"  # light under ink: the same in black and white


@dataclass(frozen=True, slots=True)
class Bar:
    """One stage: its name, its count, where its interval and its plan lie as counts, and what is said beside it."""

    name: str
    count: int
    low: float | None
    high: float | None
    planned: int | None
    note: str


@dataclass(frozen=True, slots=True)
class FunnelWords:
    """The words of the drawing, already in the reader's language."""

    title: str
    description: str
    planned: str
    interval: str


def funnel_chart(bars: Sequence[Bar], words: FunnelWords) -> str:
    """Return the SVG of a funnel; `low` and `high` are ends of an interval on the scale of the counts."""
    widest = max([1.0, *(float(value) for bar in bars for value in (bar.count, bar.planned or 0, bar.high or 0))])
    height = TOP + ROW * len(bars) + FOOT
    svg = canvas(
        "funnel", width=LEFT + PLOT_WIDTH + RIGHT, height=height, title=words.title, description=words.description
    )
    add(svg, "line", x1=LEFT, x2=LEFT, y1=TOP, y2=TOP + ROW * len(bars), stroke=INK)
    for at, bar in enumerate(bars):
        _row(svg, bar, TOP + ROW * at, PLOT_WIDTH / widest)
    _key(svg, words, height - 8)
    return markup(svg)


def _row(svg: Element, bar: Bar, y: float, scale: float) -> None:
    row = add(svg, "g")
    middle, width = y + ROW / 2, bar.count * scale
    add(row, "text", bar.name, x=LEFT - 8, y=middle + 4, text_anchor="end", fill=INK)
    if bar.count:
        # a find among hundreds is a sliver: never thinner than can be seen
        add(row, "rect", x=LEFT, y=middle - BAR / 2, width=max(2.0, width), height=BAR, fill=LIGHT, stroke=NAVY)
    if bar.low is not None and bar.high is not None:
        _whisker(row, LEFT + bar.low * scale, LEFT + bar.high * scale, middle)
    if bar.planned is not None:
        _tick(row, LEFT + bar.planned * scale, middle)
    add(row, "text", bar.note, x=LEFT + PLOT_WIDTH + 14, y=middle + 4, fill=INK)
    add(row, "line", x1=0.0, x2=LEFT + PLOT_WIDTH + RIGHT, y1=y + ROW, y2=y + ROW, stroke=RULE)


def _whisker(row: Element, low: float, high: float, y: float) -> None:
    add(row, "line", x1=low, x2=high, y1=y, y2=y, stroke=INK, stroke_width=1.5)
    for x in (low, high):
        add(row, "line", x1=x, x2=x, y1=y - 4, y2=y + 4, stroke=INK, stroke_width=1.5)


def _tick(row: Element, x: float, y: float) -> None:
    add(row, "line", x1=x, x2=x, y1=y - 14, y2=y + 14, stroke=INK, stroke_width=3)
    add(row, "path", d=f"M{x - 4:.2f} {y - 16:.2f}h8l-4 5z", fill=INK)


def _key(svg: Element, words: FunnelWords, y: float) -> None:
    key = add(svg, "g", aria_hidden="true")
    _whisker(key, LEFT, LEFT + 26, y - 4)
    add(key, "text", words.interval, x=LEFT + 32, y=y, fill=MUTED)
    _tick(key, LEFT + 220, y - 2)
    add(key, "text", words.planned, x=LEFT + 230, y=y, fill=MUTED)
