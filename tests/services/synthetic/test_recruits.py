"""The demo's recruits: the file and the tables it is drawn from agree, and nobody in it is somebody else."""

import csv

from services.demo import DEMO_DAY, donor_file
from services.reference import core_reference
from services.synthetic.recruits import RECRUITS, RECRUITS_FILE, recruits_file


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(content.decode().splitlines()))


def test_the_file_is_the_one_that_its_tables_give():
    assert RECRUITS_FILE.read_bytes() == recruits_file(core_reference(), DEMO_DAY)


def test_all_may_be_contacted_and_none_was_tested():
    found = rows(RECRUITS_FILE.read_bytes())
    assert len(found) == RECRUITS
    assert {(row["consent_contact"], row["cd36"], row["status"]) for row in found} == {("yes", "", "active")}


def test_nobody_shares_a_number_a_telephone_or_an_address_with_the_demo():
    recruits, demo = rows(RECRUITS_FILE.read_bytes()), rows(donor_file(core_reference()))
    for column in ("donor_number", "phone", "email"):
        both = [row[column] for row in recruits + demo]
        assert len(set(both)) == len(both), column
