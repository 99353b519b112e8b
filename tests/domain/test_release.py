"""What a release says of a name: listed, null, low, withdrawn, unknown; and the antigens that follow."""

import itertools
from dataclasses import replace

import pytest

from domain.directive import parse_specificity
from domain.errors import UnusableInput
from domain.grading import Match, PatientMatcher
from domain.phenotype import parse_locus, parse_phenotype_key, phenotype_key
from domain.profile import build_profile
from domain.reaction import Reaction
from domain.reactivity import SerumReading
from domain.reference import known_antigen, read_with
from domain.release import Assignment, AssignmentKind, Release
from domain.typing_text import Kind, parse_typed_value
from services.reference import core_reference
from tests.ipd_folder import contents_of, real_reference, reference_of_contents, write_folder
from tests.rule_cases import read_cases

CORE = core_reference()
ROWS = read_cases("releases")
NO_WORD = Release("none", {}, {}, {}, {}, {}, {})  # a release that says nothing


@pytest.fixture
def reference(tmp_path):
    return reference_of_contents(contents_of(write_folder(tmp_path / "release")))


def read(text, reference):
    parsed = parse_typed_value(text, reference=reference)
    antigens = " ".join(sorted(parsed.value.antigens)) if parsed.value else ""
    return parsed.kind.value, antigens, [issue.code for issue in parsed.issues]


# --- the table: one release as it is, beside the core ---


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["text"])
def test_the_row_holds_under_the_core_and_under_the_release(row, shared_path):
    assert row["rule"]
    assert row["source"]
    assert read(row["text"], CORE)[:2] == (row["core_kind"], row["core_antigens"])
    found = read(row["text"], real_reference(shared_path))
    assert found == (row["release_kind"], row["release_antigens"], row["release_issues"].split())


def test_the_table_is_long_enough_and_tells_the_two_apart():
    apart = [row for row in ROWS if (row["core_kind"], row["core_antigens"]) != (row["release_kind"], row["release_antigens"])]
    assert len({row["text"] for row in ROWS}) == len(ROWS) >= 150
    assert len(apart) >= 30
    assert [row["text"] for row in ROWS if not row["rule"] or "3.58.0" not in row["source"]] == []


def test_there_are_forty_relations_each_with_its_source():
    rows = read_cases("relations")
    assert len({(row["parent"], row["child"]) for row in rows}) == len(rows) >= 40
    assert [row for row in rows if "3.58.0" not in row["source"]] == []


@pytest.mark.parametrize("row", read_cases("relations"), ids=lambda row: f"{row['parent']}-{row['child']}")
def test_the_relation_holds_under_the_release(row, shared_path):
    reference = real_reference(shared_path)
    children = reference.splits if row["kind"] == "split" else reference.associated
    assert row["child"] in children[row["parent"]]
    assert row["child"] in reference.closure(row["parent"])
    assert reference.split(row["child"]) == row["split"]


def test_every_text_of_the_table_survives_its_phenotype_key(shared_path):
    """A donor is searched by the key: it must read back to the same value."""
    reference = real_reference(shared_path)
    for row in ROWS:
        value = parse_typed_value(row["text"], reference=reference).value
        if value is None:
            continue
        typings = {value.locus: parse_locus(row["text"], row["text"], locus=value.locus, reference=reference)}
        [again] = parse_phenotype_key(phenotype_key(typings), reference)[value.locus].distinct()
        assert (again.key, again.kind, again.antigens) == (value.key, value.kind, value.antigens), row["text"]


def test_every_allele_of_the_release_is_read(shared_path):
    """Its antigens are all known, and only alleles of no WHO antigen go by their group's name."""
    reference = real_reference(shared_path)
    for allele, antigens in reference.alleles.items():
        assert antigens <= reference.kinds.keys(), allele
        assert not any(reference.is_broad(name) for name in antigens), allele
    left_out = {allele for allele in reference.release.alleles if allele not in reference.alleles}
    assert left_out == set()


# --- one rule at a time, on a release of our own making ---


def test_the_expert_is_shown_and_does_not_count(reference):
    assert reference.assigned("B*15:12") == {"unambiguous": ("B76",), "expert": ("B62",)}
    assert reference.antigens_of_allele("B*15:12") == (frozenset({"B76"}), False)
    assert reference.assigned("B*40:26") == {"unambiguous": ("B21",), "expert": ("B40",)}


def test_the_kinds_of_other_alleles(reference):
    assert reference.assigned("A*24:18") == {"possible": ("A24", "A3")}
    assert reference.assigned("A*02:09") == {"assumed": ("A2",)}
    assert reference.assigned("C*12:03") == {"no_antigen": ("Cw12",)}
    assert reference.assigned("A*02:999") == {"group": ("A2", "A203", "A210")}
    assert reference.assigned("B*38:156") == {"successor": ("B38", "B39", "B3901", "B3902")}
    assert CORE.assigned("B*15:12") == {"table": ("B76",)}
    with pytest.raises(KeyError):
        reference.assigned("A*28:01")


def test_a_low_variant_adds_no_kind_to_the_allele(reference):
    assert reference.assigned("A*02:01") == {"unambiguous": ("A2",)}
    assert reference.assigned("B*44:02") == {"unambiguous": ("B44",), "expert": ("B44",)}


@pytest.mark.parametrize(
    ("text", "key", "kind"),
    [
        ("A*02:01:01:01", "A*02:01", Kind.ALLELE),
        ("A*02:01:08", "A*02:01:08", Kind.ALLELE),  # another protein: the same as no bead and no other allele
        ("A*02:100", "A*02:100", Kind.ALLELE),
        ("A*02:01:77", "A*02:01", Kind.ALLELE),
        ("A*01:04", "A*01:04", Kind.NULL),
        ("A*01:04:01N", "A*01:04:01N", Kind.NULL),
        ("A*02:777N", "A*02:777N", Kind.NULL),
        ("A*24:02N", "A*24:02N", Kind.LIST),  # a list of one: certainly nobody's
        ("A*01:04:99", "A*01:04:99", Kind.LIST),  # every allele known of these two fields is null, not this one
    ],
)
def test_what_makes_two_typings_the_same(reference, text, key, kind):
    value = parse_typed_value(text, reference=reference).value
    assert (value.key, value.kind) == (key, kind)


def test_a_p_group_is_its_expressed_alleles(reference):
    value = parse_typed_value("A*02:01P", reference=reference).value
    assert (value.kind, value.alleles, value.canonical) == (Kind.LIST, ("A*02:01", "A*02:09"), "A*02:01P")
    lists = parse_typed_value("A*02:01P/A*24:02", reference=reference).value
    assert (lists.alleles, lists.canonical) == (("A*02:01", "A*02:09", "A*24:02"), "A*02:01P/A*24:02")


def grade_of(patient, donor, reference):
    typings = {"A": parse_locus(patient, "-", locus="A", reference=reference)}
    return PatientMatcher(typings, reference, "rodey").match(parse_typed_value(donor, reference=reference).value)


def test_alleles_of_one_p_group_match_as_the_same_allele(reference):
    assert grade_of("A*02:01", "A*02:09", reference).match is Match.IDENTICAL
    assert grade_of("A*02:01", "A*02:03", reference).match is Match.IDENTICAL  # by their split, A2
    assert grade_of("A*02:01:08", "A*02:01", reference).match is Match.IDENTICAL  # the same, though withdrawn


def test_a_p_group_matches_its_alleles(shared_path):
    """B*15:01P holds alleles assumed to be any B15; it is the same domain as B*15:01 all the same."""
    reference = real_reference(shared_path)
    typings = {"B": parse_locus("B*15:01", "-", locus="B", reference=reference)}
    matcher = PatientMatcher(typings, reference, "rodey")
    found = {
        text: matcher.match(parse_typed_value(text, reference=reference).value).match
        for text in ("B*15:01P", "B*15:01/B*15:01", "B*15:02P")
    }
    assert found["B*15:01P"] is Match.IDENTICAL
    assert found["B*15:02P"] is Match.POSSIBLY_IDENTICAL


def splits_of(allele, reference):
    return {reference.split(antigen) for antigen in reference.antigens_of_allele(allele)[0]}


def test_alleles_of_one_p_group_are_not_identical_where_the_release_gives_them_other_antigens(shared_path):
    """B*50:02 is B45 and B*50:21, of its group, assumed B50: a wrong word of one must not make an identical donor."""
    reference = real_reference(shared_path)
    pairs = [
        (one, other)
        for members in reference.release.groups.values()
        for one, other in itertools.pairwise(members)
        if reference.protein(one) == reference.protein(other) and one[0] in "AB"
        and not splits_of(one, reference) & splits_of(other, reference)
    ]  # fmt: skip
    assert pairs
    for one, other in pairs:
        typings = {one[0]: parse_locus(one, "-", locus=one[0], reference=reference)}
        matcher = PatientMatcher(typings, reference, "rodey")
        assert matcher.match(parse_typed_value(other, reference=reference).value).match is not Match.IDENTICAL


def test_a_null_allele_that_the_release_knows_as_expressed_is_not_certainly_the_patients(reference):
    """Else a bead at 9,000 MFI would be the patient's own, and the donor compatible."""
    patient = [parse_typed_value(text, reference=reference).value for text in ("A*02:01", "A*24:02N")]
    profile = build_profile([("A*24:02", 9000.0), ("A*02:01", 20.0)], reference)
    reading = SerumReading(profile, patient, reference)
    found = reading.react(parse_typed_value("A*24:02", reference=reference).value)
    assert found.at(1000) is Reaction.UNDECIDED


def test_an_antigen_that_the_core_does_not_know_stands_for_the_whole_group():
    release = replace(NO_WORD, alleles={"B*40:99": Assignment({AssignmentKind.POSSIBLE: ("B60", "B84")})})
    assert read_with(CORE, release).alleles["B*40:99"] == CORE.groups["B*40"]


def test_a_p_group_of_an_unknown_first_field_is_no_typing():
    reference = read_with(CORE, replace(NO_WORD, groups={"B*84:01P": ("B*84:01",)}))
    parsed = parse_typed_value("B*84:01P", reference=reference)
    assert (parsed.value, [issue.code for issue in parsed.issues]) == (None, ["unknown_group"])


def test_a_bead_under_a_withdrawn_name_is_told(reference):
    profile = build_profile([("A*02:100", 900.0), ("A*02:01", 100.0)], reference)
    assert [bead.allele for bead in profile.beads] == ["A*02:100", "A*02:01"]
    assert [(issue.code, issue.subject) for issue in profile.issues] == [("allele_never_assigned", "A*02:100")]


def test_a_null_allele_of_the_release_is_no_specificity(reference):
    assert parse_specificity("A*01:04", CORE).allele == "A*01:04"
    with pytest.raises(UnusableInput, match="unknown_specificity"):
        parse_specificity("A*01:04", reference)


@pytest.mark.parametrize(
    ("name", "parents", "known"),
    [
        ("A203", {}, "A203"),
        ("A0203", {}, "A203"),
        ("B6702", {}, "B67"),
        ("B1501", {"B1501": "B62"}, "B62"),
        ("B1501", {}, "B15"),
        ("Cw0302", {}, "Cw3"),
        ("A99", {}, None),
        ("B9901", {}, None),
    ],
)
def test_an_antigen_of_the_release_is_one_of_the_cores(name, parents, known):
    assert known_antigen(name, CORE, parents) == known
