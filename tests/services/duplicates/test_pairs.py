"""Pairs of donors that may be one person: found, kept, decided, and quiet once judged different."""

import json

import pytest
from sqlmodel import select

from domain.errors import InvalidFields, NotFound, RefusedByRule, UnusableInput
from domain.suggestions import Person
from models.donor import Donor, DonorIdentity
from models.duplicate import DuplicatePair, PairState
from services.duplicates.comparing import LARGEST_BLOCK, candidate_pairs, compare_all
from services.duplicates.pairs import compare_registry, decide_pair, keep_pairs, list_pairs
from services.duplicates.weights import duplicate_weights, review_limit
from services.reference import core_reference
from services.synthetic.doubled import doubled_registry
from tests.small_registry import NOW, ON, PERSONAL, D, put_donors

SAME = {"last_name": "Quelquundautre", "first_name": "Zéphirine", "birth_date": "1985-05-17", "phone": "0639980001"}
LIKE = {"last_name": "QUELQUUNDAUTRE", "first_name": "Z.", "birth_date": "1985-05-17", "phone": "+33 6 39 98 00 01"}
ELSE = {"last_name": "Bouvreuil", "first_name": "Aconit", "birth_date": "1971-11-27", "phone": "0639980002"}


def put(engines, *donors):
    """Donors as (number, typing, identity)."""
    with engines.write_session() as session:
        put_donors(session, [D(number, typed) for number, typed, _ in donors])
        session.flush()
        for number, _, identity in donors:
            row = session.exec(select(Donor).where(Donor.donor_number == number)).one()
            if old := session.get(DonorIdentity, row.id):
                session.delete(old)
                session.flush()
            session.add(DonorIdentity(donor_id=row.id, **identity))


def run(engines):
    with engines.read_session() as session:
        compared = compare_registry(session)
    with engines.write_session() as session:
        return keep_pairs(session, compared, now=NOW)


def pairs(engines):
    with engines.read_session() as session:
        return list_pairs(session)


def decide(engines, decision="different", reason="two sisters", **changed):
    with engines.write_session() as session:
        row = session.exec(select(DuplicatePair)).one()
        asked = {"pair_id": row.id, "version": row.version_id, **changed}
        decide_pair(session, **asked, decision=decision, reason=reason, actor="test", now=NOW)


@pytest.fixture
def doubled(engines):
    put(engines, ("X1", "A*01 A*03 B*08 B*49", SAME), ("X2", "A*01 A*03 B*08 X", LIKE), ("X3", "A*02 A*24", ELSE))
    return engines


def test_a_donor_registered_twice_is_found_and_the_waterfall_names_nobody(doubled):
    assert run(doubled) == {"donors": 3, "pairs": 1, "new": 1, "gone": 0, "crowded": 0}
    [(row, first, second)] = pairs(doubled)
    assert (first, second, row.state, row.conflicts) == ("X1", "X2", PairState.OPEN, [])
    told = {part["field"]: part["level"] for part in row.waterfall}
    assert told["first_name"] == "initials"
    assert told["birth_date"] == told["phone"] == told["last_name"] == told["hla"] == "same"
    assert not any(text.casefold() in json.dumps(row.waterfall).casefold() for text in PERSONAL)


def test_a_pair_judged_different_returns_only_when_a_record_has_changed(doubled):
    run(doubled)
    decide(doubled)
    assert run(doubled)["new"] == 0
    assert pairs(doubled)[0][0].state is PairState.DIFFERENT
    with doubled.write_session() as session:
        identity = session.exec(select(DonorIdentity).where(DonorIdentity.first_name.is_not(None))).first()
        identity.postcode = "29200"
        session.add(identity)
    run(doubled)
    assert pairs(doubled)[0][0].state is PairState.OPEN


def test_an_open_pair_that_is_alike_no_more_is_dropped(doubled):
    run(doubled)
    with doubled.write_session() as session:
        row = session.exec(select(Donor).where(Donor.donor_number == "X2")).one()
        row.restricted_at = NOW
    assert run(doubled) == {"donors": 2, "pairs": 0, "new": 0, "gone": 1, "crowded": 0}
    assert pairs(doubled) == []


@pytest.mark.parametrize("gone", ["restricted_at", "erased_at"])
def test_somebody_who_left_while_records_were_compared_comes_into_no_pair(doubled, gone):
    with doubled.read_session() as session:
        compared = compare_registry(session)
    assert len(compared.found) == 1
    with doubled.write_session() as session:
        setattr(session.exec(select(Donor).where(Donor.donor_number == "X2")).one(), gone, NOW)
    with doubled.write_session() as session:
        keep_pairs(session, compared, now=NOW)
    assert pairs(doubled) == []


def test_other_antigens_forbid_to_call_two_donors_one_person_and_name_the_locus(engines):
    put(engines, ("X1", "A*01 A*03 B*08 B*49", SAME), ("X2", "A*02 A*24 B*08 B*49", LIKE))
    run(engines)
    assert pairs(engines)[0][0].conflicts == ["A"]
    with pytest.raises(RefusedByRule) as refused:
        decide(engines, "same")
    assert (refused.value.code, refused.value.params) == ("pair_hla_conflict", {"loci": "A"})


@pytest.mark.parametrize("typed", ["A*01 X", "A*01:01 A*03:01 B*08:01 B*49:01", "A1 A3 B8 B49", ""])
def test_a_typing_less_or_more_precise_is_no_conflict(engines, typed):
    put(engines, ("X1", "A*01 A*03 B*08 B*49", SAME), ("X2", typed, LIKE))
    run(engines)
    assert pairs(engines)[0][0].conflicts == []


@pytest.mark.parametrize(
    ("asked", "error", "code"),
    [
        ({"pair_id": 999}, NotFound, "unknown_pair"),
        ({"version": 7}, RefusedByRule, "pair_changed_meanwhile"),
        ({"decision": "open"}, UnusableInput, "pair_decision_unknown"),
        ({"reason": " "}, InvalidFields, None),
    ],
)
def test_a_decision_that_cannot_stand_is_refused_and_changes_nothing(doubled, asked, error, code):
    run(doubled)
    with pytest.raises(error) as refused:
        decide(doubled, **asked)
    assert code is None or refused.value.code == code
    assert pairs(doubled)[0][0].state is PairState.OPEN


def test_a_key_that_too_many_share_is_left_out_and_counted():
    people = {place: Person(phone="0102030405") for place in range(LARGEST_BLOCK)}
    assert candidate_pairs(people).crowded == 0
    assert len(candidate_pairs(people).pairs) == LARGEST_BLOCK * (LARGEST_BLOCK - 1) // 2
    met = candidate_pairs({**people, LARGEST_BLOCK: Person(phone="0102030405")})
    assert (met.pairs, met.crowded) == (frozenset(), 1)


@pytest.mark.parametrize(
    ("donors", "pairs"), [(800, 60), pytest.param(3_000, 150, marks=pytest.mark.slow, id="larger")]
)
def test_a_small_registry_with_a_known_truth_is_told_right(donors, pairs):
    doubled = doubled_registry(donors=donors, pairs=pairs, seed=5, on=ON, reference=core_reference())
    weights, met = duplicate_weights(), candidate_pairs(doubled.people).pairs
    found = {(f.first_id, f.second_id) for f in compare_all(doubled.people, met, weights=weights, limit=review_limit())}
    right = len(found & doubled.twins)
    assert right / len(doubled.twins) >= 0.95
    assert right / len(found) >= 0.95
