"""`flask duplicates`: a pass, and the list of pairs, numbers only."""

import json

from sqlmodel import select

from models.donor import Donor
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


def merge(runner, *more, survivor="PT0001", merged="PT0008"):
    return runner.invoke(args=["duplicates", "merge", survivor, merged, "--reason", "one person", *more])


def merged_into(engines, number):
    with engines.read_session() as session:
        return session.exec(select(Donor.merged_into_id).where(Donor.donor_number == number)).one()


def test_two_records_become_one_and_two_again(runner, engines, monkeypatch):
    monkeypatch.setenv("PHENOTHEQUE_LOCALE", "en")
    with engines.write_session() as session:
        put_small_registry(session)
    done = merge(runner)
    assert done.exit_code == 0, done.output
    assert "It can be undone for 30 days" in done.stdout
    assert merged_into(engines, "PT0008")
    assert merge(runner).exit_code == 1  # both numbers lead to one record by now
    undone = runner.invoke(args=["duplicates", "undo", "1", "--reason", "two people"])
    assert undone.exit_code == 0, undone.output
    assert merged_into(engines, "PT0008") is None
    assert runner.invoke(args=["duplicates", "undo", "1", "--reason", "again"]).exit_code == 1
    assert runner.invoke(args=["duplicates", "undo", "9", "--reason", "none"]).exit_code == 2


def test_a_donor_is_not_merged_with_itself_nor_with_other_hla(runner, engines):
    with engines.write_session() as session:
        put_small_registry(session)
    assert merge(runner, merged="PT0001").exit_code == 1
    assert merge(runner, merged="PT0006").exit_code == 1  # other antigens at A and B
    assert merge(runner, merged="PT9999").exit_code == 2
    assert merged_into(engines, "PT0006") is None
