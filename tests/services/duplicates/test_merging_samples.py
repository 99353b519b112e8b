"""Samples of two records that become one: a sample counts once, and a doubt of either stays a doubt."""

import pytest
from sqlmodel import Session, select

from domain.errors import RefusedByRule
from domain.reservation import Timing
from domain.wanted_phenotype import Standing
from models.donor_test import DonorTest
from models.duplicate import DuplicatePair, PairState
from models.job import JobRequest
from models.rare_donor import RareDonor, RareStatus
from services.donor_tests.recording import SampleResult, record_test
from services.donor_tests.standing import standing_for
from services.duplicates.merging import merge_donors
from services.duplicates.pairs import compare_registry, keep_pairs
from services.duplicates.undoing import undo_merge
from services.rare_donors.asking import REFRESH_JOB
from services.rare_donors.refreshing import refresh_rare_donors
from tests.merging import WHEN, content, donor, put_pair, wish
from tests.small_registry import D

TYPED = "A*01 A*03 B*08 B*49"
TIMING = Timing(WHEN.now, "Europe/Paris", 24)


@pytest.fixture
def session(engines):
    with Session(engines.write) as session:
        put_pair(session, D("X1", TYPED), D("X2", TYPED))
        yield session
        session.rollback()


def record(session, number, *samples):
    for code, result in samples:
        given = SampleResult(number, "CD36", result, code, WHEN.today)
        record_test(session, result=given, campaign=None, actor="lab", timing=TIMING)


def merge(session):
    return merge_donors(session, wish(session, "X1", "X2"), actor="coo", timing=WHEN)


def standing(session):
    return standing_for(session, donor(session, "X1").id, "CD36")


def test_one_sample_under_two_spellings_confirms_nothing(session):
    record(session, "X1", ("S-1", "negative"))
    record(session, "X2", ("S1", "negative"))
    before = content(session)
    row = merge(session)
    refresh_rare_donors(session, now=WHEN.now, actor="jobs")
    assert (standing(session).state, standing(session).samples) == (Standing.SUSPECTED, 1)
    assert {one.status for one in session.exec(select(RareDonor))} == {RareStatus.SUSPECTED}
    for one in session.exec(select(RareDonor)).all():  # the file is made anew after an undo, by its own job
        session.delete(one)
    undo_merge(session, merge_id=row.id, version=row.version_id, reason="two people", actor="coo", now=WHEN.now)
    assert content(session)["donor_test"] == before["donor_test"]


def test_one_sample_under_two_spellings_with_two_results_forbids_the_merge(session):
    record(session, "X1", ("S-1", "indeterminate"))
    record(session, "X2", ("S1", "negative"))
    with pytest.raises(RefusedByRule) as refused:
        merge(session)
    assert refused.value.code == "merge_results_differ"


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ((("S1", "negative"), ("S2", "positive")), (("S3", "negative"),), ""),  # they contradict
        ((("S1", "negative"),), (("S2", "indeterminate"), ("S3", "negative")), ""),  # a weak one beside negatives
        ((("S1", "negative"),), (("S2", "negative"),), "negative"),
        ((), (("S2", "negative"),), "negative"),
    ],
)
def test_the_registry_says_of_the_one_what_all_samples_say(session, first, second, said):
    record(session, "X1", *first)
    record(session, "X2", *second)
    merge(session)
    assert donor(session, "X1").cd36 == said
    assert (standing(session).state is Standing.CONFIRMED) == (said == "negative" and bool(first))


def test_a_value_on_record_of_one_is_doubted_when_the_sample_of_the_other_says_otherwise(session):
    one = donor(session, "X1")
    one.cd36 = "positive"
    session.add(one)
    session.flush()
    record(session, "X1", ("S1", "negative"))  # doubted from here: untested until a second sample agrees
    record(session, "X2", ("S2", "negative"))
    assert donor(session, "X1").cd36 == ""
    merge(session)
    assert donor(session, "X1").cd36 == "negative"  # two samples agree
    assert {row.prior for row in session.exec(select(DonorTest))} == {"positive"}


def test_the_rare_donor_file_is_asked_to_follow(session):
    merge(session)
    assert [job.kind for job in session.exec(select(JobRequest))] == [REFRESH_JOB]


def test_two_records_judged_to_be_two_people_are_not_merged_before_they_are_judged_anew(session):
    keep_pairs(session, compare_registry(session), now=WHEN.now)
    pair = session.exec(select(DuplicatePair)).first()
    pair.state = PairState.DIFFERENT
    session.add(pair)
    session.flush()
    with pytest.raises(RefusedByRule) as refused:
        merge(session)
    assert refused.value.code == "pair_judged_different"
