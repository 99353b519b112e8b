"""The trend: a line for each count, broken where a day has none, and every word escaped."""

from datetime import date, timedelta
from xml.etree.ElementTree import fromstring

from services.charts.svg import SVG_NAMESPACE
from services.charts.trend import Series, TrendWords, trend_chart

SVG = f"{{{SVG_NAMESPACE}}}"
DAY = date(2026, 11, 20)
WORDS = TrendWords("Title <b>", "Description", str, date.isoformat)


def drawn(days, *counts):
    lines = [Series(f"line {at}", one) for at, one in enumerate(counts)]
    return fromstring(trend_chart([DAY + timedelta(days=n) for n in days], lines, words=WORDS))


def paths(svg):
    return [one.get("d") for one in svg.iter(f"{SVG}path")]


def test_a_line_goes_through_every_count_from_left_to_right():
    [path] = paths(drawn(range(3), [0, 5, 10]))
    points = [tuple(map(float, point.split())) for point in path[1:].split("L")]
    assert [x for x, _ in points] == sorted(x for x, _ in points)
    assert points[0][1] > points[1][1] > points[2][1]  # upwards is less


def test_a_day_without_snapshot_and_one_without_count_break_the_line():
    svg = drawn((0, 1, 3, 4, 5), [1, 2, 3, None, 4])
    assert len(paths(svg)) == 1
    assert len(list(svg.iter(f"{SVG}circle"))) == 2


def test_one_day_alone_is_a_point_and_nothing_at_all_is_no_fault():
    assert len(list(drawn((0,), [7]).iter(f"{SVG}circle"))) == 1
    assert paths(drawn((0, 1), [None, None])) == []


def test_lines_differ_without_colour_and_each_is_named():
    svg = drawn(range(2), [1, 2], [3, 4], [5, 6])
    dashes = [one.get("stroke-dasharray") for one in svg.iter(f"{SVG}path")]
    assert len(set(dashes)) == 3
    texts = [one.text for one in svg.iter(f"{SVG}text")]
    assert {"line 0", "line 1", "line 2"} <= set(texts)
    assert svg.find(f"{SVG}title").text == "Title <b>"
