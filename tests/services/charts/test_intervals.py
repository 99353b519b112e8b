"""Dots and intervals: each group where its value is, its whisker only where it has an interval."""

from xml.etree.ElementTree import fromstring

from services.charts.intervals import LEFT, PLOT, Dot, DotWords, dot_chart

SVG = "{http://www.w3.org/2000/svg}"


def words(**more):
    usual = {"identifier": "d", "title": "T", "description": "D", "axis": "CCI", "limit": 7.5, "limit_label": "> 7.5"}
    return DotWords(**{**usual, "is_share": False, "figure": str, **more})


def dots(svg):
    return [float(one.get("cx")) for one in svg.iter(f"{SVG}circle")]


def test_a_dot_stands_at_its_value_and_a_whisker_at_both_ends():
    svg = fromstring(dot_chart([Dot("A", 10, 5, 20, "n = 9", "A: 10"), Dot("C", -2, None, None, "", "C")], words()))
    assert dots(svg) == [LEFT + PLOT / 2, LEFT]  # a negative one at 0
    whiskers = [one for one in svg.iter(f"{SVG}line") if one.get("stroke-width") == "2"]
    first = whiskers[0]
    assert (float(first.get("x1")), float(first.get("x2"))) == (LEFT + PLOT / 4, LEFT + PLOT)
    assert len(whiskers) == 3
    assert [one.text for one in svg.iter(f"{SVG}title")] == ["T", "A: 10", "C"]


def test_a_share_ends_at_one_and_has_no_limit():
    dot = Dot("a name that is much too long for its place", 0.5, 0.25, 1, "", "h")
    svg = fromstring(dot_chart([dot], words(is_share=True, limit=None)))
    assert dots(svg) == [LEFT + PLOT / 2]
    assert not [one for one in svg.iter(f"{SVG}line") if one.get("stroke-dasharray")]
    assert any(one.text and one.text.endswith("…") for one in svg.iter(f"{SVG}text"))
