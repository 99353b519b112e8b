"""Bad input, as a person meets it: the sentence, the exit code, and that nothing else was lost."""

import json
import random

import pytest
from sqlmodel import func, select

from models.antibody import Bead, SerumSample
from models.donor import Donor
from models.importing import ImportBatch
from models.patient import Patient

DONORS = "donor_number,birth_date,weight_kg,consent_contact,status,hla_a_1,hla_a_2,hla_b_1,hla_b_2\n"
GOOD = "D1,1980-05-17,62,yes,active,A*01,A*02,B*07,B*08\n"
PATIENTS = "patient_number,antibody_sample,abo\nP1,S1,A\n"
BEADS = "Sample ID,Patient Name,Lot ID,Run Date,Allele,Assignment,Raw Value\n"


class Shell:
    """Runs commands on files written for the occasion, and counts what the database holds."""

    def __init__(self, runner, folder, engines):
        self.runner, self.folder, self.engines = runner, folder, engines

    def run(self, *words):
        return self.runner.invoke(args=[str(word) for word in words])

    def give(self, kind, content, *words, name="file.csv"):
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return self.run(kind, "import", path, *words)

    def answer(self, kind, content, *words):
        result = self.give(kind, content, "--format", "json", *words)
        return result, json.loads(result.stdout)

    def count(self, table):
        with self.engines.read_session() as session:
            return session.exec(select(func.count()).select_from(table)).one()


@pytest.fixture
def shell(runner, tmp_path, engines):
    return Shell(runner, tmp_path, engines)


@pytest.fixture
def lab(shell):
    """A shell where patient P1 expects sample S1 and one serum of S1 is on record."""
    assert shell.give("patients", PATIENTS).exit_code == 0
    assert shell.give("antibodies", BEADS + "S1,x,L1,10-12-2019,A*01:01,Negative,128\n").exit_code == 0
    return shell


UNUSABLE = [
    ("donors", b"", "The file is empty: nothing was imported."),
    ("donors", DONORS, "The file has a header but no row under it: nothing was imported."),
    ("donors", DONORS + GOOD + 'D2,1980-05-17,"62,yes\n', "A quotation mark opened in the row of line 3 is never closed"),
    ("donors", "\ufeffnuméro".encode()[:-1] + b"\xc3", "cannot be read in it: the file is damaged or was cut short"),
    ("donors", b"PK\x03\x04nonsense", "The spreadsheet is damaged or locked by a password"),
    ("donors", b"%PDF-1.7", "This is a file of type PDF"),
    ("donors", b"\x89PNG\r\n\x1a\n", "This is a file of type PNG"),
    ("donors", "name,abo\nx,A\n", "No column is donor_number, by which rows are known. The file has: name, abo."),
    ("donors", PATIENTS, "This file holds patients, not donors: use “flask patients import”."),
    ("donors", BEADS + "S1,x,L1,10-12-2019,A*01:01,Negative,128\n", "This file holds antibody results, not donors"),
    ("patients", DONORS + GOOD, "This file holds donors, not patients: use “flask donors import”."),
    ("antibodies", DONORS + GOOD, "This file holds donors, not antibody results: use “flask donors import”."),
    ("antibodies", b"", "The file is empty: nothing was imported."),
    ("antibodies", "x,y,z\n1,2,3\n", "No known antibody format has these columns: x, y, z."),
    ("antibodies", '<haml version="0.5.3"><patient>', "The XML is damaged or was cut short at line 1"),
    (
        "antibodies",
        '<!DOCTYPE h [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>\n<haml version="0.5.3">&b;</haml>',
        "The XML holds a document type or entities (line 1): for safety such a file is not read.",
    ),
    ("antibodies", "<hml/>", "The XML is not HAML: its root is “hml”."),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "content", "sentence"), UNUSABLE)
def test_a_file_that_cannot_be_used_is_said_in_one_sentence_and_changes_nothing(kind, content, sentence, shell):
    result = shell.give(kind, content)
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert "Traceback" not in result.output
    assert (result.stdout, shell.count(ImportBatch), shell.count(Donor), shell.count(Patient)) == ("", 0, 0, 0)


@pytest.mark.parametrize("kind", ["donors", "patients", "antibodies"])
def test_a_file_of_more_than_a_hundred_megabytes_is_refused_unread(kind, shell):
    path = shell.folder / "huge.xml"
    with path.open("wb") as file:
        file.truncate(100_000_001)
    result = shell.run(kind, "import", path)
    assert result.exit_code == 2
    assert "The file is too large (100 MB; at most 100 MB): split it in parts." in result.stderr


def test_a_file_that_is_not_there(shell):
    result = shell.run("donors", "import", shell.folder / "none.csv")
    assert (result.exit_code, "There is no file" in result.stderr) == (2, True)


CELLS = [
    ("birth_date", "03/04/1985", "“03/04/1985” can be read with the day first or with the month first: no date of this column tells which."),
    ("birth_date", "2027-01-01", "The birth date 2027-01-01 lies in the future."),
    ("weight_kg", '"1,234"', "“1,234” may be a whole number of thousands or have three decimals: no number of this column tells which."),
    ("donor_number", "D1", "D1 stands on several lines (2, 3): none of them was imported."),
    ("consent_contact", "perhaps", "“perhaps” is none of the words of this column: no, yes."),
]  # fmt: skip


@pytest.mark.parametrize(("column", "text", "sentence"), CELLS)
def test_a_bad_cell_is_said_with_its_place_and_the_other_rows_are_kept(column, text, sentence, shell):
    row = dict(zip(DONORS.strip().split(","), GOOD.strip().replace("D1", "D2").split(","), strict=True)) | {column: text}
    content = DONORS + GOOD + ",".join(row.values()) + "\n" + GOOD.replace("D1", "D3")
    result, answer = shell.answer("donors", content)
    assert result.exit_code == 3
    issue = answer["issues"][-1]
    assert issue["message"] == sentence
    assert (issue["line"], issue["column"], issue["raw"], issue["severity"]) == (3, column, text.strip('"'), "error")
    expected = 1 if column == "donor_number" else 2
    assert (answer["rows"], answer["created"], answer["refused"]) == (3, expected, 3 - expected)
    assert shell.count(Donor) == expected


def test_a_date_is_read_where_another_date_of_the_column_tells_the_order(shell):
    content = DONORS + GOOD.replace("1980-05-17", "03/04/1985") + GOOD.replace("D1,1980-05-17", "D2,25/12/1985")
    assert shell.give("donors", content).exit_code == 0


TYPINGS = [
    ("A99", "“A99”: no antigen A99 is known; the position counts as not typed."),
    ("A1 A2 A3", "“A1 A2 A3” holds several values; the position counts as not typed."),
    ("DRB1*15:01", "“DRB1*15:01” is class II; the position counts as not typed."),
    ("A*02:ABC", "“A*02:ABC” is a multiple allele code, and no table of codes is loaded."),
]


@pytest.mark.parametrize(("typed", "sentence"), TYPINGS)
def test_a_bad_typing_is_said_and_the_rest_of_the_row_is_kept(typed, sentence, shell):
    result, answer = shell.answer("donors", DONORS + GOOD.replace("A*01", typed))
    assert (result.exit_code, answer["created"], answer["refused"]) == (0, 1, 0)
    (issue,) = answer["issues"]
    assert (issue["line"], issue["column"], issue["raw"], issue["message"]) == (2, "hla_a_1", typed, sentence)
    with shell.engines.read_session() as session:
        donor = session.exec(select(Donor)).one()
        assert (donor.hla_a_1, donor.phenotype_key) == (typed, "A*02+?^B*07+B*08^?+?")


def test_a_last_row_cut_short_is_refused_and_the_rows_before_it_are_kept(shell):
    result, answer = shell.answer("donors", DONORS + GOOD + "D2,1980-05-17,6")
    assert (result.exit_code, answer["created"], answer["refused"]) == (3, 1, 1)
    assert [issue["message"] for issue in answer["issues"]] == [
        "The last row is incomplete and has no end of line: the file may have been cut short.",
        "The row has 3 cells where the header has 9: nothing of it was imported.",
    ]


def test_a_cell_of_one_megabyte_refuses_its_row_alone(shell):
    long = GOOD.replace("D1", "D2").replace("A*02", "x" * 1_000_000)
    result, answer = shell.answer("donors", DONORS + GOOD + long + GOOD.replace("D1", "D3"))
    assert (result.exit_code, answer["created"], answer["refused"]) == (3, 2, 1)
    assert answer["issues"][0]["message"] == "A cell holds 1,000,000 characters: nothing of the row was imported."
    assert len(result.stdout) < 5_000


BEAD_LINES = [
    ("A*02:01,Negative,-12", 0, "info", "MFI below zero count as 0 (first: A*02:01)."),
    ("A*01:01,Negative,300", 300, "warning", "Two beads of A*01:01: the higher MFI is kept."),
    ("A*99:01,Negative,7", 7, "warning", "Bead A*99:01 is not a known class I allele: it takes no part."),
]


@pytest.mark.parametrize(("line", "mfi", "severity", "sentence"), BEAD_LINES)
def test_an_odd_bead_is_kept_and_said(line, mfi, severity, sentence, lab):
    content = BEADS + f"S1,x,L2,10-12-2019,A*01:01,Negative,128\nS1,x,L2,10-12-2019,{line}\n"
    result, answer = lab.answer("antibodies", content)
    assert (result.exit_code, answer["rows"], answer["created"]) == (0, 2, 2)
    (issue,) = answer["issues"]
    assert (issue["line"], issue["severity"], issue["message"]) == (3, severity, sentence)
    with lab.engines.read_session() as session:
        assert mfi in session.exec(select(Bead.mfi)).all()


def test_control_beads_are_kept_as_such(lab):
    result = lab.give("antibodies", "allele;MFI\nNegative control;30\nPositive control;9000\nA*01:01;5\n", "--patient", "P1")
    assert result.exit_code == 0
    with lab.engines.read_session() as session:
        kinds = [bead.kind.value for bead in session.exec(select(Bead).order_by(Bead.id))]
    assert kinds[1:] == ["negative_control", "positive_control", "hla"]


def test_a_serum_of_nobody_is_refused_and_named(lab):
    result = lab.give("antibodies", BEADS + "S9,x,L1,10-12-2019,A*01:01,Negative,128\n")
    assert (result.exit_code, lab.count(SerumSample)) == (1, 1)
    assert "Sample S9 belongs to no patient" in " ".join(result.stdout.split())


def test_a_serum_of_nobody_beside_one_of_somebody_is_exit_code_three(lab):
    content = BEADS + "S9,x,L2,10-12-2019,A*01:01,Negative,1\nS1,x,L2,10-12-2019,A*01:01,Negative,2\n"
    result, answer = lab.answer("antibodies", content)
    assert (result.exit_code, answer["created"], answer["refused"], lab.count(SerumSample)) == (3, 1, 1, 2)


def test_a_serum_on_record_with_other_values_is_refused_with_the_difference(lab):
    result, answer = lab.answer("antibodies", BEADS + "S1,x,L1,10-12-2019,A*01:01,Positive,5000\n")
    assert result.exit_code == 1
    assert answer["issues"][0]["message"] == (
        "Sample S1 (class I, lot L1) is on record with other values; on record → in the file: "
        "A*01:01: 128 → 5000. Nothing of it was changed (1 differences)."
    )
    with lab.engines.read_session() as session:
        assert session.exec(select(Bead.mfi)).all() == [128]


def test_an_ambiguous_mfi_is_refused_and_the_other_beads_are_kept(lab):
    result, answer = lab.answer("antibodies", 'A*01:01;"1,234"\nA*02:01;7\n', "--patient", "P1", "--sample", "T1")
    assert (result.exit_code, answer["rows"], answer["created"], answer["refused"]) == (3, 2, 1, 1)
    assert answer["issues"][0]["message"].startswith("“1,234” may be a whole number of thousands")


def test_french_speaks_of_it_in_french(shell, app):
    settings = app.extensions["phenotheque"].settings
    object.__setattr__(settings, "locale", "fr")
    result = shell.give("donors", b"")
    assert "vide" in result.stderr


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_million_rows(shell):
    rng = random.Random(1)
    rows = "".join(
        f"D{n:07d},,,yes,active,A*{rng.choice((1, 2, 3)):02d},A*24,B*07,B*{rng.choice((8, 44)):02d}\n" for n in range(1_000_000)
    )
    result, answer = shell.answer("donors", DONORS + rows)
    assert result.exit_code == 0
    assert (answer["rows"], answer["created"], shell.count(Donor)) == (1_000_000, 1_000_000, 1_000_000)
