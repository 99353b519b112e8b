"""Serial sera as a heat map: a row a specificity, a column a serum where it stands in time, donors above."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any
from xml.etree.ElementTree import Element

from services.charts.svg import BLUE, INK, MUTED, OCHRE, PAPER, RULE, add, canvas, markup, number

# One hue in seven steps: the least MFI of each, its colour, and that of the number on it (contrast of 5 and more).
STEPS = (
    (0, "#F7FBFF", "#000000"),
    (500, "#DCE9F5", "#000000"),
    (1_000, "#B5D1EA", "#000000"),
    (2_000, "#7FB2DB", "#000000"),
    (4_000, "#4A8DC4", "#000000"),
    (8_000, "#1F66A4", "#FFFFFF"),
    (16_000, "#0B3F73", "#FFFFFF"),
)
LEAST = [least for least, _, _ in STEPS]
LEFT, RIGHT, CELL, STEP, ROW, LANE = 146.0, 146.0, 46.0, 50.0, 18.0, 17.0
TIME_WIDTH = 880.0  # what the whole time takes where few sera leave room
BEFORE = timedelta(days=180)  # of what was given before the first serum, what is drawn in time
LEGEND_WIDTH, LEGEND_HEIGHT, TOP, HEAD, LINE, GAP = 680.0, 44.0, 4.0, 34.0, 112.0, 12.0
HATCH, LEGEND_HATCH = "not-tested", "not-tested-legend"


@dataclass(frozen=True, slots=True)
class SerumColumn:
    """One serum: its day, what is written above it, what broke since the one before, donors available.

    `lot_break` is a change of kit lot, `other_break` one of anything else that forbids a comparison.
    """

    on: date
    label: str
    lot_break: bool
    other_break: bool
    donors: int
    hint: str


@dataclass(frozen=True, slots=True)
class HeatRow:
    """One specificity: an MFI a serum, None where it was not tested; `used` where the rules use it."""

    name: str
    values: Sequence[float | None]
    used: bool = True


@dataclass(frozen=True, slots=True)
class Course:
    """One course of treatment; `until_on` is today for one that goes on."""

    name: str
    from_on: date
    until_on: date
    hint: str


@dataclass(frozen=True, slots=True)
class HeatWords:
    """The words of the drawing, already in the reader's language."""

    title: str
    description: str
    legend: str
    donors: str
    not_tested: str
    lot: str
    other: str
    reached: str
    figure: Callable[[float], str]


class TimeScale:
    """Days as places: sera as far apart as they are in time, but never closer than a cell is wide."""

    def __init__(self, days: Sequence[date], today: date, courses: Iterable[Course] = ()) -> None:
        last = max(today, days[-1])
        self.start = max(min([days[0], *(one.from_on for one in courses)]), days[0] - BEFORE)
        per_day = TIME_WIDTH / max(1, (last - self.start).days)
        self.places = [LEFT + max(CELL / 2, (days[0] - self.start).days * per_day)]
        for before, after in pairwise(days):
            self.places.append(self.places[-1] + max(STEP, (after - before).days * per_day))
        self.days = [self.start, *days, last]
        self.end = self.places[-1] + max(CELL / 2, (last - days[-1]).days * per_day)

    def x(self, day: date) -> float:
        """The place of any day: between two sera in proportion, outside at the edge."""
        places = [LEFT, *self.places, self.end]
        at = bisect_right(self.days, day)
        if at == 0:
            return LEFT
        if at == len(self.days):
            return places[-1]
        share = (day - self.days[at - 1]) / (self.days[at] - self.days[at - 1])
        return places[at - 1] + share * (places[at] - places[at - 1])


def heat_map(
    sera: Sequence[SerumColumn],
    rows: Sequence[HeatRow],
    courses: Sequence[Course],
    *,
    threshold_mfi: float,
    today: date,
    words: HeatWords,
) -> str:
    """Return the SVG; the sera are in time and at least one."""
    scale = TimeScale([one.on for one in sera], today, courses)
    lanes = list(dict.fromkeys(one.name for one in courses))
    above = TOP + LANE * len(lanes) + GAP
    top = above + LINE + HEAD
    foot = top + ROW * len(rows)
    svg = canvas(
        "heat-map",
        width=max(scale.end, LEFT + TIME_WIDTH) + RIGHT,
        height=foot + GAP,
        title=words.title,
        description=words.description,
    )
    _hatch(svg, HATCH)
    _lanes(svg, lanes, courses, scale)
    _heads(svg, sera, scale, top)
    _cells(svg, rows, scale, top, threshold_mfi, words)
    _breaks(svg, sera, scale, top, foot)
    _donors(svg, sera, scale, above, words)  # over the cells: seventy rows must not part it from the treatments
    return markup(svg)


def _hatch(svg: Element, name: str) -> None:
    pattern = add(add(svg, "defs"), "pattern", id=name, width=6, height=6, patternUnits="userSpaceOnUse")
    add(pattern, "rect", width=6, height=6, fill="#EDEDED")
    add(pattern, "path", d="M0 6L6 0", stroke="#8A8A8A", stroke_width=1)


def heat_legend(words: HeatWords) -> str:
    """Return the SVG that says what the colours and signs of the heat map mean, to stand above it."""
    svg = canvas(
        "heat-legend",
        width=LEGEND_WIDTH,
        height=LEGEND_HEIGHT,
        title=words.legend,
        description=words.title,
    )
    _hatch(svg, LEGEND_HATCH)
    x = 2.0
    for least, fill, ink in STEPS:
        add(svg, "rect", x=x, y=4.0, width=STEP, height=15.0, fill=fill, stroke=RULE)
        add(
            svg, "text", f"≥ {words.figure(least)}", x=x + STEP / 2, y=15.0, text_anchor="middle", fill=ink, font_size=9
        )
        x += STEP
    add(svg, "rect", x=x + 10, y=4.0, width=22.0, height=15.0, fill=f"url(#{LEGEND_HATCH})", stroke=RULE)
    x = _after(svg, words.not_tested, x + 37)
    add(svg, "rect", x=x, y=4.0, width=22.0, height=15.0, fill="none", stroke=INK, stroke_width=2)
    _after(svg, words.reached, x + 27)
    add(svg, "path", d=_notch(10, 36), fill=OCHRE)
    x = _after(svg, words.lot, 20.0, 36.0)
    add(svg, "line", x1=x + 4, x2=x + 4, y1=25.0, y2=40.0, stroke=OCHRE, stroke_width=2, stroke_dasharray="2 3")
    _after(svg, words.other, x + 12, 36.0)
    return markup(svg)


def _after(group: Element, text: str, x: float, y: float = 15.0) -> float:
    """Write a word of the legend; returns where the next sign may stand."""
    add(group, "text", text, x=x, y=y, fill=INK)
    return x + 5.6 * len(text) + 14


def _lanes(svg: Element, lanes: Sequence[str], courses: Iterable[Course], scale: TimeScale) -> None:
    for place, name in enumerate(lanes):
        y = TOP + LANE * place
        add(svg, "text", name, x=LEFT - 10, y=y + 11, text_anchor="end", fill=INK)
        add(svg, "text", name, x=scale.end + 8, y=y + 11, fill=INK)
        add(svg, "line", x1=LEFT, x2=scale.end, y1=y + 8, y2=y + 8, stroke=RULE)
        for one in courses:
            if one.name == name:
                if one.until_on < scale.start:  # too long ago to be in time here: only said to be earlier
                    add(add(svg, "path", d=f"M{number(LEFT)} {number(y + 8)}l8-6v12z", fill=OCHRE), "title", one.hint)
                    continue
                start, end = scale.x(one.from_on), scale.x(one.until_on)
                drawn = add(svg, "rect", x=start, y=y + 2, width=max(5.0, end - start), height=12.0, rx=2, fill=OCHRE)
                add(drawn, "title", one.hint)


def _heads(svg: Element, sera: Sequence[SerumColumn], scale: TimeScale, top: float) -> None:
    for one, x in zip(sera, scale.places, strict=True):
        head = add(svg, "text", one.label, x=x, y=top - 6, text_anchor="middle", fill=INK, font_size=10)
        add(head, "title", one.hint)


def _cells(
    svg: Element, rows: Sequence[HeatRow], scale: TimeScale, top: float, threshold_mfi: float, words: HeatWords
) -> None:
    """Cells of one colour as one path, so that forty sera stay a small drawing."""
    boxes: dict[str, list[str]] = {}
    end = scale.places[-1] + CELL / 2 + 8
    reached: list[str] = []
    cells = add(svg, "g", stroke=RULE)
    numbers = add(svg, "g", text_anchor="middle", font_size=10)
    for place, row in enumerate(rows):
        y = top + ROW * place
        add(numbers, "text", row.name, x=LEFT - 10, y=y + 13, text_anchor="end", fill=INK, font_size=11)
        add(numbers, "text", row.name, x=end, y=y + 13, text_anchor="start", fill=INK, font_size=11)
        for x, value in zip(scale.places, row.values, strict=True):
            box = f"M{number(x - CELL / 2)} {number(y)}h{number(CELL)}v{number(ROW)}h{number(-CELL)}z"
            if value is None:
                boxes.setdefault(f"url(#{HATCH})", []).append(box)
                continue
            _, fill, ink = STEPS[bisect_right(LEAST, value) - 1] if row.used else (0, PAPER, MUTED)
            boxes.setdefault(fill, []).append(box)
            if row.used and value >= threshold_mfi:
                reached.append(box)
            add(numbers, "text", words.figure(value), x=x, y=y + 13, fill=ink)
    for fill, found in boxes.items():
        add(cells, "path", d="".join(found), fill=fill)
    add(cells, "path", d="".join(reached), fill="none", stroke=INK, stroke_width=1.5)


def _breaks(svg: Element, sera: Sequence[SerumColumn], scale: TimeScale, top: float, foot: float) -> None:
    """Between two sera that are not comparable: a notch where the kit lot changed, a dotted line for anything else."""
    for one, before, after in zip(sera[1:], scale.places, scale.places[1:], strict=False):
        x = (before + after) / 2
        if one.lot_break:
            add(add(svg, "path", d=_notch(x, top - 3), fill=OCHRE), "title", one.hint)
        if one.other_break:
            line: dict[str, Any] = {"stroke": OCHRE, "stroke_width": 2, "stroke_dasharray": "2 3"}
            add(svg, "line", x1=x, x2=x, y1=top - 22, y2=foot, **line)


def _notch(x: float, y: float) -> str:
    return f"M{number(x - 5)} {number(y - 9)}h10l-5 9z"


def _donors(svg: Element, sera: Sequence[SerumColumn], scale: TimeScale, top: float, words: HeatWords) -> None:
    """The donors available in each serum; where the sera do not compare the line is broken."""
    low, high, most = top + LINE - 14, top + 34, max([1, *(one.donors for one in sera)])
    add(svg, "text", words.donors, x=scale.end, y=top + 8, text_anchor="end", fill=INK, font_weight="bold")
    if scale.end > LEFT + TIME_WIDTH + CELL:  # the beginning of a wide drawing is in sight without its end
        add(svg, "text", words.donors, x=LEFT, y=top + 8, fill=INK, font_weight="bold")
    add(svg, "line", x1=LEFT, x2=scale.end, y1=low, y2=low, stroke=RULE)
    heights = [low - (low - high) * one.donors / most for one in sera]
    for at in range(1, len(sera)):
        broken = sera[at].lot_break or sera[at].other_break
        look: dict[str, Any] = {"stroke": OCHRE, "stroke_dasharray": "3 4"} if broken else {"stroke": BLUE}
        (x1, x2), (y1, y2) = scale.places[at - 1 : at + 1], heights[at - 1 : at + 1]
        ends: dict[str, Any] = {"x1": x1, "x2": x2, "y1": y1, "y2": y2}
        add(svg, "line", **ends, **look, stroke_width=2)
    for one, x, y in zip(sera, scale.places, heights, strict=True):
        add(svg, "circle", cx=x, cy=y, r=3.5, fill=BLUE)
        add(svg, "text", words.figure(one.donors), x=x, y=y - 7, text_anchor="middle", fill=INK, font_size=10)
