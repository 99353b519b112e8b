"""A calendar of spans and marks, one lane under the other, with the line of today."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from xml.etree.ElementTree import Element

from services.charts.svg import BLUE, INK, MUTED, NAVY, OCHRE, PAPER, RED, RULE, TEAL, add, canvas, markup

LEFT, PLOT_WIDTH, RIGHT, TOP, LANE, FOOT = 150.0, 790.0, 20.0, 30.0, 34.0, 8.0
LETTER_WIDTH, MOST_MARKS = 5.8, 14
MARGIN_DAYS = 4
FILLS = {"course": NAVY, "window": "#cfe6e9", "unit": BLUE, "ended": "#9aa3ae"}


@dataclass(frozen=True, slots=True)
class Span:
    """Days of a lane, both included; `kind` is a key of FILLS."""

    kind: str
    label: str
    from_on: date
    until_on: date
    hint: str


@dataclass(frozen=True, slots=True)
class Mark:
    """One day of a lane; `kind` is planned, done, use, given or expiry."""

    kind: str
    on: date
    hint: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One line of the drawing."""

    name: str
    spans: Sequence[Span] = ()
    marks: Sequence[Mark] = ()


@dataclass(frozen=True, slots=True)
class TimelineWords:
    """The words of the drawing, already in the reader's language."""

    title: str
    description: str
    today: str
    day: Callable[[date], str]


@dataclass(frozen=True, slots=True)
class _Scale:
    first: date
    last: date

    def x(self, day: date) -> float:
        days = (self.last - self.first).days or 1
        return LEFT + PLOT_WIDTH * min(1.0, max(0.0, (day - self.first).days / days))

    def holds(self, day: date) -> bool:
        return self.first <= day <= self.last


def timeline(lanes: Sequence[Lane], *, from_on: date, until_on: date, today: date, words: TimelineWords) -> str:
    """Return the SVG of the lanes between two days; what lasts longer is cut at the edge."""
    scale = _Scale(from_on - timedelta(days=MARGIN_DAYS), until_on + timedelta(days=MARGIN_DAYS))
    height = TOP + LANE * len(lanes) + FOOT
    width = LEFT + PLOT_WIDTH + RIGHT
    svg = canvas("autologous-timeline", width=width, height=height, title=words.title, description=words.description)
    _axis(svg, scale, height - FOOT, words)
    for place, lane in enumerate(lanes):
        _lane(svg, lane, TOP + LANE * place, scale)
    _today(svg, scale, height - FOOT, today, words)
    return markup(svg)


def axis_days(first: date, last: date) -> Iterator[date]:
    """Mondays or firsts of a month between two days, few enough to be read."""
    step = 7
    while (last - first).days / step > MOST_MARKS:
        step *= 2
    day = first + timedelta(days=-first.weekday() % 7)
    while day <= last:
        yield day
        day += timedelta(days=step)


def _axis(svg: Element, scale: _Scale, bottom: float, words: TimelineWords) -> None:
    axis = add(svg, "g", aria_hidden="true")
    for at, day in enumerate(axis_days(scale.first, scale.last)):
        x = scale.x(day)
        add(axis, "line", x1=x, x2=x, y1=TOP, y2=bottom, stroke=RULE)
        if at % 2 == 0:
            add(axis, "text", words.day(day), x=x, y=TOP - 8, text_anchor="middle", fill=MUTED)


def _lane(svg: Element, lane: Lane, y: float, scale: _Scale) -> None:
    group = add(svg, "g")
    add(group, "line", x1=0.0, x2=LEFT + PLOT_WIDTH, y1=y + LANE, y2=y + LANE, stroke=RULE)
    add(group, "text", _cut(lane.name, LEFT - 8), x=2.0, y=y + 21, fill=INK)
    for at, span in enumerate(lane.spans):
        following = lane.spans[at + 1].from_on if at + 1 < len(lane.spans) else scale.last + timedelta(days=2)
        _span(group, span, y, scale, scale.x(following) - scale.x(span.from_on) - 6)
    for mark in lane.marks:
        if scale.holds(mark.on):
            _mark(group, mark, scale.x(mark.on), y + 20)


def _span(group: Element, span: Span, y: float, scale: _Scale, room: float) -> None:
    x, end = scale.x(span.from_on), scale.x(span.until_on + timedelta(days=1))
    top, height = (y + 18, 4.0) if span.kind in ("unit", "ended") else (y + 14, 13.0)
    edge = {"stroke": TEAL, "stroke_dasharray": "4 2"} if span.kind == "window" else {}
    bar = add(group, "rect", x=x, y=top, width=max(2.0, end - x), height=height, fill=FILLS[span.kind], **edge)
    add(bar, "title", span.hint)
    if span.until_on > scale.last:  # goes on beyond the edge
        edge_x = LEFT + PLOT_WIDTH
        points = f"{edge_x:.1f},{y + 15:.1f} {edge_x + 9:.1f},{y + 20:.1f} {edge_x:.1f},{y + 25:.1f}"
        add(group, "polygon", points=points, fill=FILLS[span.kind])
    if span.label:
        add(group, "text", _cut(span.label, room), x=x, y=y + 11, fill=INK)


def _mark(group: Element, mark: Mark, x: float, y: float) -> None:
    shapes: dict[str, tuple[str, dict[str, Any]]] = {
        "planned": ("circle", {"cx": x, "cy": y, "r": 6.0, "fill": PAPER, "stroke": NAVY, "stroke_width": 2}),
        "done": ("circle", {"cx": x, "cy": y, "r": 6.0, "fill": NAVY}),
        "use": ("polygon", {"points": _points(x, y, ((-7, -7), (7, -7), (0, 6))), "fill": OCHRE}),
        "given": ("polygon", {"points": _points(x, y, ((0, -8), (8, 0), (0, 8), (-8, 0))), "fill": TEAL}),
        "expiry": ("rect", {"x": x - 1.5, "y": y - 9, "width": 3.0, "height": 18.0, "fill": RED}),
    }
    tag, attributes = shapes[mark.kind]
    add(add(group, tag, **attributes), "title", mark.hint)


def _points(x: float, y: float, offsets: Sequence[tuple[int, int]]) -> str:
    return " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in offsets)


def _today(svg: Element, scale: _Scale, bottom: float, today: date, words: TimelineWords) -> None:
    if scale.holds(today):
        x = scale.x(today)
        add(svg, "line", x1=x, x2=x, y1=TOP - 4, y2=bottom, stroke=RED, stroke_width=2, stroke_dasharray="6 3")
        add(svg, "text", words.today, x=x, y=10.0, text_anchor="middle", fill=RED, font_weight="bold")


def _cut(text: str, room: float) -> str:
    most = max(1, int(room / LETTER_WIDTH))
    return text if len(text) <= most else text[: most - 1] + "…"
