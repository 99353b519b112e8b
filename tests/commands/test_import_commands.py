"""`flask donors import`, `flask patients import`, `flask antibodies import`: options, answers, exit codes."""

import csv
import io
import json
import stat
import time

import pytest
from sqlmodel import select

from models.antibody import SerumSample
from models.donor import Donor
from models.importing import ImportBatch

HEADER = "donor_number,sex,phone,rhd,consent_contact,status,hla_a_1\n"
ROWS = "D1,F,+33 6 99 00 00 01,+,yes,active,A*01\nD2,3,=cmd(),-,yes,active,A*02\n"


@pytest.fixture
def file(tmp_path):
    """Writes a file: `file("donors.csv", text)`."""

    def write(name, content):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    return write


@pytest.fixture
def run(runner):
    return lambda *words: runner.invoke(args=list(words))


@pytest.fixture
def rows_of(engines):
    """Every row of a table."""

    def find(table):
        with engines.read_session() as session:
            found = session.exec(select(table)).all()
            session.expunge_all()
            return found

    return find


def test_json_stands_alone_on_standard_output_with_the_documented_keys(run, file):
    result = run("donors", "import", file("donors.csv", HEADER + ROWS), "--format", "json")
    answer = json.loads(result.stdout)
    assert result.exit_code == 3
    assert {name: answer[name] for name in ("kind", "mode", "rows", "created", "updated", "unchanged", "refused", "deactivated")} == {
        "kind": "donors", "mode": "diff", "rows": 2, "created": 1, "updated": 0, "unchanged": 0, "refused": 1, "deactivated": 0,
    }  # fmt: skip
    assert isinstance(answer["batch"], int)
    assert set(answer["issues"][0]) >= {"line", "column", "code", "severity", "raw", "message"}


def test_the_table_says_the_same_in_words(run, file):
    result = run("donors", "import", file("donors.csv", HEADER + ROWS))
    assert "donors.csv: 2 rows read; 1 created, 0 updated, 0 unchanged, 1 refused." in result.stdout
    assert "is none of the words of this column: F, M." in " ".join(result.stdout.split())


def test_a_check_says_what_would_happen_and_writes_nothing(run, file, rows_of):
    result = run("donors", "import", file("donors.csv", HEADER + ROWS), "--mode", "check")
    assert "check only, nothing written" in result.stdout
    assert (result.exit_code, rows_of(Donor), rows_of(ImportBatch)) == (3, [], [])


def test_a_full_import_asks_for_yes(run, file, rows_of):
    run("donors", "import", file("all.csv", HEADER + "D1,F,,,yes,active,\nD2,F,,,yes,active,\n"))
    shorter = file("one.csv", HEADER + "D1,F,,,yes,active,\n")
    asked = run("donors", "import", shorter, "--mode", "full")
    assert (asked.exit_code, asked.stdout) == (2, "")
    assert "would mark 1 donors absent from the file as inactive: add --yes" in asked.stderr
    done = run("donors", "import", shorter, "--mode", "full", "--yes", "--format", "json")
    assert (done.exit_code, json.loads(done.stdout)["deactivated"]) == (0, 1)
    assert {donor.donor_number: donor.status for donor in rows_of(Donor)} == {"D1": "active", "D2": "inactive"}


def test_headings_are_mapped_by_hand(run, file, rows_of):
    content = "ID;HLA A1;consent_contact;junk\nD1;A*01;yes;x\n"
    missing = run("donors", "import", file("other.csv", content))
    assert missing.exit_code == 2
    done = run(
        "donors", "import", file("other.csv", content), "--column", "ID=donor_number", "--column", "HLA A1=hla_a_1",
        "--column", "junk=", "--format", "json",
    )  # fmt: skip
    assert [issue["code"] for issue in json.loads(done.stdout)["issues"]] == ["status_column_absent", "second_position_empty"]
    assert rows_of(Donor)[0].hla_a_1 == "A*01"


@pytest.mark.parametrize("text", ["HLA A1", "=hla_a_1"])
def test_a_mapping_that_cannot_be_read(run, file, text):
    result = run("donors", "import", file("donors.csv", HEADER + ROWS), "--column", text)
    assert (result.exit_code, "write “HEADING=column”" in result.stderr) == (2, True)


def test_bare_numbers_are_declared(run, file, rows_of):
    content = HEADER.replace("hla_a_1", "hla_a_1,hla_a_2") + "D1,F,,,yes,active,1,24\n"
    run("donors", "import", file("donors.csv", content), "--bare", "serological")
    assert rows_of(Donor)[0].phenotype_key.startswith("A1+A24^")


def test_refused_rows_are_kept_ready_to_correct_and_send_again(run, file, tmp_path, rows_of):
    kept = tmp_path / "refused.csv"
    result = run("donors", "import", file("donors.csv", HEADER + ROWS), "--refused-rows", str(kept))
    assert "The refused rows are in" in result.stderr
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    text = kept.read_bytes().decode("utf-8-sig")
    heading, row = csv.reader(io.StringIO(text), delimiter=";")
    assert heading[:3] == ["donor_number", "sex", "phone"]
    assert row[:5] == ["D2", "3", "'=cmd()", "-", "yes"]
    assert "is none of the words" in row[-1]
    again = run("donors", "import", file("corrected.csv", text.replace("D2;3", "D2;M")), "--format", "json")
    assert (again.exit_code, json.loads(again.stdout)["created"]) == (0, 1)
    assert {donor.donor_number: (donor.sex, donor.rhd) for donor in rows_of(Donor)} == {"D1": ("F", "+"), "D2": ("M", "-")}


def test_an_older_file_of_refused_rows_is_emptied_and_made_private(run, file, tmp_path):
    kept = tmp_path / "refused.csv"
    kept.write_text("older " * 1_000)
    kept.chmod(0o644)
    run("donors", "import", file("donors.csv", HEADER + ROWS), "--refused-rows", str(kept))
    assert (stat.S_IMODE(kept.stat().st_mode), "older" in kept.read_text("utf-8-sig")) == (0o600, False)


@pytest.mark.parametrize("older", [None, "older"])
def test_where_no_row_is_refused_the_file_is_left_as_it_was(run, file, tmp_path, older):
    kept = tmp_path / "refused.csv"
    if older:
        kept.write_text(older)
    result = run("donors", "import", file("donors.csv", HEADER + ROWS.splitlines()[0] + "\n"), "--refused-rows", str(kept))
    assert (result.exit_code, "No row was refused" in result.stderr) == (0, True)
    assert (kept.read_text() if kept.exists() else None) == older


@pytest.mark.parametrize("mode", ["check", "diff"])
def test_the_file_to_import_is_never_written_over(run, file, tmp_path, mode, rows_of):
    path = file("donors.csv", HEADER + ROWS)
    link = tmp_path / "link.csv"
    link.symlink_to(path)
    for target in (path, str(link)):
        result = run("donors", "import", path, "--mode", mode, "--refused-rows", target)
        assert (result.exit_code, "is the file to import" in result.stderr) == (2, True)
    assert ((tmp_path / "donors.csv").read_text(), rows_of(Donor)) == (HEADER + ROWS, [])


@pytest.mark.parametrize("target", ["/nonexistent/refused.csv", "/dev/full"])
def test_where_refused_rows_cannot_be_kept_nothing_is_imported(run, file, rows_of, target):
    result = run("donors", "import", file("donors.csv", HEADER + ROWS), "--refused-rows", target)
    assert (result.exit_code, f"{target} cannot be written" in result.stderr, rows_of(Donor)) == (2, True, [])


@pytest.mark.parametrize(
    ("words", "text"),
    [(("patients", "import"), "patient_number\nP1\n"), (("antibodies", "import", "--patient", "P0"), "allele;MFI\nA*01:01;5\n")],
)
def test_every_full_import_asks_for_yes(run, file, words, text, rows_of):
    run("patients", "import", file("first.csv", "patient_number\nP0\n"))
    asked = run(*words, file("file.csv", text), "--mode", "full")
    assert (asked.exit_code, "asks for --yes" in asked.stderr, len(rows_of(ImportBatch))) == (2, True, 1)
    assert run(*words, file("file.csv", text), "--mode", "full", "--yes").exit_code == 0
    assert len(rows_of(ImportBatch)) == 2


@pytest.mark.parametrize("kind", ["donors", "patients", "antibodies"])
def test_a_file_is_read_before_the_wait_for_another_writer(run, file, engines, kind):
    path = file("bad.csv", 'donor_number,patient_number\n"D1')
    with engines.write_session() as writer:
        writer.connection().exec_driver_sql("UPDATE registry_state SET version = version")
        started = time.monotonic()
        result = run(kind, "import", path)
    assert (result.exit_code, time.monotonic() - started < 5) == (2, True)


def test_a_long_import_tells_how_far_it_is_on_standard_error(run, file):
    rows = "".join(f"D{n},F,,,yes,active,A*01\n" for n in range(5_000))
    result = run("donors", "import", file("donors.csv", HEADER + rows), "--mode", "check", "--format", "json")
    assert "5,000 of 5,000 rows" in result.stderr
    assert json.loads(result.stdout)["rows"] == 5_000


BEADS = "allele;MFI\nA*01:01;5\n"


def test_antibody_options_reach_the_serum(run, file, rows_of):
    run("patients", "import", file("patients.csv", "patient_number\nP1\nP2\n"))
    result = run(
        "antibodies", "import", file("beads.csv", BEADS), "--patient", "P2", "--sample", "T1", "--date", "2026-03-04", "--format", "json"
    )  # fmt: skip
    (sample,) = json.loads(result.stdout)["samples"]
    assert sample == {
        "sample": "T1", "hla_class": "I", "kit_lot": "", "run_on": "2026-03-04", "treatment": "", "patient": "P2",
        "beads": 1, "outcome": "created",
    }  # fmt: skip
    assert [serum.sample_code for serum in rows_of(SerumSample)] == ["T1"]


@pytest.mark.parametrize("table", ["sample;patient\nT1;P2\n", "T1,P2\n"])
def test_a_map_of_samples(run, file, table):
    run("patients", "import", file("patients.csv", "patient_number\nP1\nP2\n"))
    words = ("antibodies", "import", file("beads.csv", BEADS), "--sample", "T1", "--map", file("map.csv", table))
    assert json.loads(run(*words, "--format", "json").stdout)["samples"][0]["patient"] == "P2"


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ("a,b,c\n1,2,3\n", "has 3 columns: it needs two"),
        ("sample,patient\nT1,\n", "Line 2 of the table of samples lacks a sample or a patient."),
        ("T1,P1\nT1,P2\n", "Line 2 of the table of samples gives sample T1 to a second patient."),
    ],
)
def test_a_map_that_cannot_be_used(run, file, table, sentence):
    result = run("antibodies", "import", file("beads.csv", BEADS), "--map", file("map.csv", table))
    assert (result.exit_code, sentence in result.stderr) == (2, True)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--patient", "P9"), "No patient has the number P9."),
        (("--date", "yesterday"), "“yesterday” is not a day"),
    ],
)
def test_antibody_options_that_cannot_be_used(run, file, words, sentence):
    result = run("antibodies", "import", file("beads.csv", BEADS), *words)
    assert (result.exit_code, sentence in result.stderr) == (2, True)
