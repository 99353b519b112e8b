"""The bars of the weeks ahead: what they say, and where a bar is cut so that the need is seen."""

from xml.etree.ElementTree import fromstring

from services.charts.supply import CUT_AT, Bar, SupplyWords, supply_chart

WORDS = SupplyWords("t", "d", "givers", "left", "need", "gap", figure=str)
SVG = "{http://www.w3.org/2000/svg}"


def drawn(*bars):
    return fromstring(supply_chart(bars, words=WORDS))


def texts(svg):
    return [one.text for one in svg.iter(f"{SVG}text")]


def test_a_gap_is_marked_with_its_units_and_only_there():
    svg = drawn(Bar("01/12", 5, 3, 2, 0, "h1"), Bar("08/12", 5, 1, 2, 1, "h2"))
    assert texts(svg).count("−1") == 1
    assert [one.text for one in svg.iter(f"{SVG}title")] == ["t", "h1", "h2"]


def test_a_bar_far_above_the_need_is_cut_and_its_figure_told():
    svg = drawn(Bar("01/12", 900, 890, 3, 0, "h"))
    marks = [int(one.text) for one in svg.iter(f"{SVG}text") if one.text.isdigit()]
    assert 900 in marks
    assert max(one for one in marks if one < 800) <= 2 * CUT_AT * 3
    assert all(float(one.get("height")) <= 151 for one in svg.iter(f"{SVG}rect"))


def test_a_bar_a_little_above_the_need_is_drawn_whole_and_a_cut_one_is_seen_to_be_cut():
    tall, short = drawn(Bar("01/12", 9, 8, 2, 0, "h")).iter(f"{SVG}rect"), drawn(Bar("01/12", 900, 1, 3, 0, "h"))
    nine, eight = [float(one.get("height")) for one in tall][:2]
    assert abs(nine * 8 - eight * 9) < 1
    assert len([one for one in short.iter(f"{SVG}path") if one.get("stroke") == "#ffffff"]) == 1


def test_weeks_without_donors_and_need_are_drawn():
    assert "01/12" in texts(drawn(Bar("01/12", 0, 0, 0, 0, "h")))
