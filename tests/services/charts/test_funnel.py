"""The funnel: as long as its counts, with whiskers and ticks where they belong, parseable, without style."""

from xml.etree import ElementTree

import pytest

from services.charts.funnel import LEFT, PLOT_WIDTH, Bar, FunnelWords, funnel_chart

NS = {"svg": "http://www.w3.org/2000/svg"}
WORDS = FunnelWords("Title", "What it shows", "planned", "95 % interval")
BARS = [
    Bar("Contacted", 334, None, None, 925, "334"),
    Bar("Tested", 27, 18.0, 38.6, None, "27 · 8.1 % <5.4–11.5>"),
    Bar("Found", 0, 0.0, 3.4, 1, "0"),
]


def drawn(bars):
    return ElementTree.fromstring(funnel_chart(bars, WORDS))


def test_bars_whiskers_and_ticks_share_one_scale():
    scale = PLOT_WIDTH / 925
    contacted, tested, found = drawn(BARS).findall("svg:g", NS)[:3]
    assert float(contacted.find("svg:rect", NS).get("width")) == pytest.approx(334 * scale, abs=0.01)
    assert float(contacted.find("svg:line[@stroke-width='3']", NS).get("x1")) == pytest.approx(LEFT + PLOT_WIDTH)
    whisker = tested.find("svg:line[@stroke-width='1.5']", NS)
    ends = [float(whisker.get(name)) for name in ("x1", "x2")]
    assert ends == pytest.approx([LEFT + 18.0 * scale, LEFT + 38.6 * scale], abs=0.01)
    assert found.find("svg:rect", NS) is None
    assert [one.text for one in tested.findall("svg:text", NS)] == ["Tested", "27 · 8.1 % <5.4–11.5>"]


def test_a_find_among_hundreds_can_be_seen():
    (row,) = drawn([Bar("Found", 1, None, None, 10_000, "1")]).findall("svg:g", NS)[:1]
    assert float(row.find("svg:rect", NS).get("width")) == 2


@pytest.mark.parametrize("bars", [[], [Bar("Invited", 0, None, None, None, "0")]])
def test_a_campaign_without_donors_is_drawn_without_bars(bars):
    assert drawn(bars).findall(".//svg:rect", NS) == []


def test_it_has_words_for_a_screen_reader_and_no_style():
    text = funnel_chart(BARS, WORDS)
    assert "style=" not in text
    assert drawn(BARS).find("svg:title", NS).text == "Title"
