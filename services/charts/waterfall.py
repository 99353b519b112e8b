"""The waterfall of a pair: from the prior to the sum, a bar for what each field says for or against one person."""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from services.charts.svg import INK, MUTED, NAVY, RED, RULE, add, canvas, markup

LEFT, PLOT_WIDTH, RIGHT, TOP, ROW, BAR, FOOT = 250.0, 380.0, 70.0, 8.0, 26.0, 14.0, 30.0
FOR, AGAINST = "#CFDBEC", "#F3D6D7"  # light under ink: told apart by their edge and their sign too


@dataclass(frozen=True, slots=True)
class Fall:
    """One bar: its name, what it adds, where the sum stands after it, and the figure beside it."""

    name: str
    weight: float
    total: float
    figure: str


@dataclass(frozen=True, slots=True)
class WaterfallWords:
    """The words of the drawing, already in the reader's language."""

    title: str
    description: str
    even: str


def waterfall_chart(falls: Sequence[Fall], words: WaterfallWords) -> str:
    """Return the SVG of a waterfall; weights are bits, and right of nought is more likely one person than two."""
    ends = [0.0, *(end for fall in falls for end in (fall.total, fall.total - fall.weight))]
    low, high = min(ends), max(ends)
    scale = PLOT_WIDTH / max(high - low, 1.0)
    height = TOP + ROW * len(falls) + FOOT
    svg = canvas(
        "waterfall", width=LEFT + PLOT_WIDTH + RIGHT, height=height, title=words.title, description=words.description
    )
    nought = LEFT - low * scale
    bottom = TOP + ROW * len(falls)
    for at, fall in enumerate(falls):
        _bar(svg, fall, TOP + ROW * at, nought, scale)
        if at:  # where the sum stood before
            x, y = nought + (fall.total - fall.weight) * scale, TOP + ROW * at
            add(svg, "line", x1=x, x2=x, y1=y - (ROW - BAR) / 2, y2=y + (ROW - BAR) / 2, stroke=RULE)
    add(svg, "line", x1=nought, x2=nought, y1=TOP, y2=bottom + 6, stroke=INK, stroke_dasharray="3 3")
    add(svg, "text", words.even, x=nought, y=bottom + 18, text_anchor="middle", fill=MUTED)
    return markup(svg)


def _bar(svg: Element, fall: Fall, y: float, nought: float, scale: float) -> None:
    row, middle = add(svg, "g"), y + ROW / 2
    start, end = nought + (fall.total - fall.weight) * scale, nought + fall.total * scale
    left, width, favours = min(start, end), max(abs(end - start), 1.5), fall.weight >= 0
    add(row, "text", fall.name, x=LEFT - 8, y=middle + 4, text_anchor="end", fill=INK)
    add(
        row, "rect", x=left, y=middle - BAR / 2, width=width, height=BAR, fill=FOR if favours else AGAINST,
        stroke=NAVY if favours else RED, **({} if favours else {"stroke_dasharray": "4 2"}),
    )  # fmt: skip
    add(row, "text", fall.figure, x=LEFT + PLOT_WIDTH + RIGHT - 4, y=middle + 4, text_anchor="end", fill=INK)
