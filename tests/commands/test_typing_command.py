"""`flask typing parse`: what a text is understood to be, in the shape of INTERFACES §3."""

import dataclasses
import json

import pytest

from tests.rule_cases import read_cases


@pytest.fixture
def parse(runner):
    """The entries of `flask typing parse … --format json`, and the exit code."""

    def parse(*texts):
        result = runner.invoke(args=["typing", "parse", "--format", "json", "--", *texts])
        assert result.stderr == ""
        return json.loads(result.stdout), result.exit_code

    return parse


def test_an_entry_has_the_shape_of_the_interface(parse):
    entries, code = parse("A24(9)", "A*24:07", "A*02:01/05", "A99", "-", "")
    assert code == 0
    assert [list(entry) for entry in entries] == [["text", "canonical", "kind", "antigens", "issues", "reference", "assigned", "alleles", "gl_string"]] * 6
    assert [(entry["text"], entry["canonical"], entry["kind"], entry["antigens"]) for entry in entries] == [
        ("A24(9)", "A24", "antigen", ["A24", "A2403"]),
        ("A*24:07", "A*24:07", "allele", ["A24", "A2403"]),
        ("A*02:01/05", "A*02:01/A*02:05", "list", ["A2"]),
        ("A99", None, "invalid", []),
        ("-", "-", "blank", []),
        ("", None, "blank", []),
    ]
    assert [[issue["code"] for issue in entry["issues"]] for entry in entries] == [
        [], ["assumed_antigens"], [], ["unknown_antigen"], [], ["not_typed"],
    ]  # fmt: skip


def test_every_row_of_the_table_is_printed_as_it_says(parse):
    rows = [row for row in read_cases("typing") if not row["column"] and not row["bare"] and "+" not in row["text"]]
    entries, _ = parse(*(row["text"] for row in rows))
    for entry, row in zip(entries, rows, strict=True):
        assert entry["text"] == row["text"]
        assert (entry["kind"], entry["canonical"] or "") == (row["kind"], row["canonical"])
        assert entry["antigens"] == sorted(row["antigens"].split())
        assert [issue["code"] for issue in entry["issues"]] == row["issues"].split()
        for issue in entry["issues"]:
            assert "{" not in issue["message"]
            assert issue["message"] != issue["code"]


def test_a_gl_string_is_an_entry_for_each_value(parse):
    entries, code = parse("A*02:01+A*24:02^B*07:02/B*07:03+B*44:02^DRB1*04:01")
    assert code == 0
    assert [(entry["text"], entry["kind"]) for entry in entries] == [
        ("A*02:01", "allele"), ("A*24:02", "allele"), ("B*07:02/B*07:03", "list"), ("B*44:02", "allele"),
        ("DRB1*04:01", "invalid"),
    ]  # fmt: skip


def test_each_value_says_its_form_in_a_gl_string(parse):
    entries, _ = parse("A*2", "A*0201", "A*02:01/05", "A2", "A*24:09N", "A99")
    assert [entry["gl_string"] for entry in entries] == [
        "A*02:XX", "A*02:01", "A*02:01/A*02:05", None, "A*24:09N", None,
    ]  # fmt: skip


def test_several_possible_genotypes_are_read_as_all_that_each_position_may_be(parse):
    entries, code = parse("A*02:01+A*24:02|A*24:03+A*02:05^B*07:02~C*07:02+B*08:01~C*07:01^^A*01:01")
    assert code == 0
    assert [(entry["text"], entry["kind"], [issue["code"] for issue in entry["issues"]]) for entry in entries] == [
        ("B*07:02", "allele", []), ("B*08:01", "allele", []), ("C*07:02", "allele", []), ("C*07:01", "allele", []),
        ("A*02:01+A*24:02|A*24:03+A*02:05", "invalid", ["genotypes_unlinked"]),
        ("A*02:01+A*24:02|A*24:03+A*02:05^B*07:02~C*07:02+B*08:01~C*07:01^^A*01:01", "invalid", ["gl_part_empty"]),
        ("A*01:01", "invalid", ["too_many_values"]),
    ]  # fmt: skip
    entries, _ = parse("A*02:01+A*24:02|A*24:03+A*02:05")
    assert [(entry["canonical"], [issue["code"] for issue in entry["issues"]]) for entry in entries] == [
        ("A*02:01/A*02:05", ["genotypes_unlinked"]), ("A*24:02/A*24:03", ["genotypes_unlinked"]),
    ]  # fmt: skip


@pytest.mark.parametrize("texts", [("A99",), ("A99", "B*70:01"), ("A99", "A2"), ("",)], ids=str)
def test_saying_that_a_text_is_none_is_an_answer(parse, texts):
    entries, code = parse(*texts)
    assert code == 0
    assert [entry["text"] for entry in entries] == list(texts)


def test_a_text_is_needed(runner):
    assert runner.invoke(args=["typing", "parse"]).exit_code == 2


@pytest.mark.parametrize(("locale", "words"), [("en", "no antigen A99 is known"), ("fr", "aucun antigène A99")])
def test_a_line_for_each_text_in_the_readers_language(app, runner, locale, words):
    held = app.extensions["phenotheque"]
    settings = held.settings.model_copy(update={"locale": locale})
    app.extensions["phenotheque"] = dataclasses.replace(held, settings=settings)
    result = runner.invoke(args=["typing", "parse", "A99", "B14"])
    first, second = result.stdout.splitlines()
    assert first.split("\t")[:2] == ["A99", "invalid"]
    assert words in first
    assert second.split("\t")[:4] == ["B14", "antigen", "B14", "B64 B65"]


def test_a_database_that_is_not_there_is_not_needed(runner, engines):
    with engines.write.begin() as connection:
        connection.exec_driver_sql("DROP TABLE donor_identity")
    assert runner.invoke(args=["typing", "parse", "A2"]).exit_code == 0
