"""`flask sweep`, `search`, `explain` and `index`: exit codes, JSON alone on standard output, sentences (INTERFACES §1, §3)."""

import csv
import dataclasses
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import text
from sqlmodel import select

from models.audit import AuditEvent
from models.search import Search
from tests.small_registry import PERSONAL, put_small_registry

ROOT = Path(__file__).resolve().parents[2]
COMPATIBLE = ["PT0001", "PT0002", "PT0003", "PT0012", "PT0004", "PT0011"]


@pytest.fixture
def registry(engines):
    with engines.write_session() as session:
        put_small_registry(session)
    return engines


@pytest.fixture
def run(registry, runner):
    """Runs a command of the application on the small registry."""
    return lambda *words: runner.invoke(args=list(words))


@pytest.fixture
def run_json(run):
    """The same, with the JSON that stands alone on standard output."""

    def run_json(*words):
        result = run(*words, "--format", "json")
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout)

    return run_json


@pytest.fixture
def in_french(app):
    """The language of the commands is French."""
    held = app.extensions["phenotheque"]
    settings = held.settings.model_copy(update={"locale": "fr"})
    app.extensions["phenotheque"] = dataclasses.replace(held, settings=settings)


def assert_refused(result, code):
    """An exit code, nothing on standard output, one sentence on standard error."""
    assert (result.exit_code, result.stdout) == (code, "")
    lines = result.stderr.strip().splitlines()
    assert lines
    assert "Traceback" not in result.stderr
    assert "nobody foresaw" not in result.stderr
    assert not lines[-1].startswith("{")
    assert "_" not in lines[-1].replace("donor_number", ""), lines[-1]  # a sentence, not a code


# --- sweep ---


def test_a_sweep_in_json_stands_alone(run_json):
    answer = run_json("sweep", "P1", "--thresholds", "1000,2000")
    assert [entry["mfi"] for entry in answer["thresholds"]] == [1000, 2000]
    assert answer["thresholds"][0]["national"] == {"compatible": 6, "possible": 1, "unknown": 2, "blocked": 3, "available": 3}
    assert answer.keys() >= {
        "patient", "sample", "loci", "on", "versions", "active_donors", "thresholds", "gains", "typing_could_settle", "issues",
    }  # fmt: skip
    assert answer["on"] == "2026-11-22"


def test_a_sweep_asks_the_three_usual_thresholds_unless_told(run_json):
    assert [entry["mfi"] for entry in run_json("sweep", "P1")["thresholds"]] == [1000, 2000, 5000]


def test_a_full_sweep_asks_every_mfi_of_the_serum(run_json):
    answer = run_json("sweep", "P1", "--all")
    assert len(answer["thresholds"]) == 21
    assert answer["thresholds"][-1]["mfi"] == 9000


def test_a_sweep_in_csv_stands_alone(run):
    result = run("sweep", "P1", "--thresholds", "1000", "--format", "csv")
    assert result.exit_code == 0
    rows = list(csv.DictReader(io.StringIO(result.stdout, newline="")))
    assert [(row["region"], row["compatible"]) for row in rows] == [("", "6"), ("Bretagne", "2"), ("Corse", "3"), ("unassigned", "1")]


def test_a_sweep_as_a_table_shows_every_region_and_the_nation(run):
    result = run("sweep", "P1", "--thresholds", "1000")
    assert result.exit_code == 0, result.stderr
    for word in ("1,000 MFI", "Bretagne", "Corse", "Nation", "no region", "A2", "B61", "A*32"):
        assert word in result.stdout
    assert "rebuilt" in result.stderr


def test_loci_day_and_serum_are_asked(run_json):
    answer = run_json("sweep", "P1", "--loci", "A,B,C", "--on", "2026-12-10", "--sample", "S1", "--thresholds", "1000")
    assert (answer["loci"], answer["on"], answer["sample"]) == (["A", "B", "C"], "2026-12-10", "S1")
    assert answer["thresholds"][0]["national"]["unknown"] > 2


# --- search ---


def test_a_search_lists_ranked_donors(run_json):
    answer = run_json("search", "P1", "--threshold", "1000")
    numbers = [donor["donor_number"] for donor in answer["donors"]]
    assert numbers == [*COMPATIBLE, "PT0007", "PT0009", "PT0008"]
    assert answer["counts"]["national"]["compatible"] == 6
    assert answer["donors"][0]["first_eligible_on"] == "2026-11-22"
    assert answer["donors"][5]["first_eligible_on"] is None
    assert answer.keys() >= {"patient", "sample", "loci", "on", "threshold", "policy", "versions", "counts", "issues", "donors"}


def test_a_search_is_kept_under_the_id_it_prints(run_json, registry):
    answer = run_json("search", "P1", "--threshold", "1000", "--limit", "2")
    with registry.read_session() as session:
        [kept] = session.exec(select(Search)).all()
        [event] = session.exec(select(AuditEvent)).all()
    assert kept.id == answer["search"]
    assert [donor["donor_number"] for donor in kept.result["donors"]] == COMPATIBLE[:2]
    assert (event.action, event.subject_key) == ("search", "P1")
    assert event.actor.startswith("cli:")


def test_region_policy_and_limit_are_asked(run_json):
    answer = run_json("search", "P1", "--threshold", "1000", "--region", "Corse", "--policy", "antibody-first", "--limit", "2")
    assert [donor["donor_number"] for donor in answer["donors"]] == ["PT0002", "PT0004"]
    assert (answer["region"], answer["policy"]) == ("Corse", "antibody-first")
    assert len(run_json("search", "P1", "--threshold", "1000", "--limit", "0")["donors"]) == 9
    assert len(run_json("search", "P1", "--threshold", "1000", "--region", "unassigned")["donors"]) == 2


def test_a_search_as_a_table_shows_the_donors(run):
    result = run("search", "P1", "--threshold", "1000", "--limit", "4")
    assert result.exit_code == 0, result.stderr
    for word in [*COMPATIBLE[:4], "4 of 9", "B1U", "identical", "8 Dec 2026", "900"]:
        assert word in result.stdout
    assert "PT0004" not in result.stdout


def test_a_search_writes_csv_and_xlsx_files(run, tmp_path):
    words = ("search", "P1", "--threshold", "1000")
    for form in ("csv", "xlsx", "json"):
        path = tmp_path / f"donors.{form}"
        result = run(*words, "--format", form, "-o", str(path))
        assert result.exit_code == 0, result.stderr
        if form != "json":
            assert result.stdout == ""
    printed = run(*words, "--format", "csv").stdout_bytes
    assert (tmp_path / "donors.csv").read_bytes() == printed
    assert [row["donor_number"] for row in csv.DictReader(io.StringIO(printed.decode(), newline=""))][:6] == COMPATIBLE
    sheet = load_workbook(tmp_path / "donors.xlsx")["donors"]
    assert [row[1] for row in sheet.iter_rows(min_row=2, values_only=True)][:6] == COMPATIBLE


def test_json_goes_to_the_file_that_is_named(run, tmp_path):
    path = tmp_path / "answer.json"
    result = run("search", "P1", "--threshold", "1000", "--format", "json", "-o", str(path))
    assert (result.exit_code, result.stdout) == (0, "")
    assert len(json.loads(path.read_text(encoding="utf-8"))["donors"]) == 9


@pytest.mark.parametrize("form", ["csv", "xlsx", "json"])
def test_a_file_that_cannot_be_written_is_said(run, tmp_path, form):
    path = tmp_path / "no" / "donors"
    result = run("search", "P1", "--threshold", "1000", "--format", form, "-o", str(path))
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"{path} cannot be written" in result.stderr


def test_a_workbook_needs_a_file(run):
    assert_refused(run("search", "P1", "--threshold", "1000", "--format", "xlsx"), 2)


# --- explain ---


def test_an_explanation_in_words(run):
    result = run("explain", "P1", "PT0005", "--threshold", "1000")
    assert result.exit_code == 0, result.stderr
    for word in ("PT0005", "P1", "1,000", "blocked", "grade C", "A*02", "9,000", "core-1"):
        assert word in result.stdout


def test_an_explanation_in_json(run_json):
    answer = run_json("explain", "P1", "PT0005", "--threshold", "1000")
    assert (answer["donor"]["verdict"], answer["listed"]) == ("blocked", False)
    assert answer["sentences"]
    assert len(answer["donor"]["values"]) == 4


def test_the_three_commands_agree(run_json):
    searched = run_json("search", "P1", "--threshold", "801", "--limit", "0")
    swept = run_json("sweep", "P1", "--thresholds", "801")
    assert {k: swept["thresholds"][0][k] for k in ("national", "regions")} == searched["counts"]
    for donor in searched["donors"]:
        explained = run_json("explain", "P1", donor["donor_number"], "--threshold", "801")["donor"]
        assert explained | {"rank": donor["rank"]} == donor


# --- what cannot be asked ---


@pytest.mark.parametrize("threshold", ["-1", "0", "abc", "1000000000", "10**9", "", "1e3", "2000.5"])
def test_a_threshold_that_is_none_exits_2(run, threshold):
    for words in (
        ("sweep", "P1", "--thresholds", threshold),
        ("sweep", "P1", "--thresholds", f"1000,{threshold}"),
        ("search", "P1", "--threshold", threshold),
        ("explain", "P1", "PT0001", "--threshold", threshold),
        ("directives", "set", "P1", "--threshold", threshold),
    ):
        result = run(*words)
        assert_refused(result, 2)
        assert "threshold" in result.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("sweep", "P9"), "P9"),
        (("search", "P9", "--threshold", "1000"), "P9"),
        (("explain", "P9", "PT0001", "--threshold", "1000"), "P9"),
        (("explain", "P1", "PT9999", "--threshold", "1000"), "PT9999"),
        (("search", "P1", "--threshold", "1000", "--region", "Atlantide"), "Atlantide"),
        (("search", "P1", "--threshold", "1000", "--policy", "cheapest"), "cheapest"),
        (("sweep", "P1", "--sample", "S9"), "S9"),
        (("sweep", "P1", "--loci", "A"), "A,B"),
        (("search", "P1", "--threshold", "1000", "--loci", "A,B,DRB1"), "DRB1"),
        (("sweep", "P1", "--on", "2026-13-01"), "2026-13-01"),
        (("sweep", "P1", "--on", "tomorrow"), "tomorrow"),
        (("search", "P1"), "threshold"),
        (("explain", "P1", "PT0001"), "threshold"),
    ],
    ids=lambda part: " ".join(part) if isinstance(part, tuple) else None,
)
def test_what_cannot_be_asked_exits_2_and_names_it(run, words, said):
    result = run(*words)
    assert_refused(result, 2)
    assert said in result.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("sweep",),
        ("sweep", "P1", "--format", "yaml"),
        ("search", "P1", "--threshold", "1000", "--limit", "-1"),
        ("search", "P1", "--threshold", "1000", "--limit", "many"),
        ("explain", "P1"),
        ("sweep", "P1", "--nonsense"),
    ],
    ids=" ".join,
)
def test_wrong_arguments_exit_2(run, words):
    result = run(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("sweep", "P1"),
        ("search", "P1", "--threshold", "1000"),
        ("explain", "P1", "PT0001", "--threshold", "1000"),
        ("directives", "show", "P1"),
        ("directives", "set", "P1", "--threshold", "1000"),
        ("index", "status"),
        ("index", "build"),
        ("index", "build", "--rederive"),
    ],
    ids=" ".join,
)
def test_a_database_that_is_not_migrated_is_said(app, runner, words):
    engines = app.extensions["phenotheque"].engines
    with engines.write.begin() as connection:
        for table in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars().all():
            connection.execute(text("PRAGMA defer_foreign_keys = ON"))
            if not table.startswith("sqlite_"):
                connection.execute(text(f"DROP TABLE {table}"))
    result = runner.invoke(args=list(words))
    assert_refused(result, 2)
    assert "flask db upgrade" in result.stderr


# --- languages ---


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("sweep", "P9"), "Aucun patient"),
        (("explain", "P1", "PT9999", "--threshold", "1000"), "Aucun donneur"),
        (("search", "P1", "--threshold", "-1"), "seuil"),
        (("search", "P1", "--threshold", "abc"), "seuil"),
        (("search", "P1", "--threshold", "1000", "--region", "Atlantide"), "région"),
    ],
    ids=lambda part: " ".join(part) if isinstance(part, tuple) else None,
)
def test_refusals_in_french(in_french, run, words, said):
    result = run(*words)
    assert_refused(result, 2)
    assert said in result.stderr


def test_answers_in_french(in_french, run, run_json):
    table = run("search", "P1", "--threshold", "1000").stdout
    for word in ("Rang", "Donneur", "compatible", "identique", "Bretagne", "08/12/2026"):
        assert word in table
    assert "Rank" not in table
    explained = run("explain", "P1", "PT0005", "--threshold", "1000").stdout
    assert "Anticorps contre A*02" in explained
    assert "9\u202f000" in explained
    messages = {one["message"] for one in run_json("sweep", "P1", "--thresholds", "1")["issues"]}
    assert any("patient" in message and "compt" in message for message in messages)


def test_json_is_the_same_in_both_languages_but_for_its_sentences(run_json, app):
    english = run_json("search", "P1", "--threshold", "1000")
    held = app.extensions["phenotheque"]
    settings = held.settings.model_copy(update={"locale": "fr"})
    app.extensions["phenotheque"] = dataclasses.replace(held, settings=settings)
    french = run_json("search", "P1", "--threshold", "1000")
    for answer in (english, french):
        del answer["search"], answer["issues"]
    assert french == english


# --- the index ---


def test_the_index_is_built_and_its_state_told(run):
    assert json.loads(run("index", "status", "--format", "json").stdout)["state"] == "missing"
    built = run("index", "build")
    assert (built.exit_code, built.stdout) == (0, "")
    assert "12 donors" in built.stderr or "donors: 12" in built.stderr.lower()
    status = json.loads(run("index", "status", "--format", "json").stdout)
    assert (status["state"], status["donors"]) == ("fresh", 12)


def snapshot_folder(app):
    [folder] = app.extensions["phenotheque"].snapshots_path.glob("r*")
    return folder


@pytest.mark.parametrize("name", ["meta.json", "donor_id.npy"])
def test_a_damaged_index_is_rebuilt_and_said_in_words(run, run_json, app, name):
    sound = run_json("search", "P1", "--threshold", "1000")
    path = snapshot_folder(app) / name
    path.write_bytes(path.read_bytes()[:-9])
    assert json.loads(run("index", "status", "--format", "json").stdout)["state"] == "damaged"
    again = run("search", "P1", "--threshold", "1000", "--format", "json")
    assert again.exit_code == 0
    answer = json.loads(again.stdout)
    [issue] = [one for one in answer["issues"] if one["code"].startswith("index_")]
    assert "damaged" in issue["message"]
    for one in (sound, answer):
        del one["search"], one["issues"]
    assert answer == sound
    assert json.loads(run("index", "status", "--format", "json").stdout)["state"] == "fresh"


def test_rederiving_rebuilds_what_was_spoilt(run, run_json, registry):
    sound = run_json("sweep", "P1", "--thresholds", "1000")
    with registry.write_session() as session:
        session.connection().exec_driver_sql("UPDATE donor SET phenotype_key = '?+?^?+?^?+?', searchable = true")
    result = run("index", "build", "--rederive", "--format", "json")
    assert result.exit_code == 0
    assert "14 donors" in result.stderr or "donors: 14" in result.stderr.lower()
    answer = run_json("sweep", "P1", "--thresholds", "1000")
    assert answer["thresholds"] == sound["thresholds"]


def test_the_references_are_listed(run):
    result = run("reference", "list", "--format", "json")
    [core] = json.loads(result.stdout)
    assert (core["name"], core["kind"], core["active"], core["antigens"], core["alleles"]) == ("core-1", "core", True, 105, 114)
    assert core["default_creg"] == "rodey-1"
    assert core["cregs"] == ["rodey-1", "ucla-1"]


# --- nobody is named ---


def test_no_output_holds_anything_personal(run, tmp_path):
    """Every command and form, answered and refused: name, phone, e-mail, birth date of donors and patient."""
    asked = [
        ("sweep", "P1", *more, *form)
        for more in ((), ("--all",))
        for form in ((), ("--format", "json"), ("--format", "csv"))
    ]
    asked += [("search", "P1", "--threshold", "1000", "--limit", "0", *form) for form in ((), ("--format", "json"), ("--format", "csv"))]
    for number in ("PT0001", "PT0005", "PT0010", "PT0013", "PT9999"):
        asked += [("explain", "P1", number, "--threshold", "1000", *form) for form in ((), ("--format", "json"))]
    asked += [("index", "status"), ("index", "build"), ("directives", "set", "P1", "--threshold", "1000"), ("directives", "show", "P1")]
    outputs = []
    for words in asked:
        result = run(*words)
        assert result.exit_code == (2 if "PT9999" in words else 0), result.stderr
        outputs += [result.stdout, result.stderr]
    path = tmp_path / "donors.xlsx"
    run("search", "P1", "--threshold", "1000", "--format", "xlsx", "-o", str(path))
    outputs += [str(cell.value) for sheet in load_workbook(path) for row in sheet.iter_rows() for cell in row]
    said = "\n".join(outputs)
    assert "PT0010" in said
    assert [word for word in PERSONAL if word.casefold() in said.casefold()] == []


def test_no_stored_answer_holds_anything_personal(run_json, registry):
    run_json("search", "P1", "--threshold", "1000", "--limit", "0")
    with registry.read_session() as session:
        kept = [json.dumps(one.result, ensure_ascii=False) for one in session.exec(select(Search)).all()]
        kept += [json.dumps(one.details, ensure_ascii=False) for one in session.exec(select(AuditEvent)).all()]
    assert len(kept) == 2
    assert [word for word in PERSONAL if word in "".join(kept)] == []


# --- as a process ---


def test_a_real_process_prints_json_alone_and_exits_as_said(registry, settings):
    environment = {
        **os.environ,
        "PHENOTHEQUE_DATABASE_URL": settings.database_url,
        "PHENOTHEQUE_INSTANCE_PATH": str(settings.instance_path),
        "PHENOTHEQUE_LOCALE": "fr",
        "FLASK_SKIP_DOTENV": "1",
    }

    def flask(*words):
        return subprocess.run(
            [sys.executable, "-m", "flask", "--app", "app", *words],
            cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    done = flask("sweep", "P1", "--on", "2026-11-22", "--thresholds", "1000", "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["thresholds"][0]["national"]["available"] == 3
    refused = flask("search", "P1", "--threshold", "1000000000")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "seuil" in refused.stderr
