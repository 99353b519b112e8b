"""The bars of one serum: a bar for each bead, by falling MFI, with the threshold across."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal
from xml.etree.ElementTree import Element

from services.charts.svg import BLUE, INK, MUTED, OCHRE, PAPER, RED, RULE, add, axis_marks, canvas, markup

Self = Literal["certain", "possible", "foreign"]

LEFT, RIGHT, TOP, PLOT_HEIGHT, LABEL_HEIGHT = 58.0, 76.0, 26.0, 210.0, 98.0
FULL_WIDTH, NARROWEST_PITCH, WIDEST_PITCH, GAP = 1200.0, 12.5, 30.0, 22.0
LEAST_TOP_MFI = 2500
FILLS = {"own": "url(#own)", "above": "url(#above)", "undecided": "url(#undecided)", "below": BLUE, "removed": PAPER}


@dataclass(frozen=True, slots=True)
class BeadBar:
    """One bead to draw: its names, its MFI, whose antigen it is, whether its locus decides, whether set aside."""

    allele: str
    antigen: str
    mfi: float
    whose: Self
    in_scope: bool
    hint: str
    removed: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """The words of the drawing, already in the reader's language."""

    title: str
    description: str
    axis: str
    threshold: str
    out_of_scope: str
    figure: Callable[[int], str]


def mfi_bars(bars: Sequence[BeadBar], *, threshold_mfi: int, words: Words) -> str:
    """Return the SVG: striped from the threshold up, own antigens hatched, possibly own ones marked ``?``."""
    inside = sorted((bar for bar in bars if bar.in_scope), key=_by_falling_mfi)
    outside = sorted((bar for bar in bars if not bar.in_scope), key=_by_falling_mfi)
    gap = GAP if inside and outside else 0.0
    room = FULL_WIDTH - LEFT - RIGHT - gap
    pitch = min(WIDEST_PITCH, max(NARROWEST_PITCH, room / max(1, len(bars))))
    width = max(FULL_WIDTH, LEFT + RIGHT + gap + pitch * len(bars))
    marks = axis_marks(max([bar.mfi for bar in bars] + [threshold_mfi, LEAST_TOP_MFI]) if bars else LEAST_TOP_MFI)
    svg = _frame(width, marks, words)
    start = LEFT + 4 + pitch * len(inside) + gap
    for index, bar in enumerate(inside):
        _bar(svg, bar, LEFT + 4 + pitch * index, pitch, marks[-1], threshold_mfi)
    for index, bar in enumerate(outside):
        _bar(svg, bar, start + pitch * index, pitch, marks[-1], threshold_mfi)
    if outside:
        _border(svg, start, gap, words)
    _threshold(svg, threshold_mfi, marks[-1], width, words)
    return markup(svg)


def _frame(width: float, marks: Sequence[int], words: Words) -> Element:
    """The empty drawing with its axis; the data attributes let the page move the threshold."""
    height = TOP + PLOT_HEIGHT + LABEL_HEIGHT
    svg = canvas("mfi-chart", width=width, height=height, title=words.title, description=words.description)
    svg.set("data-top-mfi", str(marks[-1]))
    svg.set("data-plot-top", str(TOP))
    svg.set("data-plot-height", str(PLOT_HEIGHT))
    svg.set("data-below", FILLS["below"])
    _patterns(svg)
    _axis(svg, marks, width, words)
    return svg


def _border(svg: Element, start: float, gap: float, words: Words) -> None:
    """Where the beads begin whose locus does not decide."""
    add(svg, "text", words.out_of_scope, x=start, y=TOP - 12, fill=MUTED)
    if gap:
        x, dots = start - gap / 2, "2 3"
        add(svg, "line", x1=x, x2=x, y1=TOP - 20, y2=TOP + PLOT_HEIGHT, stroke=MUTED, stroke_dasharray=dots)


def state_of(whose: Self, mfi: float, threshold_mfi: int) -> str:
    """Return how a bar is filled: own, above, undecided (possibly own, at or above) or below."""
    if whose == "certain":
        return "own"
    if mfi < threshold_mfi:
        return "below"
    return "undecided" if whose == "possible" else "above"


def _by_falling_mfi(bar: BeadBar) -> tuple[float, str]:
    return -bar.mfi, bar.allele


def _patterns(svg: Element) -> None:
    defs = add(svg, "defs")
    above = add(defs, "pattern", id="above", width=5, height=5, patternUnits="userSpaceOnUse")
    add(above, "rect", width=5, height=5, fill=RED)
    add(above, "path", d="M0 2.5H5", stroke="#e9b8ba", stroke_width="0.9")
    own = add(defs, "pattern", id="own", width=6, height=6, patternUnits="userSpaceOnUse")
    add(own, "rect", width=6, height=6, fill=PAPER)
    add(own, "path", d="M-1 1L1 -1M0 6L6 0M5 7L7 5", stroke=MUTED, stroke_width="1.3")
    undecided = add(defs, "pattern", id="undecided", width=5, height=5, patternUnits="userSpaceOnUse")
    add(undecided, "rect", width=5, height=5, fill=OCHRE)
    add(undecided, "circle", cx=2.5, cy=2.5, r=1.1, fill="#fff4dd")


def _axis(svg: Element, marks: Sequence[int], width: float, words: Words) -> None:
    axis = add(svg, "g", aria_hidden="true")
    for mark in marks:
        y = TOP + PLOT_HEIGHT * (1 - mark / marks[-1])
        add(axis, "line", x1=LEFT, x2=width - RIGHT, y1=y, y2=y, stroke=RULE if mark else INK)
        add(axis, "text", words.figure(mark), x=LEFT - 6, y=y + 4, text_anchor="end", fill=MUTED)
    add(axis, "text", words.axis, x=4, y=12, fill=MUTED)


def _bar(svg: Element, bar: BeadBar, x: float, pitch: float, top_mfi: int, threshold_mfi: int) -> None:
    height = max(PLOT_HEIGHT * bar.mfi / top_mfi, 0.5)
    y, thickness = TOP + PLOT_HEIGHT - height, pitch * 0.78
    middle = x + thickness / 2
    state = "removed" if bar.removed else state_of(bar.whose, bar.mfi, threshold_mfi)
    fixed = {"data_fixed": state} if state in ("own", "removed") else {}
    group = add(svg, "g", class_="bar", data_mfi=float(bar.mfi), data_self=bar.whose, **fixed)
    add(group, "title", bar.hint)
    outline = {"stroke": MUTED} if fixed else {}
    dots = {"stroke_dasharray": "2 2"} if bar.removed else {}
    add(group, "rect", x=x, y=y, width=thickness, height=height, fill=FILLS[state], **outline, **dots)
    if bar.whose == "possible":
        add(group, "text", "?", x=middle, y=y - 3, text_anchor="middle", font_weight="bold", fill=INK)
    _label(group, bar, middle + 3.5)


def _label(group: Element, bar: BeadBar, x: float) -> None:
    """Antigen then allele, read upwards under the bar."""
    y = TOP + PLOT_HEIGHT + 6
    turned = f"rotate(-90 {x:.2f} {y:.2f})"
    label = add(group, "text", x=x, y=y, text_anchor="end", fill=INK, transform=turned, font_size="10")
    add(label, "tspan", bar.antigen, font_weight="bold")
    if bar.allele != bar.antigen:
        add(label, "tspan", " " + bar.allele, fill=MUTED)


def _threshold(svg: Element, threshold_mfi: int, top_mfi: int, width: float, words: Words) -> None:
    y = TOP + PLOT_HEIGHT * (1 - threshold_mfi / top_mfi)
    line = add(svg, "g", id="mfi-threshold", transform=f"translate(0 {y:.2f})")
    add(line, "line", x1=LEFT - 4, x2=width - RIGHT + 4, y1=0, y2=0, stroke=PAPER, stroke_width=3)
    add(
        line,
        "line",
        x1=LEFT - 4,
        x2=width - RIGHT + 4,
        y1=0,
        y2=0,
        stroke=INK,
        stroke_width=2,
        stroke_dasharray="7 4",
    )
    add(line, "text", words.threshold, x=width - RIGHT + 8, y=-3, fill=INK)
    add(
        line,
        "text",
        words.figure(threshold_mfi),
        x=width - RIGHT + 8,
        y=11,
        fill=INK,
        font_weight="bold",
        id="mfi-threshold-figure",
    )
