"""`flask reports availability`: the snapshot of a day as JSON and as files, and what it cannot do."""

import json

import pytest

from jobs.availability import snapshot_availability
from services.directives import Wording, set_directive
from tests.small_registry import NOW, ON, put_small_registry

REFUSED = {
    "--on 2020-01-01": "2020",
    "--on soon": "soon",
    "--region Atlantis": "Atlantis",
    "--patient NOBODY": "NOBODY",
    "--patient P1 --region Corse": "not narrowed to a region",
    "--patient P1 --format pdf -o x.pdf": "JSON",
    "--format pdf": "pdf",
    "--format csv -o /nowhere/r.csv": "/nowhere/r.csv",
}


@pytest.fixture
def filled(app):
    runtime = app.extensions["phenotheque"]
    with runtime.engines.write_session() as session:
        put_small_registry(session)
        set_directive(session, patient_number="P1", wording=Wording(threshold_mfi=2_000), actor="scientist", now=NOW)
    snapshot_availability(runtime, ON)


def test_counter_search_report_and_file_agree(runner, filled, tmp_path):
    report = json.loads(runner.invoke(args=["reports", "availability"]).stdout)
    search = json.loads(runner.invoke(args=["search", "P1", "--format", "json", "--limit", "0"]).stdout)
    [swept] = json.loads(runner.invoke(args=["sweep", "P1", "--thresholds", "2000", "--format", "json"]).stdout)[
        "thresholds"
    ]
    [entry] = report["directives"]
    listed = [one for one in search["donors"] if one["verdict"] == "compatible"]
    expected = search["counts"]["national"]
    assert swept["national"] == expected
    assert entry["counts"]["donors"] == expected["compatible"] == len(listed)
    assert entry["counts"]["now"] == expected["available"]
    part = json.loads(runner.invoke(args=["reports", "availability", "--patient", "P1"]).stdout)
    assert {region: one["donors"] for region, one in part["regions"].items()} == {
        region: one["compatible"] for region, one in search["counts"]["regions"].items() if one["compatible"]
    }
    path = tmp_path / "r.csv"
    assert runner.invoke(args=["reports", "availability", "--format", "csv", "-o", str(path)]).exit_code == 0
    assert f"P1;;A;2000;{expected['compatible']};{expected['available']};" in path.read_text(encoding="utf-8-sig")
    assert [one.name for one in tmp_path.iterdir() if one.suffix == ".csv" or one.suffix == ".part"] == ["r.csv"]
    # and what cannot be asked has a sentence
    for asked, words in REFUSED.items():
        result = runner.invoke(args=["reports", "availability", *asked.split()])
        assert (result.exit_code, result.stdout) == (2, ""), asked
        assert words in result.stderr


def test_without_a_snapshot_the_command_says_so(runner):
    result = runner.invoke(args=["reports", "availability"])
    assert result.exit_code == 1
    assert "No snapshot has been made yet." in result.stderr
