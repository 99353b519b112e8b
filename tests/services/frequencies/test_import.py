"""Tables of allele frequencies: what a file may say, what is refused, which one is in use."""

import io
from datetime import UTC, date, datetime

import pytest
import xlsxwriter
from sqlmodel import select

from domain.errors import RefusedByRule, UnusableInput
from models.audit import AuditEvent
from models.donor import Donor
from services.frequencies.contents import read_frequencies
from services.frequencies.importing import import_frequencies
from services.frequencies.store import frequency_table_in_use, list_frequency_tables
from services.matching.snapshots import SnapshotStore
from services.reference import core_reference
from services.searches import search_patient
from services.synthetic.demo_frequencies import FREQUENCY_TABLE, demo_frequencies
from tests.small_registry import ZONE

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
HEAD = "locus,allele,population,frequency,sample_size,source\n"
GOOD = HEAD + "A,A*02:01,eu,0.3,500,ours\nA,A*02:05,eu,0.1,,\nA,02:01,af,1.5e-1,,\nB,B*07:02,eu,0.12,,\n"


def read(text):
    return read_frequencies(text.encode(), core_reference())


def load(session, text=GOOD, **asked):
    given = {"file_name": "f.csv", "actor": "test", "now": NOW, **asked}
    return import_frequencies(session, text.encode() if isinstance(text, str) else text, **given)


def figures(contents):
    return {key: one.frequency for key, one in contents.found.items()}


EXPECTED = {("eu", "A*02:01"): 0.3, ("eu", "A*02:05"): 0.1, ("af", "A*02:01"): 0.15, ("eu", "B*07:02"): 0.12}


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_any_separator_is_read(separator):
    assert figures(read(GOOD.replace(",", separator))) == EXPECTED


def test_a_decimal_comma_and_french_headings_are_read():
    text = "Locus;Allèle;Population;Fréquence;Effectif\nHLA-A;A*02:01;eu;0,3;500\n"
    assert figures(read_frequencies(text.encode("cp1252"), core_reference())) == {("eu", "A*02:01"): 0.3}


def test_a_spreadsheet_is_read():
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate([("locus", "allele", "population", "frequency"), ("A", "A*02:01", "eu", 0.3)]):
            sheet.write_row(at, 0, row)
    assert figures(read_frequencies(file.getvalue(), core_reference())) == {("eu", "A*02:01"): 0.3}


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("A,A*02:06,eu,1.2,,", "frequency_out_of_range"),
        ("A,A*02:06,eu,-0.2,,", "frequency_unreadable"),
        ("A,A*02:06,eu,often,,", "frequency_unreadable"),
        ("A,A*02:06,eu,nan,,", "frequency_unreadable"),
        ("A,A*02:06,eu,,,", "frequency_unreadable"),
        ("A,A*99:01,eu,0.1,,", "frequency_allele_unknown"),
        ("B,A*02:06,eu,0.1,,", "frequency_allele_unknown"),
        ("A,A*02,eu,0.1,,", "frequency_allele_unknown"),
        ("A,A2,eu,0.1,,", "frequency_allele_unknown"),
        ("A,A*02:01:01,eu,0.1,,", "frequency_allele_not_two_fields"),
        ("Z,A*02:06,eu,0.1,,", "frequency_locus_unknown"),
        ("A,A*02:06,,0.1,,", "frequency_population_missing"),
        ("A,A*02:06,eu,0.1,0,", "frequency_sample_size"),
        ("A,A*02:06,eu,0.1,many,", "number_unreadable"),
        ("A,A*02:06", "cells_missing"),
    ],
)
def test_a_bad_row_is_said_with_its_line_and_never_stops_the_good_ones(row, code):
    contents = read(GOOD + row + "\n")
    assert [(fault["line"], fault["code"]) for fault in contents.faults] == [(6, code)]
    assert figures(contents) == EXPECTED


def test_an_allele_twice_counts_neither_time():
    contents = read(GOOD + "A,A*02:05,eu,0.2,,\n")
    assert [(fault["line"], fault["code"], fault["first"]) for fault in contents.faults] == [
        (6, "frequency_allele_twice", 3)
    ]
    assert ("eu", "A*02:05") not in contents.found


def test_a_locus_that_sums_to_more_than_one_is_left_out_whole():
    contents = read(GOOD + "A,A*01:01,eu,0.7,,\n")
    assert [fault["code"] for fault in contents.faults] == ["frequency_sum_above_one"]
    assert set(contents.found) == {("af", "A*02:01"), ("eu", "B*07:02")}
    assert not read(GOOD + "A,A*01:01,eu,0.604,,\n").faults  # what rounding explains


def test_class_ii_is_passed_over_and_null_alleles_are_kept():
    contents = read(GOOD + "DRB1,DRB1*01:01,eu,0.1,,\nA,A*24:09N,eu,0.001,,\n")
    assert (contents.faults, contents.other_loci) == ([], 1)
    assert ("eu", "A*24:09N") in contents.found


@pytest.mark.parametrize("text", ["allele,mfi\nA*02:01,300\n", "a;b\n1;2\n"])
def test_a_file_of_another_shape_is_refused_whole(text):
    with pytest.raises(UnusableInput, match="frequency_table_other_shape"):
        read(text)


def test_a_file_without_a_usable_row_is_refused_whole():
    with pytest.raises(UnusableInput, match="frequency_table_empty"):
        read(HEAD + "A,A*99:01,eu,0.1,,\n")


def test_one_table_is_in_use_and_earlier_ones_come_back(engines):
    with engines.write_session() as session:
        first = load(session)
        assert (first["status"], first["refused"], first["mix_basis"]) == ("created", 0, "equal")
        assert load(session)["status"] == "unchanged"
        other = load(session, GOOD.replace("0.12", "0.13"), name="other")
        assert frequency_table_in_use(session).name == "other" == other["table"]
        assert load(session)["status"] == "restored"
        assert frequency_table_in_use(session).name == first["table"]
        assert [one["active"] for one in list_frequency_tables(session)].count(True) == 1
        with pytest.raises(RefusedByRule, match="frequency_table_name_taken"):
            load(session, GOOD.replace("0.12", "0.14"), name="other")
        actions = session.exec(select(AuditEvent.action)).all()
        assert actions.count("frequency_table_activated") == 3


def test_the_shares_are_given_declared_or_equal(registry):
    with registry.write_session() as session:
        donors = session.exec(select(Donor)).all()
        for at, donor in enumerate(one for one in donors if one.searchable):
            donor.ancestry = "EU" if at % 4 else "europe"  # the second is no name of the table
        session.flush()
        assert load(session)["mix"] == {"af": 0.0, "eu": 1.0}
        given = load(session, weights="eu=3,af=1", name="given")
        assert (given["mix"], given["mix_basis"], given["status"]) == ({"af": 0.25, "eu": 0.75}, "given", "created")
        assert load(session, weights="equal", name="equal")["mix"] == {"af": 0.5, "eu": 0.5}
        assert load(session, weights="eu=3,af=1")["table"] == "given"
        for wrong in ("xx=3", "eu", "eu=-1", "eu=0,af=0", ""):
            with pytest.raises(UnusableInput, match="frequency_weights_unreadable"):
                load(session, weights=wrong)


def test_the_table_of_the_demo_is_that_of_its_haplotypes():
    assert FREQUENCY_TABLE.read_bytes() == demo_frequencies()
    assert not read_frequencies(demo_frequencies(), core_reference()).faults


def test_a_search_quotes_the_table_and_gives_each_value_its_risk(registry, tmp_path):
    store = SnapshotStore(tmp_path)
    asked = {"patient_number": "P1", "on": date(2026, 11, 22), "zone": ZONE, "threshold": 2000, "limit": 0}
    with registry.read_session() as session:
        without = search_patient(session, store, **asked)
    assert without["versions"]["frequencies"] is None
    assert {one["risk"] for one in without["donors"] if one["verdict"] == "compatible"} <= {0}
    with registry.write_session() as session:
        load(session, demo_frequencies(), name="demo")
    with registry.read_session() as session:
        answer = search_patient(session, store, **asked, policy="risk-first")
    assert answer["versions"]["frequencies"] == "demo"
    for donor in answer["donors"]:
        for value in donor["values"]:
            assert (value["risk"] is None) == bool(value["risk_reason"])
            if value["reaction"] == "negative":
                assert value["risk"] == 0
            if value["reaction"] in ("untested", "untyped"):
                assert value["risk"] is None
    possible = [one["risk"] for one in answer["donors"] if one["verdict"] == "possible" and not one["strong_possible"]]
    known = [risk for risk in possible if risk is not None]
    assert known == sorted(known)
