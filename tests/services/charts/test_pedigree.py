"""The drawing of a family: everybody once, nobody on top of another, no crossing lines in ordinary families."""

import itertools
import re
from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given, settings

from domain.kinship import Pedigree, Relative, Status
from services.charts.pedigree import LEGEND, Person, Words, draw_pedigree
from services.charts.pedigree_layout import couples_of, lay_out
from tests.domain.test_kinship import families

R = Relative
PARENTS = [R("m", "F", mother="mgm", father="mgf"), R("f", "M", mother="pgm", father="pgf")]
GRANDPARENTS = [R("mgm", "F"), R("mgf", "M"), R("pgm", "F"), R("pgf", "M")]
NUCLEAR = [R("m", "F"), R("f", "M"), *(R(f"c{n}", "F", mother="m", father="f") for n in range(5))]
THREE = [
    R("p", "M", mother="m", father="f"), *PARENTS, *GRANDPARENTS,
    R("s1", "F", mother="m", father="f"), R("s2", "M", mother="m", father="f"),
    R("uncle", "M", mother="pgm", father="pgf"), R("aunt", "F", mother="mgm", father="mgf"),
    R("wife", "F"), R("c1", mother="wife", father="p"), R("c2", mother="wife", father="p"),
]  # fmt: skip
HALVES = [*NUCLEAR, R("x", "M"), R("h", mother="m", father="x"), R("y", "F"), R("k", mother="y", father="f")]
WORDS = Words("Family", "A drawing", [f"symbol {n}" for n in range(len(LEGEND))])


def drawn(pedigree, **more):
    people = {code: Person(one.status, [code, "relative"], **more) for code, one in pedigree.relatives.items()}
    return draw_pedigree(pedigree, people, words=WORDS)


@settings(max_examples=60)
@given(families())
def test_nobody_stands_on_another_and_children_stand_below_their_parents(pedigree):
    places = lay_out(pedigree)
    assert places.keys() == pedigree.relatives.keys()
    assert len({place.name for place in places.values()}) == len(places)
    for one, other in itertools.combinations(places.values(), 2):
        assert one.row != other.row or abs(one.x - other.x) > 1 - 1e-6
    for one in pedigree.relatives.values():
        assert all(places[parent].row < places[one.code].row for parent in one.parents)


@pytest.mark.parametrize("people", [NUCLEAR, THREE, HALVES], ids=["nuclear", "three generations", "half-siblings"])
def test_couples_stand_side_by_side_and_no_line_crosses_another(people):
    pedigree = Pedigree(people)
    places = lay_out(pedigree)
    for couple in couples_of(pedigree):
        one, other = (places[code] for code in couple)
        assert (one.row, abs(one.x - other.x)) == (other.row, pytest.approx(1))
    level, upright = segments(drawn(pedigree))
    assert level
    for y, left, right in level:
        assert [x for x, top, foot in upright if left < x < right and top < y < foot] == []


def segments(svg):
    """The level lines (y, from, to) and the upright ones (x, from, to) between people, as drawn."""
    level, upright = [], []
    for group in fromstring(svg):
        for path in group.iter() if group.attrib.get("stroke-width") == "1.5" else ():
            x = y = 0.0
            for kind, first, second in re.findall(r"([MHV])([-\d.]+)(?: ([-\d.]+))?", path.attrib.get("d", "")):
                to = float(first)
                if kind == "M":
                    x, y = to, float(second)
                elif kind == "H":
                    level.append((y, *sorted((x, to))))
                    x = to
                else:
                    upright.append((x, *sorted((y, to))))
                    y = to
    return level, upright


def test_children_stand_under_the_middle_of_their_parents():
    places = lay_out(Pedigree(NUCLEAR))
    middle = (places["m"].x + places["f"].x) / 2
    assert sum(places[f"c{n}"].x for n in range(5)) / 5 == pytest.approx(middle, abs=0.01)


def test_the_drawing_says_by_shape_and_fill_what_it_says_by_words():
    statuses = [Status.SHOWS, Status.CARRIER, Status.UNTESTED]
    people = [R("f", "M", status=Status.LACKS), R("m", "F", status=Status.LACKS),
              *(R(str(n), None, status=one, mother="m", father="f") for n, one in enumerate(statuses))]  # fmt: skip
    svg = fromstring(drawn(Pedigree(people), deceased=True, first=True))
    words = "".join(svg.itertext())
    assert svg.attrib["role"] == "img"
    for word in ("f", "m", "symbol 0", "Family", "?"):
        assert word in words
    kinds = {element.tag.rpartition("}")[2] for element in svg.iter()}
    assert {"rect", "circle", "path"} <= kinds
    assert not any(name in element.attrib for element in svg.iter() for name in ("style", "class", "onclick"))
    fills = {element.attrib.get("fill") for element in svg.iter()} - {None, "none"}
    assert len(fills) <= 3  # ink, grey text and paper: nothing is said by a colour


def test_a_long_label_is_cut_and_whole_in_its_title():
    pedigree = Pedigree([R("a", "F")])
    label = "DONOR-" + "9" * 40
    people = {"a": Person(Status.LACKS, [label])}
    svg = fromstring(draw_pedigree(pedigree, people, words=WORDS))
    texts = [element.text or "" for element in svg.iter() if element.tag.endswith("}text")]
    assert max(map(len, texts)) < 25
    assert label in "".join(svg.itertext())
