"""`flask duplicates`: a pass, and the list of pairs, numbers only."""

import json

from tests.small_registry import PERSONAL, put_small_registry


def test_a_pass_keeps_the_pairs_and_the_list_names_nobody(runner, engines):
    with engines.write_session() as session:
        put_small_registry(session)
    found = runner.invoke(args=["duplicates", "find", "--format", "json"])
    assert found.exit_code == 0, found.output
    counts = json.loads(found.stdout)
    listed = runner.invoke(args=["duplicates", "list", "--format", "json"])
    assert counts["new"] == counts["pairs"] == len(json.loads(listed.stdout)["pairs"]) > 0
    assert not any(text.casefold() in listed.stdout.casefold() for text in PERSONAL)
    again = runner.invoke(args=["duplicates", "find", "--format", "json"])
    assert json.loads(again.stdout)["new"] == 0


def test_an_empty_registry_says_that_nothing_waits(runner):
    assert runner.invoke(args=["duplicates", "find"]).exit_code == 0
    assert "No pair of donors" in runner.invoke(args=["duplicates", "list"]).stdout
