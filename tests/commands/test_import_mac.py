"""`flask reference import-mac`: a table imported, quoted, replaced; exit codes, JSON and sentences (INTERFACES §3)."""

import json

import pytest

from tests.ipd_folder import write_folder
from tests.small_codes import FILE
from tests.small_registry import D, put_donors, put_patient, put_serum


@pytest.fixture
def run(runner):
    return lambda *words: runner.invoke(args=list(words))


@pytest.fixture
def load(run, tmp_path):
    """Imports a text as a file: `load(FILE, "--name", "ours-1")`."""

    def load(text, *words):
        (tmp_path / "alpha.v3.txt").write_text(text, encoding="utf-8", newline="")
        return run("reference", "import-mac", str(tmp_path / "alpha.v3.txt"), *words)

    return load


def test_a_code_is_read_by_the_table_once_it_is_imported(load, run):
    parse = ("typing", "parse", "A*02:AB", "--format", "json")
    [before] = json.loads(run(*parse).stdout)
    assert (before["kind"], [issue["code"] for issue in before["issues"]]) == ("invalid", ["allele_code_without_table"])
    done = load(FILE, "--name", "mac-1", "--format", "json")
    said = json.loads(done.stdout)
    assert (done.exit_code, said["table"], said["status"], said["codes"]) == (0, "mac-1", "created", 6)
    assert "mac-1 is in use (6 codes)" in done.stderr
    [after] = json.loads(run(*parse).stdout)
    assert (after["canonical"], after["gl_string"]) == ("A*02:01/A*02:02", "A*02:01/A*02:02")
    assert ["mac-1" in issue["message"] for issue in after["issues"]] == [True]
    listed = json.loads(run("reference", "list", "--format", "json").stdout)
    assert [(one["name"], one["kind"], one["active"]) for one in listed] == [
        ("core-1", "core", True), ("mac-1", "allele_codes", True),
    ]  # fmt: skip


def test_a_search_finds_the_donors_that_a_table_makes_typed(load, run, engines):
    with engines.write_session() as session:
        put_donors(session, [D("PT1", "A*02:AB A*01 B*07 B*44"), D("PT2", "A*02 A*01 B*07 B*44")])
        put_serum(session, put_patient(session, "P1", "A*01 A*03 B*08 B*35"), "S1", "A*02:01=100 A*02:02=100 A*02:03=9000")

    def reactions():
        found = json.loads(run("search", "P1", "--threshold", "1000", "--format", "json").stdout)
        return {(one["donor_number"], v["typed"]): v["reaction"] for one in found["donors"] for v in one["values"]}

    assert ("PT1", "A*02:01/A*02:02") not in reactions()
    assert json.loads(load(FILE, "--format", "json").stdout)["donors_changed"] == 1
    found = reactions()  # the index was built before, and is not silently wrong
    assert (found["PT1", "A*02:01/A*02:02"], found["PT2", "A*02"]) == ("negative", "undecided")


def test_an_activation_reads_codes_too(load, run, engines, tmp_path):
    with engines.write_session() as session:
        put_donors(session, [D("PT1", "A*02:AB A*24:18 B*07 B*44")])
    load(FILE)
    run("reference", "import-ipd", str(write_folder(tmp_path / "release")))
    said = json.loads(run("reference", "activate", "3.99.0", "--yes", "--format", "json").stdout)
    assert said["activated"]
    shown = {one["raw_text"]: (one["before"], one["after"]) for one in said["changes"]}
    assert "A*24:18" in shown
    assert all(after for _, after in shown.values())


def test_lines_that_cannot_be_used_are_said_and_the_rest_is_imported(load):
    done = load("\tAB\t01/02\n\tAC\t1/2\n", "--format", "json")
    assert done.exit_code == 3
    assert "AC\t1/2" in done.stderr
    assert json.loads(done.stdout)["refused"] == 1


@pytest.mark.parametrize("text", ["", "a\tb\n", "\tAB\t01/02"])
def test_a_file_that_cannot_be_used_is_said_in_one_sentence(load, run, text):
    done = load(text)
    assert (done.exit_code, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stderr
    assert len(json.loads(run("reference", "list", "--format", "json").stdout)) == 1


def test_a_file_that_is_not_there_and_a_name_that_is_taken(load, run, tmp_path):
    assert run("reference", "import-mac", str(tmp_path / "no.txt")).exit_code == 2
    load(FILE, "--name", "mac-1")
    assert load("AB\t01/03\n", "--name", "mac-1").exit_code == 1
