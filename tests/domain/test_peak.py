"""The peak over several sera: which may be combined, and that it never clears what the serum read does not (MATCHING §4)."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import UnusableInput
from domain.peak import months_before, parse_serum_rule, peak_profile, same_treatment
from domain.phenotype import parse_locus
from domain.profile import build_profile
from domain.reactivity import SerumReading
from domain.typing_text import parse_typed_value
from services.reference import core_reference
from tests.properties import strategies as mine

REFERENCE = core_reference()


def profile(beads):
    return build_profile([(one.split("=")[0], float(one.split("=")[1])) for one in beads.split()], REFERENCE)


def reading(*sera, patient="A1 A3 B8 B*44:02"):
    values = [parse_typed_value(text, reference=REFERENCE).value for text in patient.split()]
    found = peak_profile([(f"S{at}", profile(beads)) for at, beads in enumerate(sera, start=1)])
    return SerumReading(found, values, REFERENCE)


def test_each_bead_is_the_highest_and_names_its_serum():
    found = peak_profile([("S1", profile("A*02:01=100 A*24:02=900")), ("S2", profile("A*02:01=700 B*35:01=10"))])
    assert [(one.allele, one.mfi, one.serum, one.earlier) for one in found.beads] == [
        ("A*02:01", 700.0, "S2", False),
        ("A*24:02", 900.0, "S1", False),
        ("B*35:01", 10.0, "S2", True),
    ]
    assert found.alone == 2


@pytest.mark.parametrize(
    ("sera", "value", "threshold", "reaction"),
    [
        (("A*02:01=100", "A*02:01=5000"), "A2", 2000, "positive"),
        (("A*02:01=100", "B*35:01=10"), "B35", 2000, "untested"),  # an earlier panel clears nothing
        (("A*02:01=100", "B*35:01=5000"), "B35", 2000, "positive"),
        (("A*02:01=100", "B*35:01=5000 B*35:08=9000"), "B35", 7000, "positive"),
        (("A*02:01=100", "B*35:01=5000 B*35:08=9000"), "B35", 10_000, "untested"),
        (("B*35:01=9000", "B*35:08=10"), "B*35:08", 2000, "positive"),  # nor its finer bead
        (("B*35:01=9000", "B*35:08=3000"), "B35", 2000, "positive"),
        (("B*35:01=9000", "B*35:08=3000"), "B35", 5000, "positive"),
        (("B*35:01=100", "B*35:08=3000"), "B35", 2000, "undecided"),
        (("B*35:01=100", "B*35:08=3000"), "B35", 5000, "negative"),
        (("B*35:01=100", "B*35:08=3000"), "B*35:01", 2000, "negative"),  # its own bead is on the panel
        (("A*02:01=100", "B*44:03=5000"), "B*44:02", 2000, "negative"),  # the patient's own
        (("A*02:01=100", "A*24:07=5000"), "A24", 2000, "undecided"),  # A24 or A2403
        (("A*24:02=0", "A*24:03=9000"), "A24", 2000, "undecided"),  # an associated antigen that this panel lacks
        (("A*24:02=0", "A*24:03=9000"), "A*24", 10_000, "negative"),
        (("A*24:02=0", "A*24:03=9000"), "A2403", 2000, "positive"),  # its own bead before a relative's
        (("A*24:02=0", "A*24:03=9000"), "A2403", 10_000, "untested"),
        (("B*39:02=0", "B*39:01=9000"), "B39", 2000, "undecided"),
        (("A*02:01=0", "B*39:01=9000 B*39:02=9000"), "B39", 2000, "positive"),  # rule 3
        (("B*15:21=5000", "B*15:99=1500"), "B*15:02", 1000, "positive"),  # a doubt beside it opens nobody
    ],
)
def test_what_an_earlier_serum_adds(sera, value, threshold, reaction):
    found = reading(*sera).react(parse_typed_value(value, reference=REFERENCE).value)
    assert found.at(threshold) == reaction


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_one_more_serum_only_raises_and_never_clears(data):
    names = data.draw(mine.families())
    patient = data.draw(mine.phenotypes(names, often_typed=False))
    sera = [build_profile(data.draw(mine.panels(names)), REFERENCE) for _ in range(3)]
    values = [
        value
        for locus, texts in patient.items()
        for value in parse_locus(*texts, locus=locus, reference=REFERENCE).values
        if value is not None
    ]
    readings = [
        SerumReading(peak_profile([(str(at), one) for at, one in enumerate(sera[:count])]), values, REFERENCE)
        for count in (1, 2, 3)
    ]
    alone = SerumReading(sera[0], values, REFERENCE)
    highest = [{bead.allele: bead.mfi for bead in one.profile.beads} for one in readings]
    for fewer, more in pairwise(highest):
        assert all(more[allele] >= mfi for allele, mfi in fewer.items())
    thresholds = mine.thresholds_around(bead.mfi for serum in sera for bead in serum.beads)
    for text in data.draw(st.lists(mine.value_texts(names), min_size=1, max_size=6, unique=True)):
        value = parse_typed_value(text, reference=REFERENCE).value
        reacted = [one.react(value) for one in readings]
        assert [reacted[0].at(t) for t in thresholds] == [alone.react(value).at(t) for t in thresholds]
        for fewer, more in pairwise(reacted):
            for threshold in thresholds:
                assert more.at(threshold) != "negative" or fewer.at(threshold) == "negative", (text, threshold)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [("2026-11-22", 6, "2026-05-22"), ("2026-03-31", 1, "2026-02-28"), ("2024-03-31", 1, "2024-02-29"),
     ("2026-01-15", 1, "2025-12-15"), ("2026-11-22", 120, "2016-11-22")],
)  # fmt: skip
def test_months_are_those_of_the_calendar(day, months, expected):
    assert months_before(date.fromisoformat(day), months) == date.fromisoformat(expected)


def test_only_the_same_treatment_is_alike():
    assert same_treatment("", "Neat")
    assert same_treatment("EDTA", " edta ")
    assert not same_treatment("", "EDTA")
    assert not same_treatment("Dilution 1:10", "Dilution 1:100")


@pytest.mark.parametrize(
    ("serum", "months", "code"),
    [("peak", None, "peak_months_unusable"), ("peak", 0, "peak_months_unusable"), ("peak", 121, "peak_months_unusable"),
     ("current", 6, "peak_months_without_peak"), ("best", None, "serum_rule_unknown")],
)  # fmt: skip
def test_a_rule_that_cannot_be_read_is_refused(serum, months, code):
    with pytest.raises(UnusableInput) as refused:
        parse_serum_rule(serum, months)
    assert refused.value.code == code
