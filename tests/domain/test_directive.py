"""What a directive may name, and what it may not do (MATCHING §4; INTERFACES §3)."""

import pytest

from domain.directive import (
    Directive,
    certain_alleles,
    certain_antigens,
    check_threshold,
    parse_loci,
    parse_specificity,
    parse_threshold,
    parse_thresholds,
    refusal_of_edits,
)
from domain.epitopes import EpletTable
from domain.errors import UnusableInput
from domain.profile import build_profile
from domain.reactivity import SerumReading
from domain.typing_text import parse_typed_value
from services.reference import core_reference
from tests.domain.test_reference import EPITOPES, antigen_lists

REFERENCE = core_reference()


def values(text):
    return [parse_typed_value(part, reference=REFERENCE).value for part in text.split()]


def specificities(text):
    return [parse_specificity(part, REFERENCE) for part in text.split()]


# --- specificities ---


@pytest.mark.parametrize(
    ("text", "name", "covered", "allele"),
    [
        ("A*02:01", "A*02:01", "A2", "A*02:01"),
        ("a*0201", "A*02:01", "A2", "A*02:01"),
        ("A*02:01:01:02L", "A*02:01", "A2", "A*02:01"),
        ("A*24:07", "A*24:07", "A24 A2403", "A*24:07"),
        ("Cw*0702", "C*07:02", "Cw7", "C*07:02"),
        ("B60", "B60", "B60", None),
        (" b 60 ", "B60", "B60", None),
        ("A24(9)", "A24", "A24 A2403", None),
        ("A2", "A2", "A2 A203 A210", None),
        ("A2403", "A2403", "A2403", None),
        ("B4005", "B4005", "B4005", None),
        ("A9", "A9", "A9 A23 A24 A2403", None),
        ("B15", "B15", "B15 B62 B63 B75 B76 B77", None),
        ("Cw3", "Cw3", "Cw3 Cw9 Cw10", None),
    ],
)
def test_an_allele_or_an_antigen_at_any_level(text, name, covered, allele):
    found = parse_specificity(text, REFERENCE)
    assert (found.name, found.covered, found.allele) == (name, frozenset(covered.split()), allele)


@pytest.mark.parametrize(("text", "name"), [("Bw4", "Bw4"), ("bw4", "Bw4"), (" BW6 ", "Bw6")])
def test_a_public_epitope_covers_its_carriers(text, name):
    found = parse_specificity(text, REFERENCE)
    assert (found.name, found.allele) == (name, None)
    assert found.covered == REFERENCE.carriers(name) > antigen_lists(EPITOPES)[name]


@pytest.mark.parametrize(
    "text",
    ["", "-", "X", "A99", "A*28", "A*02", "A*02:01/05", "A*24:09N", "Bw5", "3C", "1C (other)", "65QIA", "eplet:", "HPA-1a", "DR4", "A2 A3",
     "44"],
)
def test_anything_else_is_no_specificity(text):
    with pytest.raises(UnusableInput, match="unknown_specificity") as refused:
        parse_specificity(text, REFERENCE)
    assert refused.value.params == {"specificity": text}


@pytest.mark.parametrize(
    ("text", "name", "some", "others"),
    [
        ("5C", "5C (rodey)", "B35 B51 B5102 B5103", "B7 B5 A2"),
        (" 5c (RODEY) ", "5C (rodey)", "B35", "B7"),
        ("1C", "1C (rodey)", "A1 A23 A24 A2403", "A2"),
        ("1C(ucla)", "1C (ucla)", "A1", "A23 A24"),
        ("12C", "12C (rodey)", "B50 B4005", "B21"),
    ],
)
def test_a_creg_covers_its_antigens_in_its_family(text, name, some, others):
    found = parse_specificity(text, REFERENCE)
    assert (found.name, found.allele, found.eplet) == (name, None, None)
    assert set(some.split()) <= found.covered
    assert not set(others.split()) & found.covered


EPLET_TABLE = EpletTable(
    name="ours",
    alleles={
        "A*02:01": frozenset({"62Ge", "9F"}),
        "A*02:03": frozenset({"62Ge"}),
        "A*23:01": frozenset({"65RK"}),
        "B*07:02": frozenset({"62Ge"}),
        "B*44:02": frozenset({"80T L"}),
    },
    verified=frozenset(),
    representatives={"A2": "A*02:01", "A23": "A*23:01", "B7": "B*07:02", "B44": "B*44:02", "A203": "A*02:03"},
)


@pytest.mark.parametrize(
    ("text", "table", "eplet"),
    [
        ("eplet:62Ge", None, "62Ge"),
        ("Eplet: 62GE", EPLET_TABLE, "62Ge"),
        ("62ge", EPLET_TABLE, "62Ge"),
        ("80t l", EPLET_TABLE, "80T L"),
        ("eplet:99X", EPLET_TABLE, "99X"),  # unknown to the table: the service refuses it, one in force is unknown
    ],
)
def test_an_eplet_by_its_name(text, table, eplet):
    found = parse_specificity(text, REFERENCE, table)
    assert (found.name, found.covered, found.eplet) == (f"eplet:{eplet}", frozenset(), eplet)


def reading_with(added="", removed="", table=EPLET_TABLE, patient="A1 A3 B8 B*44:02", beads=(("A*02:05", 9000.0),)):
    return SerumReading(
        build_profile(beads, REFERENCE),
        values(patient),
        REFERENCE,
        added=[parse_specificity(text, REFERENCE) for text in added.split()],
        removed=[parse_specificity(text, REFERENCE) for text in removed.split()],
        eplet_table=table,
    )


RARE_EPLET = EpletTable(
    "ours",
    {"A*02:01": frozenset({"9F"}), "A*02:05": frozenset({"9F", "2B"}), "A*23:01": frozenset({"65RK"})},
    frozenset(),
    {"A2": "A*02:01", "A203": "A*02:01", "A210": "A*02:01", "A23": "A*23:01"},
)


@pytest.mark.parametrize(
    ("added", "table", "value", "reaction"),
    [
        ("eplet:9F", EPLET_TABLE, "A*02:01", "positive"),
        ("eplet:9F", EPLET_TABLE, "A*02:03", "untested"),  # the table says that it carries none of it
        ("eplet:2B", RARE_EPLET, "A*02", "undecided"),  # only an allele that stands for nothing carries it
        ("eplet:2B", RARE_EPLET, "A2", "undecided"),
        ("eplet:2B", RARE_EPLET, "A*23", "untested"),
        ("eplet:62Ge", EPLET_TABLE, "A*02", "positive"),
        ("eplet:62Ge", EPLET_TABLE, "A*02:06", "undecided"),  # unlisted: nobody knows
        ("eplet:62Ge", EPLET_TABLE, "A25", "undecided"),  # nothing is known of it
        ("eplet:65RK", EPLET_TABLE, "A9", "undecided"),  # A23 carries it, of A24 nothing is known
        ("eplet:80T", EPLET_TABLE, "B7", "undecided"),  # no such eplet in the table
        ("eplet:62Ge", None, "B7", "undecided"),  # no table
        ("eplet:62Ge", None, "B*44:02", "negative"),  # but the patient's own stays so
    ],
)
def test_what_an_added_eplet_does(added, table, value, reaction):
    found = reading_with(added, table=table, beads=[("A*02:03", 10.0)] if value == "A*02" else [])
    assert found.react(values(value)[0]).at(1000) == reaction


def test_an_antigen_whose_bead_and_representative_differ_is_undecided():
    found = reading_with("eplet:9F", beads=[("A*02:01", 10.0), ("A*02:03", 10.0)]).react(values("A2")[0])
    assert found.at(1000) == "undecided"  # A2 by A*02:01 carries it, A203 does not


def test_a_removed_eplet_sets_the_beads_of_its_alleles_aside():
    beads = [("A*02:01", 9000.0), ("B*07:02", 9000.0), ("A*02:05", 9000.0)]
    for table, reactions in ((EPLET_TABLE, ["negative", "negative", "positive"]), (None, ["positive"] * 3)):
        reading = reading_with(removed="eplet:62Ge", table=table, beads=beads)
        assert [reading.react(values(text)[0]).at(1000) for text in ("A*02:01", "B7", "A*02:05")] == reactions


def test_a_creg_skips_the_patients_own_and_blocks_the_rest():
    reading = reading_with("7C", beads=[("B*60:01", 1.0)], patient="A1 A3 B8 B44")
    found = {text: reading.react(values(text)[0]).at(1000) for text in ("B8", "B7", "B13", "B35", "B22")}
    assert found == {"B8": "negative", "B7": "positive", "B13": "positive", "B35": "untested", "B22": "positive"}


def test_an_eplet_of_the_patients_own_allele_is_refused_and_a_creg_of_an_own_antigen_is_not():
    asked = [parse_specificity("80T L", REFERENCE, EPLET_TABLE)]
    refused = refusal_of_edits(asked, (), values("B*44:02"), REFERENCE, EPLET_TABLE)
    assert refused == ("added_own_eplet", "eplet:80T L")
    assert refusal_of_edits(asked, (), values("B44"), REFERENCE, EPLET_TABLE) is None  # which allele is not known
    assert refusal_of_edits(specificities("12C"), (), values("B44"), REFERENCE, EPLET_TABLE) is None


# --- loci and thresholds ---


@pytest.mark.parametrize("text", ["A,B", "B,A", "a,b", " A , B ", "A B", "A,B,A", "A,B,"])
def test_loci_a_and_b(text):
    assert parse_loci(text) == ("A", "B")


@pytest.mark.parametrize("text", ["A,B,C", "C,B,A", "a b c"])
def test_loci_a_b_and_c(text):
    assert parse_loci(text) == ("A", "B", "C")


@pytest.mark.parametrize("text", ["", ",", "A", "B", "C", "A,C", "B,C", "A,B,D", "A,B,DRB1", "AB", "A;B"])
def test_other_loci_are_refused(text):
    with pytest.raises(UnusableInput, match="unknown_loci") as refused:
        parse_loci(text)
    assert refused.value.params == {"loci": text}


def test_a_and_b_are_in_scope_unless_said_otherwise():
    assert Directive().loci == ("A", "B")


@pytest.mark.parametrize(("text", "threshold"), [("1", 1), ("1000", 1000), ("100000", 100_000), (" 2000 ", 2000)])
def test_a_whole_threshold_is_read(text, threshold):
    assert parse_threshold(text) == check_threshold(threshold) == threshold


@pytest.mark.parametrize("text", ["0", "-1", "100001", "1000000000", "999999999999", "-999999999999"])
def test_a_threshold_outside_1_to_100000_is_refused(text):
    with pytest.raises(UnusableInput, match="threshold_out_of_range") as refused:
        parse_threshold(text)
    assert refused.value.params == {"threshold": int(text), "least": 1, "most": 100_000}
    with pytest.raises(UnusableInput, match="threshold_out_of_range"):
        check_threshold(int(text))


@pytest.mark.parametrize("text", ["", " ", "abc", "1e3", "10**9", "1000.0", "1,000", "1 000", "0x10", "--1", "nan", "9" * 5000])
def test_what_is_no_whole_number_is_refused(text):
    with pytest.raises(UnusableInput, match="threshold_not_a_number"):
        parse_threshold(text)


# --- what the patient certainly has ---


@pytest.mark.parametrize(
    ("typed", "alleles", "antigens"),
    [
        ("A*02:01", "A*02:01", ""),  # an allele as such, not its antigen
        ("A*02:01:01:02L", "A*02:01", ""),
        ("A2", "", "A2"),  # the single split, which is one of its antigens
        ("A*02", "", "A2"),
        ("A*24", "", "A24"),
        ("B39", "", "B39"),
        ("B*51", "", "B51"),
        ("A1", "", "A1"),
        ("A203", "", "A203"),  # the only antigen
        ("B4005", "", "B4005"),
        ("B*83", "", "B83"),
        ("A9", "", ""),  # several splits
        ("B*15", "", ""),
        ("B*40", "", ""),
        ("B14", "", ""),
        ("C*03", "", ""),
        ("B21", "", ""),
        ("A*02:01/A*02:05", "", ""),  # a list: nothing
        ("A*24:02/A*24:09N", "", ""),
        ("A*01:01/A*01:01", "", ""),
        ("A*24:09N", "", ""),
        ("A*02 A*02:01 B60 B*40", "A*02:01", "A2 B60"),
    ],
)
def test_what_the_patient_certainly_has(typed, alleles, antigens):
    patient = values(typed)
    assert certain_alleles(patient) == frozenset(alleles.split())
    assert certain_antigens(patient, REFERENCE) == frozenset(antigens.split())


# --- refusals ---


@pytest.mark.parametrize(
    ("added", "removed", "patient", "refusal"),
    [
        ("A2", "", "A2", ("added_own_antigen", "A2")),
        ("A2", "", "A*02", ("added_own_antigen", "A2")),
        ("A3 A2", "", "A*02 A*01", ("added_own_antigen", "A2")),
        ("A*02:01", "", "A*02:01", ("added_own_antigen", "A*02:01")),
        ("A*02:01", "", "A*02:01:01:02L", ("added_own_antigen", "A*02:01")),
        ("A203", "", "A203", ("added_own_antigen", "A203")),
        ("B44", "B44", "A1", ("added_and_removed", "B44")),
        ("b44", "B44(12)", "A1", ("added_and_removed", "B44")),
        ("Bw4", "bw4", "A1", ("added_and_removed", "Bw4")),
        ("A*02:01", "A*02:01:01", "A1", ("added_and_removed", "A*02:01")),
    ],
)
def test_what_a_directive_may_not_do(added, removed, patient, refusal):
    edits = specificities(added), specificities(removed)
    assert refusal_of_edits(*edits, values(patient), REFERENCE) == refusal


@pytest.mark.parametrize(
    ("added", "removed", "patient"),
    [
        ("", "", "A2"),
        ("A2", "", "A*02:01"),  # an allele is certain, its antigen is not
        ("A*02:01", "", "A2"),  # the antigen is certain, which allele it is not
        ("A*02:06", "", "A*02:01"),
        ("A2", "", "A*02:01/A*02:05"),
        ("A9", "", "A24"),  # a broad that the patient's antigen is part of
        ("B60", "", "B*40"),
        ("A203", "", "A2"),
        ("Bw4", "", "B44"),
        ("", "A2", "A2"),  # setting one's own aside is no harm
        ("A24", "A23", "A1"),
        ("A24", "A9", "A1"),
        ("A2", "A*02:01", "A1"),
    ],
)
def test_what_a_directive_may_do(added, removed, patient):
    edits = specificities(added), specificities(removed)
    assert refusal_of_edits(*edits, values(patient), REFERENCE) is None


def test_thresholds_are_sorted_said_once_and_not_without_number():
    assert parse_thresholds("5000, 1000,1000") == [1000, 5000]
    with pytest.raises(UnusableInput) as refused:
        parse_thresholds(",".join(str(mfi) for mfi in range(1, 202)))
    assert refused.value.code == "too_many_thresholds"
