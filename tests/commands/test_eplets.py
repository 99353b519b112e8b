"""`flask reference import-eplets` and `flask eplets diff`: exit codes, the JSON of INTERFACES §3, sentences."""

import json
from importlib.metadata import PackageNotFoundError, distribution

import pytest
from sqlmodel import select

from models.audit import AuditEvent
from tests.invented_eplets import EXPORT
from tests.ipd_folder import write_folder


@pytest.fixture
def run(runner):
    return lambda *words: runner.invoke(args=list(words))


@pytest.fixture
def load(run, tmp_path):
    """Imports a text as a file: `load(EXPORT, "--name", "ours-1")`."""

    def load(text, *words):
        (tmp_path / "export.csv").write_text(text, encoding="utf-8")
        return run("reference", "import-eplets", str(tmp_path / "export.csv"), *words)

    return load


def test_an_export_is_loaded_and_two_alleles_compared(load, run):
    done = load(EXPORT, "--name", "ours-1", "--format", "json")
    assert (done.exit_code, json.loads(done.stdout)["table"], done.stderr) == (0, "ours-1", "")
    found = run("eplets", "diff", "A*0201", "HLA-B*44:03", "--format", "json")
    assert json.loads(found.stdout) == {"only_first": ["9Q"], "only_second": ["30Y"], "table": "ours-1"}
    found = run("eplets", "diff", "A*0201", "B*44:03", "--verified", "--format", "json")
    assert json.loads(found.stdout) == {"only_first": ["9Q"], "only_second": [], "table": "ours-1"}


def test_the_list_of_references_holds_the_tables_and_which_is_in_use(load, run):
    load(EXPORT, "--name", "ours-1")
    load("Eplet,Alleles\n9Q,A*01:01\n", "--name", "ours-2")
    listed = json.loads(run("reference", "list", "--format", "json").stdout)
    assert [(one["name"], one["kind"], one["active"]) for one in listed] == [
        ("core-1", "core", True), ("ours-2", "eplets", True), ("ours-1", "eplets", False),
    ]  # fmt: skip


def test_rows_that_cannot_be_used_are_said_and_the_rest_is_loaded(load):
    done = load("Eplet,Alleles\n9Q,A*02:01 zz\n", "--format", "json")
    assert done.exit_code == 3
    assert done.stderr == "Line 2: “zz” is no class I allele; it was left out.\n"
    assert json.loads(done.stdout)["refused"] == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n", "This is no table of eplets: its headings are a; b."),
        ("Eplet,Alleles\n9Q,A*02:99\n", "This file names none of the alleles of the kits’ panel (alleles read: 1)"),
        ("Eplet,Alleles\n", "This file names none of the alleles of the kits’ panel (alleles read: 0)"),
        ("", "The file is empty"),
        ("\x00\x01\x02", "The file is neither text nor a spreadsheet"),
    ],
)
def test_a_file_that_cannot_be_used_is_said_in_one_sentence_and_leaves_nothing(load, run, engines, text, said):
    load(EXPORT, "--name", "ours-1")
    done = load(text)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith(said)
    listed = json.loads(run("reference", "list", "--format", "json").stdout)
    assert [(one["name"], one["active"]) for one in listed] == [("core-1", True), ("ours-1", True)]
    with engines.read_session() as session:
        [event] = session.exec(select(AuditEvent).where(AuditEvent.action == "eplet_table_activated")).all()
        assert event.subject_key == "ours-1"


def test_another_table_of_the_same_name_is_refused_by_rule(load):
    load(EXPORT, "--name", "ours-1")
    assert load("Eplet,Alleles\n9Q,A*01:01\n", "--name", "ours-1").exit_code == 1


@pytest.mark.parametrize("words", [(), ("--pelc", "x.csv")])
def test_a_file_or_pelc_is_asked_for_and_not_both(run, words):
    done = run("reference", "import-eplets", *words)
    assert (done.exit_code, done.stderr) == (2, "Give a file, or --pelc, not both.\n")


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("A2", "A*02:01", "“A2” is no allele at two fields"),
        ("A*02:01", "B*57:01", "Table ours-1 does not list B*57:01."),
    ],
)
def test_what_cannot_be_compared_is_said(load, run, first, second, said):
    load(EXPORT, "--name", "ours-1")
    done = run("eplets", "diff", first, second, "--format", "json")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith(said)


def test_alleles_are_read_under_the_release_in_force(load, run, tmp_path):
    """The release knows only null alleles of A*01:04, and took A*02:01:08 away: neither may pass for another."""
    load("Eplet,Alleles\n9Q,A*01:04 A*02:01\n12Z,A*01:01\n", "--name", "ours-1")
    ask = ["eplets", "diff", "A*01:01", "A*01:04", "--format", "json"]
    assert json.loads(run(*ask).stdout)["only_second"] == ["9Q"]
    run("reference", "import-ipd", str(write_folder(tmp_path / "release")))
    assert run("reference", "activate", "3.99.0", "--yes").exit_code == 0
    done = run(*ask)
    assert (done.exit_code, done.stderr.split(" is ")[0]) == (2, "“A*01:04”")
    done = run("eplets", "diff", "A*01:01", "A*02:01:08")
    assert (done.exit_code, done.stderr) == (2, "Table ours-1 does not list A*02:01:08.\n")


def test_without_a_table_that_is_said(run):
    done = run("eplets", "diff", "A*68:01", "A*68:02")
    assert (done.exit_code, done.stderr.split(":")[0]) == (2, "No eplet table is loaded")


def installed():
    try:
        return distribution("pelc").version
    except PackageNotFoundError:
        return None


@pytest.mark.skipif(installed() is not None, reason="the optional package pelc is installed")
def test_without_the_package_that_is_said(run):
    done = run("reference", "import-eplets", "--pelc")
    assert done.exit_code == 2
    assert done.stderr.startswith("The package pelc is not installed here")


@pytest.mark.skipif(installed() != "0.5.4.5", reason="pelc 0.5.4.5 is not installed (make setup, where it can be had)")
def test_the_tables_of_the_package_are_loaded_and_named_with_its_version(run):
    done = json.loads(run("reference", "import-eplets", "--pelc", "--format", "json").stdout)
    assert (done["table"], done["kit_alleles_missing"], done["without_status"]) == ("pelc-0.5.4.5", [], 198)
    found = json.loads(run("eplets", "diff", "A*68:01", "A*68:02", "--format", "json").stdout)
    assert found == {
        "only_first": ["97M", "105S", "114R", "116D"],
        "only_second": ["12M", "97R", "114H", "116Y"],
        "table": "pelc-0.5.4.5",
    }
