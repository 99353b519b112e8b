"""`flask reference`: a release imported, looked at, put in force and taken back; exit codes and JSON (INTERFACES §3)."""

import csv
import json
import time

import pytest

from tests.ipd_folder import SEROLOGY, files_of, write_folder
from tests.small_registry import D, put_donors, put_patient, put_serum

NAME = "ipd-imgt-hla-3.99.0"


@pytest.fixture
def run(engines, runner):
    with engines.write_session() as session:
        put_donors(session, [D("PT1", "A*01 A*02 B*07 B*44"), D("PT2", "A*24:18 A*02 B*40:26 =1+1")])
        put_serum(session, put_patient(session, "P1", "A*01 A*03 B*08 B*35"), "S1", "A*24:18=2500 B*07:02=100")
    return lambda *words: runner.invoke(args=["reference", *words])


@pytest.fixture
def folder(tmp_path):
    return str(write_folder(tmp_path / "release"))


def answer(result):
    return json.loads(result.stdout), result.exit_code


def test_a_release_is_imported_with_its_report_and_listed(run, folder):
    said, code = answer(run("import-ipd", folder, "--format", "json"))
    assert (code, said["name"], said["created"], said["active"]) == (0, NAME, True, False)
    assert said["report"]["slips"] == {}
    again, code = answer(run("import-ipd", folder, "--format", "json"))
    assert (code, again["created"], again["content_hash"]) == (0, False, said["content_hash"])
    listed, _ = answer(run("list", "--format", "json"))
    assert [(one["name"], one["kind"], one["active"]) for one in listed] == [("core-1", "core", True), (NAME, "ipd", False)]


def test_the_report_is_printed_with_places(run, tmp_path):
    junk = ["rubbish", *("" for _ in range(17))]
    result = run("import-ipd", str(write_folder(tmp_path / "junk", files_of(seventh=junk))))
    assert result.exit_code == 0
    assert f"{SEROLOGY}:5  rubbish" in result.stdout


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda files: files.pop("hla_nom_p.txt"), "hla_nom_p.txt"),
        (lambda files: files.update({SEROLOGY: files_of(version="3.12.0")[SEROLOGY]}), "3.12.0"),
        (lambda files: files.update({SEROLOGY: [*files[SEROLOGY][:-1], "C*;12"]}), SEROLOGY),
        (lambda files: files.update({"hla_nom.txt": files["hla_nom.txt"][:9]}), "hla_nom.txt"),
    ],
)
def test_a_folder_that_is_not_a_whole_release_is_refused_with_a_sentence(run, tmp_path, spoil, said):
    files = files_of()
    spoil(files)
    result = run("import-ipd", str(write_folder(tmp_path / "bad", files)), "--format", "json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert len(answer(run("list", "--format", "json"))[0]) == 1


def test_a_folder_that_is_not_there(run, tmp_path):
    assert run("import-ipd", str(tmp_path / "nowhere")).exit_code == 2


def test_activation_is_a_look_until_it_is_confirmed(run, folder):
    run("import-ipd", folder)
    said, code = answer(run("activate", NAME, "--check", "--format", "json"))
    assert (code, said["activated"], said["before"], said["after"]) == (0, False, "core-1", NAME)
    assert said["counts"]["donors_changed"] == 1
    assert {(one["number"], one["raw_text"]) for one in said["changes"]} == {
        ("PT2", "A*24:18"), ("PT2", "B*40:26"), ("P1 · S1", "A*24:18"),
    }  # fmt: skip
    unconfirmed = run("activate", NAME)
    assert unconfirmed.exit_code == 1
    assert "A*24:18" in unconfirmed.stdout
    assert "--yes" in unconfirmed.stderr
    assert answer(run("list", "--format", "json"))[0][0]["active"] is True


def test_a_release_is_put_in_force_and_taken_back(run, runner, folder):
    run("import-ipd", folder)
    said, code = answer(run("activate", "3.99.0", "--yes", "--format", "json"))
    assert (code, said["activated"], said["after"]) == (0, True, NAME)
    assert [one["active"] for one in answer(run("list", "--format", "json"))[0]] == [False, True]
    assert run("activate", NAME, "--yes").exit_code == 1  # in force already
    sweep = runner.invoke(args=["sweep", "P1", "--thresholds", "1000", "--format", "json"])
    assert json.loads(sweep.stdout)["versions"]["nomenclature"] == NAME
    assert answer(run("activate", "core-1", "--yes", "--format", "json"))[0]["activated"] is True
    assert [one["active"] for one in answer(run("list", "--format", "json"))[0]] == [True, False]


def test_an_unknown_name_is_unusable(run):
    result = run("activate", "3.1.4", "--check")
    assert result.exit_code == 2
    assert "3.1.4" in result.stderr


def test_the_whole_list_of_changes_goes_to_a_file_that_no_spreadsheet_obeys(run, folder, tmp_path, engines):
    run("import-ipd", folder)
    with engines.write_session() as session:
        put_donors(session, [D("=PT3", "A*02:100 A*02 B*07 B*07")])
    out = tmp_path / "changes.csv"
    assert run("activate", NAME, "--check", "-o", str(out)).exit_code == 0
    rows = list(csv.reader(out.read_text(encoding="utf-8-sig").splitlines()))
    assert len(rows) == 1 + 4
    assert [row[1] for row in rows if "A*02:100" in row] == ["'=PT3"]
    assert run("activate", NAME, "--check", "-o", str(tmp_path / "no" / "such")).exit_code == 2


def parsed(runner, *texts):
    result = runner.invoke(args=["typing", "parse", *texts, "--format", "json"])
    assert result.exit_code == 0
    return json.loads(result.stdout)


def test_the_acceptance_of_the_issue(run, runner, shared_path):
    """Issue 4, acceptance 1, on the release of the shared folder."""
    folder = shared_path / "data" / "ipd-imgt-hla-3.58.0"
    began = time.perf_counter()
    assert run("import-ipd", str(folder)).exit_code == 0
    assert time.perf_counter() - began < 20
    assert run("activate", "ipd-imgt-hla-3.58.0", "--yes").exit_code == 0
    names = ("B*15:12", "A*02:03", "A*01:01:01:02N", "B*40:05", "C*12:03", "B*40:26", "A*02:100", "A*02:01:08")
    said = {one["text"]: one for one in parsed(runner, *names)}
    assert {one["reference"] for one in said.values()} == {"ipd-imgt-hla-3.58.0"}
    assert said["B*15:12"]["antigens"] == ["B76"]
    assert said["B*15:12"]["assigned"] == {"unambiguous": ["B76"], "expert": ["B62"]}
    assert said["A*02:03"]["alleles"][0]["under"] == {"A203": "A2"}
    assert (said["A*01:01:01:02N"]["kind"], said["A*01:01:01:02N"]["antigens"]) == ("null", [])
    assert said["B*40:05"]["alleles"][0]["under"] == {"B4005": "B21"}
    assert said["C*12:03"]["assigned"] == {"no_antigen": ["Cw12"]}
    assert said["B*40:26"]["assigned"] == {"unambiguous": ["B21"], "expert": ["B40"]}
    assert [issue["code"] for issue in said["A*02:100"]["issues"]] == ["allele_never_assigned", "assumed_antigens"]
    assert "A*02:1040" in said["A*02:01:08"]["issues"][0]["message"]
