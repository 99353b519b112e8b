"""Counts day by day: one line for each thing counted, broken where a day has no count."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from xml.etree.ElementTree import Element

from services.charts.svg import INK, MUTED, NAVY, RED, RULE, TEAL, add, axis_marks, canvas, markup

LEFT, RIGHT, TOP, PLOT_WIDTH, PLOT_HEIGHT, FOOT = 46.0, 46.0, 12.0, 700.0, 120.0, 30.0
LEGEND_HEIGHT, SAMPLE_WIDTH, MOST_DAYS_MARKED, LONE_RADIUS = 17.0, 30.0, 6, 2.5
STROKES = ({"stroke": NAVY}, {"stroke": TEAL, "stroke_dasharray": "6 3"}, {"stroke": RED, "stroke_dasharray": "2 2"})


@dataclass(frozen=True, slots=True)
class Series:
    """One line: its name, and the count of each day; None breaks it."""

    name: str
    counts: Sequence[int | None]


@dataclass(frozen=True, slots=True)
class TrendWords:
    """The words of the drawing, already in the reader's language."""

    title: str
    description: str
    figure: Callable[[int], str]
    day: Callable[[date], str]


@dataclass(frozen=True, slots=True)
class _Scale:
    days: Sequence[date]
    top: int

    def x(self, day: date) -> float:
        span = (self.days[-1] - self.days[0]).days or 1
        return LEFT + PLOT_WIDTH * (day - self.days[0]).days / span

    def y(self, count: float) -> float:
        return TOP + PLOT_HEIGHT * (1 - count / self.top)


def trend_chart(days: Sequence[date], lines: Sequence[Series], *, words: TrendWords) -> str:
    """Return the SVG of up to three lines over rising days; a day without a snapshot between two breaks each line."""
    highest = max((count for line in lines for count in line.counts if count is not None), default=0)
    marks = axis_marks(max(1, highest), most=4)
    scale = _Scale(days, marks[-1])
    width, height = LEFT + PLOT_WIDTH + RIGHT, TOP + PLOT_HEIGHT + FOOT + LEGEND_HEIGHT * len(lines)
    svg = canvas("trend-chart", width=width, height=height, title=words.title, description=words.description)
    _axes(svg, scale, marks, words)
    for at, (line, stroke) in enumerate(zip(lines, STROKES, strict=False)):
        _line(svg, scale, line, stroke)
        y = TOP + PLOT_HEIGHT + FOOT + LEGEND_HEIGHT * at + LEGEND_HEIGHT / 2
        add(svg, "line", x1=LEFT, x2=LEFT + SAMPLE_WIDTH, y1=y, y2=y, stroke_width=2, **stroke)
        add(svg, "text", line.name, x=LEFT + SAMPLE_WIDTH + 8, y=y + 4, fill=INK)
    return markup(svg)


def _axes(svg: Element, scale: _Scale, marks: Sequence[int], words: TrendWords) -> None:
    axis = add(svg, "g", aria_hidden="true")
    for mark in marks:
        y = scale.y(mark)
        add(axis, "line", x1=LEFT, x2=LEFT + PLOT_WIDTH, y1=y, y2=y, stroke=RULE if mark else INK)
        add(axis, "text", words.figure(mark), x=LEFT - 6, y=y + 4, text_anchor="end", fill=MUTED)
    span = (scale.days[-1] - scale.days[0]).days
    steps = min(MOST_DAYS_MARKED, span) or 1
    for day in sorted({scale.days[0] + timedelta(days=round(span * at / steps)) for at in range(steps + 1)}):
        y = TOP + PLOT_HEIGHT + 17
        add(axis, "text", words.day(day), x=scale.x(day), y=y, text_anchor="middle", fill=MUTED)


def _line(svg: Element, scale: _Scale, line: Series, stroke: dict[str, str]) -> None:
    for run in _runs(scale.days, line.counts):
        if len(run) == 1:
            (day, count) = run[0]
            add(svg, "circle", cx=scale.x(day), cy=scale.y(count), r=LONE_RADIUS, fill=stroke["stroke"])
        else:
            places = (f"{scale.x(day):.2f} {scale.y(count):.2f}" for day, count in run)
            add(svg, "path", d="M" + "L".join(places), fill="none", stroke_width=2, **stroke)


def _runs(days: Sequence[date], counts: Sequence[int | None]) -> list[list[tuple[date, int]]]:
    """The stretches of days one after the other that all have a count."""
    runs: list[list[tuple[date, int]]] = []
    for day, count in zip(days, counts, strict=True):
        if count is None:
            continue
        if runs and runs[-1][-1][0] == day - timedelta(days=1):
            runs[-1].append((day, count))
        else:
            runs.append([(day, count)])
    return runs
