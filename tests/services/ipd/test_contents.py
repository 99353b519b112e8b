"""A folder of a release is read whole or refused by name; slips of form are read all the same, and told."""

import pytest

from domain.errors import UnusableInput
from domain.release import AssignmentKind
from domain.typing_text import parse_typed_value
from services.ipd.contents import read_release
from services.reference import core_reference
from tests.ipd_folder import ALLELES, SEROLOGY, contents_of, files_of, reference_of_contents, write_folder
from tests.rule_cases import read_cases

CORE = core_reference()


def read(folder, files=None):
    return read_release(write_folder(folder / "release", files), CORE)


def refusal(folder, files):
    with pytest.raises(UnusableInput) as refused:
        read(folder, files)
    return refused.value


def test_a_whole_folder_is_read_without_a_slip(tmp_path):
    contents = read(tmp_path)
    assert (contents.version, contents.dated_on) == ("3.99.0", "2030-01-31")
    assert [row.name for row in contents.alleles] == [row[0] for row in ALLELES]
    assert contents.report["slips"] == {}
    assert contents.report["null_alleles"] == 2
    assert contents.report["by_kind"] == {"unambiguous": 10, "possible": 2, "assumed": 2, "expert": 5}
    assert contents.report["unknown_antigens"] == {}


def test_files_may_all_lie_in_the_folder_itself(tmp_path):
    folder = write_folder(tmp_path / "release")
    for path in (folder / "wmda").iterdir():
        path.rename(folder / path.name)
    assert len(read_release(folder, CORE).alleles) == len(ALLELES)


def test_the_withdrawn_names_are_written_as_they_are_read_today(tmp_path):
    rows = {row.name: (row.withdrawn_on, row.successor) for row in read(tmp_path).withdrawn}
    assert rows == {
        "A*02:01:08": ("2022-01-31", "A*02:1040"),
        "A*02:100": ("2010-04-01", ""),
        "A*24:01": ("1995-03-11", ""),
        "B*38:156": ("2021-04-30", "B*39:171"),
    }


@pytest.mark.parametrize("missing", sorted(files_of()))
def test_a_missing_file_is_named(tmp_path, missing):
    files = {name: lines for name, lines in files_of().items() if name != missing}
    error = refusal(tmp_path, files)
    assert (error.code, error.params["files"]) == ("release_file_missing", missing)


@pytest.mark.parametrize("other", sorted(files_of()))
def test_a_file_of_another_version_is_named(tmp_path, other):
    error = refusal(tmp_path, {**files_of(), other: files_of(version="3.98.0")[other]})
    assert error.code == "release_versions_differ"
    assert f"{other} 3.98.0" in error.params["files"]


@pytest.mark.parametrize("name", sorted(files_of()))
def test_a_file_without_a_version_is_refused(tmp_path, name):
    files = files_of()
    error = refusal(tmp_path, {**files, name: [line for line in files[name] if "version" not in line]})
    assert (error.code, error.params) == ("release_version_missing", {"file": name})


@pytest.mark.parametrize("name", sorted(files_of()))
def test_a_file_cut_in_the_middle_of_a_row_is_refused(tmp_path, name):
    files = files_of()
    error = refusal(tmp_path, {**files, name: [*files[name][:-1], files[name][-1][:2]]})
    assert (error.code, error.params["file"]) == ("release_file_cut_short", name)


@pytest.mark.parametrize("name", sorted(set(files_of()) - {"rel_ser_ser.txt"}))
def test_a_file_cut_between_two_rows_is_refused(tmp_path, name):
    files = files_of()
    kept = 12 if name == "Allelelist.txt" else 10
    error = refusal(tmp_path, {**files, name: files[name][:kept]})
    assert error.code == "release_file_lacks_alleles"
    assert error.params["file"] in (name, "Allelelist.txt")
    assert error.params["missing"] > 5


def test_relations_cut_before_the_last_locus_are_refused(tmp_path):
    files = files_of()
    error = refusal(tmp_path, {**files, "rel_ser_ser.txt": files["rel_ser_ser.txt"][:-1]})
    assert (error.code, error.params["file"]) == ("release_file_cut_short", "rel_ser_ser.txt")


def test_an_empty_file_is_refused(tmp_path):
    files = {**files_of(), SEROLOGY: files_of()[SEROLOGY][:4]}
    assert refusal(tmp_path, files).code == "release_file_cut_short"


def test_a_gap_is_told_and_the_allele_counts_as_its_group(tmp_path):
    files = files_of()
    files[SEROLOGY] = [line for line in files[SEROLOGY] if "40:26" not in line]
    contents = read(tmp_path, files)
    assert contents.report["slips"] == {"allele_missing": 1}
    assert contents.report["first_slips"][0] == {
        "code": "allele_missing",
        "file": SEROLOGY,
        "line": 0,
        "text": "B*40:26",
    }
    reference = reference_of_contents(contents)
    assert reference.antigens_of_allele("B*40:26") == (CORE.groups["B*40"], True)


def test_the_seventh_column_of_new_releases_is_read_and_not_used(tmp_path):
    plain = read(tmp_path / "six")
    seven = read(tmp_path / "seven", files_of(seventh=[row[1] for row in ALLELES]))
    assert seven.alleles == plain.alleles
    assert seven.report["slips"] == {}


def test_junk_in_the_seventh_column_is_told_with_its_line_and_does_no_harm(tmp_path):
    junk = ["" for _ in ALLELES]
    junk[5], junk[7] = "<script>", "A2 or so"
    contents = read(tmp_path, files_of(seventh=junk))
    assert contents.alleles == read(tmp_path / "plain").alleles
    assert contents.report["slips"] == {"seventh_column_unreadable": 2}
    assert [(slip["line"], slip["text"]) for slip in contents.report["first_slips"]] == [
        (10, "<script>"),
        (12, "A2 or so"),
    ]


def test_the_slips_that_releases_have_had(tmp_path):
    files = files_of()
    rows = files[SEROLOGY]
    rows[1] += "\t"  # as in 3.58.0
    rows[5] = "A*;01:01:01:02N;0"
    rows[7] += ";;;more"
    rows[8] = "A*;02:01:01:02L; ;0/2 x;;"
    rows.insert(9, "")
    rows.append(rows[7])
    files[SEROLOGY] = [f"{line}\r" for line in rows]
    contents = read(tmp_path, files)
    assert contents.report["slips"] == {"antigen_unreadable": 1, "name_twice": 1, "row_long": 2, "row_short": 1}
    assert len(contents.alleles) == len(ALLELES)


@pytest.mark.parametrize(
    ("row", "slip"),
    [
        ("B*;40:26;21", "row_short"),  # where its row was cut, what stands may be half an antigen
        ("B*;40:26;4", "row_short"),
        ("B*;40:26;21;x y;;40", "antigen_unreadable"),  # what was meant beside B21 is not known
        ("B*;40:26;;0/2 x;;", "antigen_unreadable"),
        ("B*;40:26;000;;;", "antigen_unreadable"),
    ],
)
def test_a_row_cut_or_not_readable_leaves_its_allele_to_its_group(tmp_path, row, slip):
    files = files_of()
    place = next(at for at, line in enumerate(files[SEROLOGY]) if "40:26" in line)
    files[SEROLOGY][place] = row
    contents = read(tmp_path, files)
    assert contents.report["slips"] == {slip: 1}
    assert contents.report["first_slips"][0]["line"] == place + 1
    reference = reference_of_contents(contents)
    assert reference.antigens_of_allele("B*40:26") == (CORE.groups["B*40"], True)
    assert reference.assigned("B*40:26") == {"group": ("B4005", "B60", "B61")} | (
        {"expert": ("B40",)} if row.endswith(";40") and slip == "row_short" else {}
    )
    assert reference.antigens_of_allele("B*40:05") == (frozenset({"B4005"}), False)  # its neighbour is none the worse


def test_antigens_renamed_in_2026_are_those_known_before(tmp_path):
    """3.64.0: A203 is written 0203, and there are associated antigens of which the core knows none."""
    alleles = [*ALLELES, ("A*02:02:01", "0202", "", "", "", ""), ("B*67:02:01", "6702", "", "", "", "")]
    alleles[5] = ("A*02:03:01", "0203", "", "", "", "02:03P")
    files = files_of(alleles, seventh=["" for _ in alleles])
    files["rel_ser_ser.txt"][4] = "A;2;;0201/0202/0203"
    contents = read(tmp_path, files)
    reference = reference_of_contents(contents)
    assert contents.report["unknown_antigens"] == {"A0202": "A2", "A0203": "A203", "B6702": "B67"}
    assert "A2 → A0202" in contents.report["relations_new"]
    found = {name: sorted(reference.antigens_of_allele(name)[0]) for name in ("A*02:02", "A*02:03", "B*67:02")}
    assert found == {"A*02:02": ["A2"], "A*02:03": ["A203"], "B*67:02": ["B67"]}


def test_the_release_of_the_shared_folder(shared_path):
    contents = contents_of(shared_path / "data" / "ipd-imgt-hla-3.58.0")
    report = contents.report
    assert (contents.version, report["alleles"], report["withdrawn"]) == ("3.58.0", 27_225, 91)
    assert report["slips"] == {"old_name": 3}  # three names of five digits, given up by 1996
    assert report["unknown_antigens"] == {}
    assert (report["relations"], report["relations_missing"], report["relations_new"]) == (50, [], [])


def test_core_and_release_agree_on_every_bead_of_the_core_table(shared_path):
    """A, B and C alike; where the release only assumes, or knows no WHO antigen, the kind is in a table."""
    reference = reference_of_contents(contents_of(shared_path / "data" / "ipd-imgt-hla-3.58.0"))
    release = reference.release
    assert {allele: reference.antigens_of_allele(allele)[0] for allele in CORE.alleles} == dict(CORE.alleles)
    unsure = {
        allele: reference.assigned(allele)
        for allele in CORE.alleles
        if AssignmentKind.UNAMBIGUOUS not in release.alleles[allele].by_kind
    }
    listed = {row["allele"]: (row["release_kind"], row["release_antigens"]) for row in read_cases("bead_kinds")}
    assert {
        allele: next((kind, " ".join(names)) for kind, names in said.items() if kind != "expert")
        for allele, said in unsure.items()
    } == listed
    assert all(row["core_antigen"] in CORE.alleles[row["allele"]] and row["why"] for row in read_cases("bead_kinds"))


def test_core_and_release_agree_on_every_a_and_b_bead_of_a_real_kit(shared_path):
    reference = reference_of_contents(contents_of(shared_path / "data" / "ipd-imgt-hla-3.58.0"))
    text = (shared_path / "data" / "antibodies" / "matchit_class1_6_patients.csv").read_text(encoding="utf-8-sig")
    names = {word.strip().strip('"') for line in text.splitlines() for word in line.split(",") if "*" in word}
    pairs = {name: [parse_typed_value(name, reference=one).value for one in (CORE, reference)] for name in names}
    read_by_both = {name: values for name, values in pairs.items() if values[0] and values[1]}
    assert len(read_by_both) > 90
    assert {name for name, (one, other) in read_by_both.items() if one.antigens != other.antigens} == set()
