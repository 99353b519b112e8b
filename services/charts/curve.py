"""The share of compatible donors at every threshold: a step curve for the nation, one for a region."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from services.charts.svg import INK, MUTED, NAVY, RULE, TEAL, add, axis_marks, canvas, markup

LEFT, RIGHT, TOP, PLOT_WIDTH, PLOT_HEIGHT, FOOT = 46.0, 176.0, 22.0, 578.0, 96.0, 26.0
LABEL_HEIGHT = 15.0
TOP_SHARES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
STROKES = ({"stroke": NAVY}, {"stroke": TEAL, "stroke_dasharray": "6 3"})


@dataclass(frozen=True, slots=True)
class Line:
    """One curve: its name and the share (0 to 1) of compatible donors up to each breakpoint."""

    name: str
    shares: Sequence[float]


@dataclass(frozen=True, slots=True)
class CurveWords:
    """The words of the drawing, already in the reader's language."""

    title: str
    description: str
    axis: str
    figure: Callable[[int], str]
    percent: Callable[[float], str]


def availability_curve(
    breakpoints_mfi: Sequence[int],
    lines: Sequence[Line],
    *,
    threshold_mfi: int,
    top_mfi: int,
    words: CurveWords,
) -> str:
    """Return the SVG of one or two curves.

    ``breakpoints_mfi`` rises; a share holds for every threshold above the breakpoint before, up to its own,
    and the last one for every threshold beyond. ``top_mfi`` is the end of the horizontal axis.
    """
    highest = max(share for line in lines for share in line.shares)
    top_share = next(share for share in TOP_SHARES if share >= min(highest, 1.0))
    svg = _frame(top_mfi, top_share, words)
    labels = _label_heights([line.shares[-1] / top_share for line in lines])
    for line, stroke, label_y in zip(lines, STROKES, labels, strict=False):
        _curve(svg, breakpoints_mfi, [share / top_share for share in line.shares], stroke, top_mfi)
        add(svg, "text", line.name, x=LEFT + PLOT_WIDTH + 8, y=label_y + 4, fill=stroke["stroke"])
    x = LEFT + PLOT_WIDTH * min(1.0, threshold_mfi / top_mfi)
    mark = add(svg, "g", id="curve-threshold", transform=f"translate({x:.2f} 0)")
    add(
        mark,
        "line",
        x1=0,
        x2=0,
        y1=TOP,
        y2=TOP + PLOT_HEIGHT,
        stroke=INK,
        stroke_width=2,
        stroke_dasharray="7 4",
    )
    return markup(svg)


def _frame(top_mfi: int, top_share: float, words: CurveWords) -> Element:
    """The empty drawing with its axes; the data attributes let the page move the threshold."""
    width, height = LEFT + PLOT_WIDTH + RIGHT, TOP + PLOT_HEIGHT + FOOT
    svg = canvas("availability-chart", width=width, height=height, title=words.title, description=words.description)
    svg.set("data-top-mfi", str(top_mfi))
    svg.set("data-plot-left", str(LEFT))
    svg.set("data-plot-width", str(PLOT_WIDTH))
    _axes(svg, top_mfi, top_share, words)
    return svg


def _axes(svg: Element, top_mfi: int, top_share: float, words: CurveWords) -> None:
    axis = add(svg, "g", aria_hidden="true")
    for share in (0.0, 0.5, 1.0):
        y = TOP + PLOT_HEIGHT * (1 - share)
        stroke = RULE if share else INK
        add(axis, "line", x1=LEFT, x2=LEFT + PLOT_WIDTH, y1=y, y2=y, stroke=stroke)
        add(axis, "text", words.percent(share * top_share), x=LEFT - 6, y=y + 4, text_anchor="end", fill=MUTED)
    for mark in axis_marks(top_mfi, most=10):
        if mark <= top_mfi:
            x = LEFT + PLOT_WIDTH * mark / top_mfi
            add(
                axis,
                "text",
                words.figure(mark),
                x=x,
                y=TOP + PLOT_HEIGHT + 17,
                text_anchor="middle",
                fill=MUTED,
            )
    add(axis, "text", words.axis, x=4, y=11, fill=MUTED)


def _curve(
    svg: Element, breakpoints_mfi: Sequence[int], heights: Sequence[float], stroke: dict[str, str], top_mfi: int
) -> None:
    steps = [f"M{LEFT:.2f} {_height(heights[0]):.2f}"]
    for breakpoint_mfi, share in zip(breakpoints_mfi, heights[1:], strict=False):
        if breakpoint_mfi >= top_mfi:
            break
        steps.append(f"H{LEFT + PLOT_WIDTH * breakpoint_mfi / top_mfi:.2f}V{_height(share):.2f}")
    steps.append(f"H{LEFT + PLOT_WIDTH:.2f}")
    add(svg, "path", d="".join(steps), fill="none", stroke_width=2, **stroke)


def _height(share: float) -> float:
    return TOP + PLOT_HEIGHT * (1 - share)


def _label_heights(shares: Sequence[float]) -> list[float]:
    heights = [_height(share) for share in shares]
    if len(heights) == 2 and abs(heights[0] - heights[1]) < LABEL_HEIGHT:
        heights[1] = heights[0] + LABEL_HEIGHT if heights[1] >= heights[0] else heights[0] - LABEL_HEIGHT
    return heights
