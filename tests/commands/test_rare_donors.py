"""`flask rare-donors`: the file listed and brought up to date."""

import json

from tests.small_registry import put_small_registry


def put(engines) -> None:
    with engines.write_session() as session:
        put_small_registry(session)


def test_refresh_then_list(runner, engines):
    put(engines)
    done = runner.invoke(args=["rare-donors", "refresh", "--format", "json"])
    assert json.loads(done.stdout) == {"donors": 1, "entered": 2, "withdrawn": 0, "confirmed": 0, "changed": 0}
    answer = json.loads(runner.invoke(args=["rare-donors", "list", "--format", "json"]).stdout)
    (donor,) = answer["donors"]
    assert donor["donor_number"] == "PT0007"
    assert [one["code"] for one in donor["phenotypes"]] == ["cd36_negative_type_unknown", "hpa_1a_negative"]
    table = runner.invoke(args=["rare-donors", "list", "--phenotype", "hpa_1a_negative"])
    assert (table.exit_code, "PT0007" in table.stdout) == (0, True)


def test_before_the_first_making_the_list_is_empty_and_stale(runner, engines):
    put(engines)
    answer = json.loads(runner.invoke(args=["rare-donors", "list", "--format", "json"]).stdout)
    assert (answer["donors"], answer["made_at"], answer["stale"]) == ([], None, True)


def test_an_unknown_phenotype_is_refused(runner):
    refused = runner.invoke(args=["rare-donors", "list", "--phenotype", "x"])
    assert refused.exit_code == 2
    assert "cd36_negative_type_1" in refused.stderr
