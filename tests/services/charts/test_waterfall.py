"""The waterfall: each bar begins where the last one ended, in one scale, told apart by more than colour."""

from xml.etree import ElementTree

import pytest

from services.charts.waterfall import LEFT, PLOT_WIDTH, RIGHT, Fall, WaterfallWords, waterfall_chart

NS = {"svg": "http://www.w3.org/2000/svg"}
WORDS = WaterfallWords("Title", "What it shows", "as likely one as two")
FALLS = [
    Fall("before", -8.0, -8.0, "−8.0"),
    Fall("Phone: the same", 16.0, 8.0, "+16.0"),
    Fall("Sex <different>", -4.0, 4.0, "−4.0"),
]


def drawn(falls):
    return ElementTree.fromstring(waterfall_chart(falls, WORDS))


def bars(svg):
    """Left end and right end of each bar, and whether its edge is broken."""
    found = svg.findall("svg:g/svg:rect", NS)
    return [
        (float(one.get("x")), float(one.get("x")) + float(one.get("width")), "stroke-dasharray" in one.attrib)
        for one in found
    ]


def test_each_bar_goes_from_the_sum_before_to_the_sum_after_it():
    scale = PLOT_WIDTH / 16
    nought = LEFT + 8 * scale
    assert bars(drawn(FALLS)) == [
        (pytest.approx(LEFT), pytest.approx(nought), True),
        (pytest.approx(LEFT), pytest.approx(LEFT + PLOT_WIDTH), False),
        (pytest.approx(nought + 4 * scale), pytest.approx(LEFT + PLOT_WIDTH), True),
    ]


def test_the_line_of_even_odds_stands_at_nought_and_says_so():
    svg = drawn(FALLS)
    line = svg.find("svg:line[@stroke-dasharray]", NS)
    label = svg.findall("svg:text", NS)[-1]
    assert float(line.get("x1")) == float(label.get("x")) == pytest.approx(LEFT + PLOT_WIDTH / 2)
    assert label.text == "as likely one as two"


def test_a_bar_has_its_name_and_its_figure_beside_it():
    rows = [[one.text for one in row.findall("svg:text", NS)] for row in drawn(FALLS).findall("svg:g", NS)]
    assert rows == [["before", "−8.0"], ["Phone: the same", "+16.0"], ["Sex <different>", "−4.0"]]


@pytest.mark.parametrize("falls", [[], [Fall("before", 0.0, 0.0, "0.0")], [Fall("before", 0.02, 0.02, "+0.0")]])
def test_what_says_next_to_nothing_is_drawn_all_the_same(falls):
    svg = drawn(falls)
    assert len(bars(svg)) == len(falls)
    assert all(1.5 <= right - left <= 8 for left, right, _ in bars(svg))
    assert svg.get("width") == f"{LEFT + PLOT_WIDTH + RIGHT:g}"


def test_it_has_words_for_a_screen_reader_and_no_style():
    assert "style=" not in waterfall_chart(FALLS, WORDS)
    assert drawn(FALLS).find("svg:title", NS).text == "Title"
    assert drawn(FALLS).find("svg:desc", NS).text == "What it shows"
