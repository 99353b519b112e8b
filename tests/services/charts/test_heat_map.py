"""The heat map: a cell for each value, hatched where not tested, in true time, with its breaks."""

from datetime import date, timedelta
from xml.etree.ElementTree import fromstring

import pytest

from services.charts.heat_map import (
    CELL,
    STEP,
    STEPS,
    Course,
    HeatRow,
    HeatWords,
    SerumColumn,
    TimeScale,
    heat_legend,
    heat_map,
)

NS = {"s": "http://www.w3.org/2000/svg"}
FIRST = date(2026, 1, 1)
WORDS = HeatWords(
    title="MFI",
    description="d",
    legend="legend",
    donors="donors",
    not_tested="not tested",
    lot="other lot",
    other="other",
    reached="reached",
    figure=lambda value: f"{value:.0f}",
)


def column(day: int, *, lot=False, other=False, donors=0) -> SerumColumn:
    return SerumColumn(FIRST + timedelta(days=day), f"+{day}", lot, other, donors, "hint")


def draw(sera, rows, courses=(), *, threshold=2000, today=FIRST + timedelta(days=400)):
    return fromstring(heat_map(sera, rows, courses, threshold_mfi=threshold, today=today, words=WORDS))


def texts(svg) -> list[str]:
    return [one.text for one in svg.iterfind(".//s:text", NS)]


def boxes(svg, **attributes) -> int:
    """The cells drawn in the path of these attributes."""
    paths = [one for one in svg.iterfind(".//s:path", NS) if all(one.get(k) == v for k, v in attributes.items())]
    return sum(one.get("d").count("z") for one in paths)


def test_every_value_is_printed_and_a_missing_one_is_hatched():
    svg = draw(
        [column(0), column(30)],
        [HeatRow("A2", [9000, 1999]), HeatRow("B7", [None, 0]), HeatRow("A1°", [3000, 2000], used=False)],
    )
    assert [one for one in texts(svg) if one.isdigit()] == ["9000", "1999", "0", "3000", "2000", "0", "0"]
    assert boxes(svg, fill="url(#not-tested)") == 1
    assert boxes(svg, fill="#1F66A4") == 1  # 8,000 to 16,000
    assert boxes(svg, fill="none", stroke="#1f2937") == 1  # only what the rules use is framed


@pytest.mark.parametrize(
    ("mfi", "step"), [(0, 0), (499.9, 0), (500, 1), (1999, 2), (2000, 3), (15_999, 5), (90_000, 6)]
)
def test_a_colour_begins_at_its_least_mfi(mfi, step):
    svg = draw([column(0)], [HeatRow("A2", [mfi])], threshold=99_999)
    assert boxes(svg, fill=STEPS[step][1]) == 1


def test_sera_stand_in_true_time_and_never_closer_than_a_cell():
    scale = TimeScale(
        [FIRST, FIRST + timedelta(days=1), FIRST + timedelta(days=101), FIRST + timedelta(days=301)], FIRST
    )
    near, far, farther = (after - before for before, after in zip(scale.places, scale.places[1:], strict=False))
    assert near == STEP > CELL
    assert farther == pytest.approx(2 * far)
    assert scale.places[0] < scale.x(FIRST + timedelta(days=50)) < scale.places[2]
    assert scale.x(FIRST - timedelta(days=900)) < scale.places[0]
    assert scale.x(FIRST + timedelta(days=900)) == scale.end


def test_two_sera_of_one_day_are_two_columns():
    scale = TimeScale([FIRST, FIRST], FIRST)
    assert scale.places[1] - scale.places[0] == STEP


def test_breaks_are_marked_between_the_sera_and_on_the_line_of_donors():
    svg = draw(
        [column(0, donors=3), column(90, lot=True, donors=5), column(180, other=True, donors=0), column(300)], []
    )
    dashes = [one.get("stroke-dasharray") for one in svg.iterfind(".//s:line", NS)]
    assert dashes.count("2 3") == 1
    assert dashes.count("3 4") == 2
    assert len([one for one in svg.iterfind(".//s:path", NS) if (one.get("fill") or "") == "#8F6007"]) == 1
    assert [one for one in texts(svg) if one.isdigit()] == ["3", "5", "0", "0"]


def test_a_course_that_goes_on_ends_today_and_one_name_is_one_lane():
    courses = [
        Course("IVIG", FIRST, FIRST, "one day"),
        Course("IVIG", FIRST, FIRST + timedelta(days=400), "IVIG <now>"),
    ]
    svg = draw([column(0), column(100)], [], courses)
    bars = [one for one in svg.iterfind(".//s:rect", NS) if one.find("s:title", NS) is not None]
    assert [one.find("s:title", NS).text for one in bars] == ["one day", "IVIG <now>"]
    assert len({one.get("y") for one in bars}) == 1
    assert float(bars[0].get("width")) == 5


def test_what_was_given_before_the_first_serum_stands_before_it():
    scale = TimeScale([FIRST], FIRST, [Course("IVIG", FIRST - timedelta(days=60), FIRST - timedelta(days=30), "")])
    start, end = scale.x(FIRST - timedelta(days=60)), scale.x(FIRST - timedelta(days=30))
    assert end - start == pytest.approx(scale.places[0] - end)
    assert end - start > 100
    long_ago = Course("rituximab", FIRST - timedelta(days=900), FIRST - timedelta(days=800), "long ago")
    svg = draw([column(0), column(100)], [], [long_ago])
    (arrow,) = [one for one in svg.iterfind(".//s:path", NS) if one.find("s:title", NS) is not None]
    assert arrow.find("s:title", NS).text == "long ago"  # said at the edge, never as a bar of days it did not last


def test_the_donors_stand_between_the_treatments_and_the_cells():
    svg = draw([column(0, donors=7)], [HeatRow("A2", [9000])], [Course("IVIG", FIRST, FIRST, "one day")])
    places = {one.text: float(one.get("y")) for one in svg.iterfind(".//s:text", NS)}
    assert places["IVIG"] < places["7"] < places["+0"] < places["9000"]


def test_the_legend_says_every_colour_and_sign():
    said = texts(fromstring(heat_legend(WORDS)))
    assert said == [*(f"≥ {least}" for least, _, _ in STEPS), "not tested", "reached", "other lot", "other"]


def test_each_number_is_legible_on_its_colour():
    def light(colour):
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [one / 12.92 if one <= 0.03928 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
        return sum(weight * one for weight, one in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    for _, fill, ink in STEPS:
        low, high = sorted((light(fill), light(ink)))
        assert (high + 0.05) / (low + 0.05) >= 5
