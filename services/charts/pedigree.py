"""A family drawn: a square is a man, a circle a woman; filled shows the phenotype, half filled carries it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

from domain.kinship import Pedigree, Status
from services.charts.pedigree_layout import Couple, Place, couples_of, lay_out
from services.charts.svg import INK, MUTED, PAPER, add, canvas, markup

COLUMN, ROW, HALF, EDGE = 122.0, 164.0, 15.0, 66.0
BAR_ABOVE, LANE, LINE = 44.0, 7.0, 14.0
LONGEST_LABEL = 19
MOST_LANES = 3


@dataclass(frozen=True, slots=True)
class Person:
    """What is drawn of one person: the state of the symbol, and up to four short lines under it."""

    status: Status
    lines: Sequence[str]
    deceased: bool = False
    first: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """The words of the drawing, in the reader's language; the legend in the order of LEGEND, empty where not used."""

    title: str
    description: str
    legend: Sequence[str]


# What the legend explains: the sex, the status, deceased, first.
LEGEND: tuple[tuple[str | None, Status, bool, bool], ...] = (
    ("M", Status.LACKS, False, False),
    ("F", Status.LACKS, False, False),
    (None, Status.LACKS, False, False),
    ("F", Status.SHOWS, False, False),
    ("F", Status.CARRIER, False, False),
    ("F", Status.UNTESTED, False, False),
    ("F", Status.LACKS, True, False),
    ("F", Status.LACKS, False, True),
)


def draw_pedigree(pedigree: Pedigree, people: Mapping[str, Person], *, words: Words) -> str:
    """Return the SVG of a family; black on white, nothing said by a colour."""
    places = lay_out(pedigree)
    width = max(2 * EDGE + COLUMN * max(one.x for one in places.values()), 4 * 190.0)
    foot = 124.0 + ROW * max(one.row for one in places.values())
    height = foot + 26.0 * -(-len(words.legend) // 4) + 8
    svg = canvas("pedigree", width=width, height=height, title=words.title, description=words.description)
    lanes = _lanes(couples_of(pedigree), places)
    lines = add(svg, "g", stroke=INK, stroke_width=1.5, fill="none")
    for couple, children in couples_of(pedigree).items():
        _family_lines(lines, couple, children, places, lanes[couple])
    for code, place in places.items():
        _person(svg, pedigree.relatives[code].sex, people[code], *_centre(place))
    _legend(svg, words.legend, foot)
    return markup(svg)


def _centre(place: Place) -> tuple[float, float]:
    return EDGE + COLUMN * place.x, 34.0 + ROW * place.row


def _drop(couple: Couple, places: Mapping[str, Place]) -> float:
    """Where the line to the children leaves the line of the couple: in the middle of partners side by side."""
    spots = sorted(_centre(places[code])[0] for code in couple)
    if len(spots) == 1:
        return spots[0] + COLUMN / 2
    return (spots[0] + spots[1]) / 2 if spots[1] - spots[0] < 1.5 * COLUMN else spots[1] - COLUMN / 2


def _span(couple: Couple, children: Sequence[str], places: Mapping[str, Place]) -> tuple[float, float]:
    spots = [_drop(couple, places), *(_centre(places[code])[0] for code in children)]
    return min(spots), max(spots)


def _lanes(couples: Mapping[Couple, Sequence[str]], places: Mapping[str, Place]) -> dict[Couple, int]:
    """A height for each bar of brothers and sisters: bars that would run into each other get different ones."""
    lanes: dict[Couple, int] = {}
    taken: dict[tuple[int, int], list[tuple[float, float]]] = {}

    def width(couple: Couple) -> float:
        left, right = _span(couple, couples[couple], places)
        return right - left

    for couple in sorted(couples, key=width):  # the narrow ones above: their lines down do not meet the wide bars
        row = min(places[code].row for code in couples[couple])
        left, right = _span(couple, couples[couple], places)
        free = (lane for lane in range(MOST_LANES) if all(right < a or b < left for a, b in taken.get((row, lane), ())))
        lanes[couple] = next(free, MOST_LANES - 1)
        taken.setdefault((row, lanes[couple]), []).append((left, right))
    return lanes


def _family_lines(
    lines: Element, couple: Couple, children: Sequence[str], places: Mapping[str, Place], lane: int
) -> None:
    """The line of a couple, the one down from it, the bar of the children and the lines down to each."""
    drop, parents = _drop(couple, places), sorted(_centre(places[code]) for code in couple)
    y = max(spot[1] for spot in parents)
    if len(parents) == 1:
        add(lines, "path", d=f"M{parents[0][0] + HALF:.2f} {y:.2f}H{drop:.2f}", stroke_dasharray="4 3")
    elif parents[1][0] - parents[0][0] < 1.5 * COLUMN and parents[0][1] == parents[1][1]:
        add(lines, "path", d=f"M{parents[0][0] + HALF:.2f} {y:.2f}H{parents[1][0] - HALF:.2f}")
    else:  # somebody stands between: over their heads
        (x1, y1), (x2, y2) = parents
        over = min(y1, y2) - HALF - 8
        add(lines, "path", d=f"M{x1:.2f} {y1 - HALF:.2f}V{over:.2f}H{x2:.2f}V{y2 - HALF:.2f}")
        add(lines, "path", d=f"M{drop:.2f} {over:.2f}V{y:.2f}")
    bar = min(_centre(places[code])[1] for code in children) - BAR_ABOVE + LANE * lane
    left, right = _span(couple, children, places)
    add(lines, "path", d=f"M{drop:.2f} {y:.2f}V{bar:.2f}M{left:.2f} {bar:.2f}H{right:.2f}")
    for code in children:
        x, top = _centre(places[code])
        add(lines, "path", d=f"M{x:.2f} {bar:.2f}V{top - HALF:.2f}")


def _person(svg: Element, sex: str | None, person: Person, x: float, y: float) -> None:
    group = add(svg, "g")
    add(group, "title", " · ".join(person.lines))
    _symbol(group, sex, person.status, x, y, deceased=person.deceased, first=person.first)
    for number, line in enumerate(person.lines):
        short = line if len(line) <= LONGEST_LABEL else f"{line[: LONGEST_LABEL - 1]}…"
        look: dict[str, Any] = {"fill": MUTED if number == 1 else INK, "font_weight": "normal" if number else "bold"}
        add(group, "text", short, x=x, y=y + HALF + 14 + LINE * number, text_anchor="middle", **look)


def _symbol(
    group: Element, sex: str | None, status: Status, x: float, y: float, *, deceased: bool, first: bool
) -> None:
    fill = INK if status is Status.SHOWS else PAPER
    _outline(group, sex, x, y, fill=fill, stroke=INK, stroke_width=1.8)
    if status is Status.CARRIER:
        add(group, "path", d=_left_half(sex, x, y), fill=INK)
    if status is Status.UNTESTED:
        add(group, "text", "?", x=x, y=y + 5, text_anchor="middle", font_size="15", font_weight="bold", fill=INK)
    if deceased:
        add(group, "path", d=f"M{x - 21:.2f} {y + 21:.2f}L{x + 21:.2f} {y - 21:.2f}", stroke=PAPER, stroke_width=5)
        add(group, "path", d=f"M{x - 21:.2f} {y + 21:.2f}L{x + 21:.2f} {y - 21:.2f}", stroke=INK, stroke_width=1.8)
    if first:
        tip = f"M{x - 36:.2f} {y - 26:.2f}L{x - 19:.2f} {y - 14:.2f}m-3 -9l3 9l-9 0"
        add(group, "path", d=tip, stroke=INK, stroke_width=1.8, fill="none")


def _outline(group: Element, sex: str | None, x: float, y: float, **style: Any) -> None:
    if sex == "F":
        add(group, "circle", cx=x, cy=y, r=HALF, **style)
    elif sex == "M":
        add(group, "rect", x=x - HALF, y=y - HALF, width=2 * HALF, height=2 * HALF, **style)
    else:
        add(group, "path", d=f"M{x:.2f} {y - HALF:.2f}l{HALF} {HALF}l-{HALF} {HALF}l-{HALF} -{HALF}Z", **style)


def _left_half(sex: str | None, x: float, y: float) -> str:
    if sex == "F":
        return f"M{x:.2f} {y - HALF:.2f}A{HALF} {HALF} 0 0 0 {x:.2f} {y + HALF:.2f}Z"
    if sex == "M":
        return f"M{x:.2f} {y - HALF:.2f}h-{HALF}v{2 * HALF}h{HALF}Z"
    return f"M{x:.2f} {y - HALF:.2f}l-{HALF} {HALF}l{HALF} {HALF}Z"


def _legend(svg: Element, legend: Sequence[str], top: float) -> None:
    group = add(svg, "g", aria_hidden="true")
    used = [(symbol, words) for symbol, words in zip(LEGEND, legend, strict=True) if words]
    for number, ((sex, status, deceased, first), words) in enumerate(used):
        x, y = 40.0 + 186.0 * (number % 4), top + 26.0 * (number // 4)
        symbol = add(group, "g", transform=f"translate({x:.2f} {y:.2f}) scale(0.55)")
        _symbol(symbol, sex, status, 0.0, 0.0, deceased=deceased, first=first)
        add(group, "text", words, x=x + 15, y=y + 4, fill=INK)
