"""`flask reference import-frequencies` and `flask donors to-type`: exit codes, JSON, sentences."""

import json

import pytest

TABLE = "locus;allele;population;frequency\nA;A*02:01;eu;0,3\nA;A*02:05;eu;0,1\n"


@pytest.fixture
def run(runner):
    return lambda *words: runner.invoke(args=list(words))


@pytest.fixture
def load(run, tmp_path):
    def load(text, *words):
        (tmp_path / "frequencies.csv").write_text(text, encoding="utf-8")
        return run("reference", "import-frequencies", str(tmp_path / "frequencies.csv"), *words)

    return load


def test_a_table_is_loaded_named_and_listed(load, run):
    done = load(TABLE, "--name", "ours-1", "--format", "json")
    answer = json.loads(done.stdout)
    assert (done.exit_code, answer["table"], answer["status"], answer["mix"]) == (0, "ours-1", "created", {"eu": 1.0})
    listed = json.loads(run("reference", "list", "--format", "json").stdout)
    assert [(one["name"], one["active"], one["illustrative"]) for one in listed if one["kind"] == "frequencies"] == [
        ("ours-1", True, False)
    ]
    assert "ours-1" in load(TABLE).stdout


def test_refused_rows_are_said_and_the_others_loaded(load):
    done = load(TABLE + "A;A*99:01;eu;0,1\nA;A*02:06;eu;1,1\n")
    assert done.exit_code == 3
    assert "4" in done.stderr
    assert "A*99:01" in done.stderr
    assert "A*02:06" in done.stderr


@pytest.mark.parametrize(
    ("text", "words"),
    [("allele,mfi\nA*02:01,3\n", ()), (TABLE, ("--weights", "xx=1")), (TABLE.partition("\n")[0] + "\nx;x;x;x\n", ())],
)
def test_what_cannot_be_used_is_refused_whole(load, run, text, words):
    done = load(text, *words)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    listed = json.loads(run("reference", "list", "--format", "json").stdout)
    assert not [one for one in listed if one["kind"] == "frequencies"]


def test_whom_to_type_next_of_an_empty_registry_is_nobody(run):
    done = run("donors", "to-type", "--format", "json")
    answer = json.loads(done.stdout)
    assert (done.exit_code, answer["donors"], answer["total"], answer["directives"]) == (0, [], 0, 0)
    assert run("donors", "to-type", "--format", "csv").stdout.startswith("rank,donor_number,region,to_type")
    assert run("donors", "to-type", "--region", "Atlantis").exit_code == 2
