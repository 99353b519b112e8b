"""The drawings: parseable, without style, with title and description, and each bar filled by its state."""

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.charts.curve import CurveWords, Line, availability_curve
from services.charts.mfi import PLOT_HEIGHT, TOP, BeadBar, Words, mfi_bars, state_of
from services.charts.svg import axis_marks

NS = {"svg": "http://www.w3.org/2000/svg"}
WORDS = Words("Title", "What it shows", "MFI", "threshold", "not in scope", str)
CURVE_WORDS = CurveWords("Title", "What it shows", "%", str, lambda share: f"{share:.0%}")
BARS = [
    BeadBar("A*02:01", "A2", 12_000, "foreign", True, "A*02:01 & <A2>"),
    BeadBar("B*44:02", "B44", 1_500.5, "foreign", True, "B*44:02"),
    BeadBar("A*24:02", "A24", 9_000, "certain", True, "own"),
    BeadBar("B*40:02", "B61", 3_000, "possible", True, "perhaps own"),
    BeadBar("C*07:01", "Cw7", 4_000, "foreign", False, "C"),
]


def drawn(bars=BARS, threshold=2000):
    return ElementTree.fromstring(mfi_bars(bars, threshold_mfi=threshold, words=WORDS))


def fills(svg) -> dict[str, str]:
    return {
        g.find("svg:text[last()]/svg:tspan[last()]", NS).text.strip(): g.find("svg:rect", NS).get("fill")
        for g in svg.findall("svg:g[@class='bar']", NS)
    }


def test_each_bar_is_filled_by_its_state():
    assert fills(drawn()) == {
        "A*02:01": "url(#above)",
        "B*44:02": "#0A4495",
        "A*24:02": "url(#own)",
        "B*40:02": "url(#undecided)",
        "C*07:01": "url(#above)",
    }
    assert fills(drawn(threshold=3001))["B*40:02"] == "#0A4495"


@pytest.mark.parametrize(("mfi", "state"), [(1999.9, "below"), (2000, "above"), (2000.1, "above")])
def test_a_bar_is_above_from_the_threshold_up(mfi, state):
    assert state_of("foreign", mfi, 2000) == state


def test_a_possibly_own_bar_is_marked_by_a_sign_too():
    marked = [g for g in drawn().findall("svg:g[@class='bar']", NS) if g.findall("svg:text", NS)[0].text == "?"]
    assert [g.get("data-self") for g in marked] == ["possible"]


def test_a_bar_set_aside_by_the_directive_is_drawn_so_at_any_threshold():
    aside = BeadBar("A*02:06", "A2", 15_000, "foreign", True, "A*02:06", removed=True)
    for threshold in (1000, 20_000):
        bar = drawn([aside], threshold).find("svg:g[@class='bar']", NS)
        assert bar.get("data-fixed") == "removed"
        assert bar.find("svg:rect", NS).get("stroke-dasharray")


def test_bars_fall_and_what_does_not_decide_stands_apart():
    order = [
        (float(g.get("data-mfi")), g.find("svg:title", NS).text) for g in drawn().findall("svg:g[@class='bar']", NS)
    ]
    assert [mfi for mfi, _ in order] == [12_000, 9_000, 3_000, 1_500.5, 4_000]
    assert order[0][1] == "A*02:01 & <A2>"
    assert "not in scope" in "".join(drawn().itertext())


def test_the_threshold_line_stands_where_a_bar_of_that_mfi_ends():
    svg = drawn(threshold=3000)
    line = float(re.match(r"translate\(0 ([\d.]+)\)", svg.find("svg:g[@id='mfi-threshold']", NS).get("transform"))[1])
    bar = next(g for g in svg.findall("svg:g[@class='bar']", NS) if g.get("data-mfi") == "3000").find("svg:rect", NS)
    assert line == pytest.approx(float(bar.get("y")), abs=0.02)
    assert float(bar.get("y")) + float(bar.get("height")) == pytest.approx(TOP + PLOT_HEIGHT, abs=0.02)


@pytest.mark.parametrize(
    "svg",
    [
        mfi_bars(BARS, threshold_mfi=2000, words=WORDS),
        mfi_bars([], threshold_mfi=1, words=WORDS),
        availability_curve([10], [Line("x", [0.0])], threshold_mfi=5, top_mfi=10_000, words=CURVE_WORDS),
    ],
)
def test_a_drawing_has_title_and_description_and_no_style(svg):
    root = ElementTree.fromstring(svg)
    names = {root.find("svg:title", NS).get("id"), root.find("svg:desc", NS).get("id")}
    assert set(root.get("aria-labelledby").split()) == names
    assert root.get("role") == "img"
    for element in root.iter():
        assert element.tag.split("}")[1] not in {"style", "script", "foreignObject", "image"}
        assert not [name for name in element.attrib if name == "style" or name.startswith("on")]


bars = st.lists(
    st.builds(
        BeadBar,
        st.text("A*02:1<&\"'", max_size=8),
        st.text("B<>&", max_size=5),
        st.floats(0, 40_000),
        st.sampled_from(["certain", "possible", "foreign"]),
        st.booleans(),
        st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=10),
    ),
    max_size=130,
)


@given(bars, st.integers(1, 100_000))
def test_any_serum_can_be_drawn_inside_its_frame(beads, threshold):
    svg = drawn(beads, threshold)
    _, _, width, height = (float(n) for n in svg.get("viewBox").split())
    assert len(svg.findall("svg:g[@class='bar']", NS)) == len(beads)
    for bar in svg.findall("svg:g[@class='bar']/svg:rect", NS):
        x, y = float(bar.get("x")), float(bar.get("y"))
        assert 0 <= x <= x + float(bar.get("width")) <= width
        assert TOP - 0.51 <= y <= height


@given(st.floats(0, 10**6), st.integers(2, 12))
def test_marks_are_round_rise_and_reach_the_highest(highest, most):
    marks = axis_marks(highest, most=most)
    assert marks[0] == 0
    assert marks[-1] >= highest
    steps = {after - before for before, after in pairwise(marks)}
    assert len(steps) == 1
    assert str(steps.pop()).rstrip("0") in {"1", "2", "5"}
    assert len(marks) <= most + 2


def test_the_curve_steps_at_each_breakpoint():
    svg = ElementTree.fromstring(
        availability_curve(
            [1000, 3000, 3001], [Line("all", [0.1, 0.4, 1.0])], threshold_mfi=2000, top_mfi=10_000, words=CURVE_WORDS
        )
    )
    path = svg.find("svg:path", NS).get("d")
    assert path.count("V") == 2
    left, width = float(svg.get("data-plot-left")), float(svg.get("data-plot-width"))
    assert f"H{left + width * 0.1:.2f}" in path
    assert f"H{left + width * 0.3:.2f}" in path
    assert "100%" in "".join(svg.itertext())


def test_small_shares_fill_the_drawing():
    svg = availability_curve(
        [1000, 1001], [Line("all", [0.0, 0.004])], threshold_mfi=500, top_mfi=10_000, words=CURVE_WORDS
    )
    assert "1%" in svg
    assert "100%" not in svg


def test_two_lines_that_end_together_have_their_names_apart():
    svg = ElementTree.fromstring(
        availability_curve(
            [10],
            [Line("France", [0.5, 0.5]), Line("Corse", [0.5, 0.5])],
            threshold_mfi=5,
            top_mfi=10_000,
            words=CURVE_WORDS,
        )
    )
    heights = [float(t.get("y")) for t in svg.findall("svg:text", NS)]
    assert abs(heights[0] - heights[1]) >= 12
