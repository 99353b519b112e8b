"""The chain of a value: what was written, what it may be, which beads speak, and the reaction they give together."""

import pytest

from domain.directive import parse_specificity
from domain.phenotype import parse_locus
from domain.profile import build_profile
from domain.reactivity import SerumReading
from domain.typing_text import parse_typed_value
from models.donor import Donor
from services.matching.chains import chain_json, raw_texts
from services.matching.sides import CregSides, differing_values
from services.reference import core_reference

REFERENCE = core_reference()


def value(text):
    return parse_typed_value(text, reference=REFERENCE).value


def reading(beads, patient="A1 B8", added="", removed=""):
    results = [(allele, float(mfi)) for allele, mfi in (bead.split("=") for bead in beads.split())]
    edits = [[parse_specificity(text, REFERENCE) for text in texts.split()] for texts in (added, removed)]
    own = [value(text) for text in patient.split()]
    return SerumReading(build_profile(results, REFERENCE), own, REFERENCE, added=edits[0], removed=edits[1])


def chain(text, beads, mfi=1000, **more):
    return chain_json(reading(beads, **more), value(text), (text,), mfi)


@pytest.mark.parametrize(
    ("text", "beads", "rule", "named"),
    [
        ("A*02:01", "A*02:01=3000 A*02:06=100", "allele", ["A*02:01"]),
        ("A*02:05", "A*02:01=3000 A*02:06=100", "antigen", ["A*02:01", "A*02:06"]),
        ("B38", "B*38:01=3000", "antigen", ["B*38:01"]),
        ("B39", "B*39:01=3000", "stand_in", ["B*39:01"]),
        ("B38", "B*39:01=3000", "related", ["B*39:01"]),
        ("B38", "A*02:01=3000", "none", []),
        ("A1", "A*01:01=3000", "own", []),
    ],
)
def test_the_rule_that_found_the_beads_is_named(text, beads, rule, named):
    found = chain(text, beads, patient="A1" if text != "B39" else "A1 B7")
    member = found["members"][0]
    assert (member["rule"], [bead["allele"] for bead in member["beads"]]) == (rule, named)


def test_each_bead_says_its_own_state_and_the_value_all_of_them():
    found = chain("A9", "A*23:01=5000 A*24:02=100")
    assert [(one["name"], one["reaction"]) for one in found["members"]] == [("A23", "positive"), ("A24", "negative")]
    assert found["members"][0]["beads"][0]["state"] == "positive"
    assert (found["reaction"], found["without_bead"]) == ("undecided", ["A2403"])


def test_what_the_directive_set_aside_or_added_is_named():
    removed = chain("A3", "A*03:01=5000", removed="A3")
    assert removed["members"][0]["beads"][0]["removed_by"] == ["A3"]
    assert (removed["reaction"], removed["basis"]) == ("negative", "directive")
    added = chain("A3", "A*03:01=10", added="A3")
    assert (added["members"][0]["added_by"], added["reaction"]) == ("A3", "positive")
    assert added["members"][0]["beads"][0]["state"] is None
    maybe = chain("B*14:03", "B*14:01=10 B*14:02=10", added="B64")
    assert (maybe["members"][0]["maybe_added_by"], maybe["reaction"]) == ("B64", "undecided")


def test_a_bead_of_several_antigens_casts_doubt_and_says_so():
    found = chain("B65", "B*14:02=10 B*14:03=5000")
    beads = found["members"][0]["beads"]
    assert [(bead["allele"], bead["several_antigens"], bead["state"]) for bead in beads] == [
        ("B*14:02", False, "negative"),
        ("B*14:03", True, "undecided"),
    ]
    assert found["reaction"] == "undecided"


def test_a_null_allele_has_no_members():
    found = chain("A*24:09N", "A*24:02=9000")
    assert (found["members"], found["reaction"], found["counts_by"]) == ([], "negative", "null")


def test_the_raw_texts_stand_beside_the_values_they_gave():
    donor = Donor(
        donor_number="PT1", hla_a_1="a*0201", hla_a_2="A2(203)", hla_b_1="B*08", hla_b_2="-", hla_c_1="", hla_c_2="X"
    )
    assert raw_texts(donor, REFERENCE) == {
        ("A", "A*02:01"): ["a*0201"],
        ("A", "A203"): ["A2(203)"],
        ("B", "B*08"): ["B*08", "-"],
    }


def typings(text):
    a1, a2, b1, b2 = text.split()
    return {x: parse_locus(*pair, locus=x, reference=REFERENCE) for x, pair in (("A", (a1, a2)), ("B", (b1, b2)))}


def test_the_families_of_groups_stand_side_by_side_and_their_difference_is_named():
    # A11 and A25 share 10C in the first family alone.
    sides = CregSides(typings("A25 A25 B8 B8"), REFERENCE)
    donor = typings("A11 A25 B8 B8")
    found = sides.arithmetic(donor)
    assert [(one["version"], one["grade"], one["x"], one["m"]) for one in found] == [
        ("rodey-1", "B2UX", 1, 0),
        ("ucla-1", "C", 0, 1),
    ]
    assert differing_values(found) == ["A11"]
    a11 = [next(value for value in one["values"] if value["typed"] == "A11") for one in found]
    assert [value["shared"] for value in a11] == [{"A11": ["10C"]}, {"A11": []}]
    assert sides.grades(list(donor.values())) == {
        one["family"]: {"grade": one["grade"], "certain": one["certain"]} for one in found
    }
