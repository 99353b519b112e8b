"""Ranking by risk: the engine's one pass against a loop over donors that asks the domain (issue 4, item 4)."""

import random
from dataclasses import replace
from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.phenotype import parse_locus
from domain.ranking import Candidate, sort_key
from domain.typing_risk import FrequencyTable, TypingRisk, donor_risk
from domain.verdict import Verdict
from services.matching import shortlist
from services.matching.shortlist import Ranking, Scope
from services.reference import core_reference, ranking_policies
from tests.oracle import grade as grading
from tests.oracle import ranking
from tests.properties import strategies as mine
from tests.properties.registries import ON
from tests.properties.situations import read_both, situations

REFERENCE = core_reference()
POLICY = ranking_policies()["risk-first"]


def invented(seed, names):
    """Frequencies of some alleles of these families in two populations; now and then a value is in neither."""
    rng = random.Random(seed)
    alleles = sorted(mine.alleles_in(names))
    populations = {
        name: {allele: rng.choice([0.0, 0.01, 0.02, 0.125, 0.3]) for allele in alleles if rng.random() < 0.7}
        for name in ("one", "other")
    }
    return FrequencyTable(f"invented-{seed}", populations, {"one": 0.75, "other": 0.25})


def naive_risk(row, matching, threshold):
    risks = []
    for locus in matching.directive.loci:
        typing = parse_locus(row[f"hla_{locus.lower()}_1"], row[f"hla_{locus.lower()}_2"], locus=locus, reference=REFERENCE)
        risks += [matching.risks.of(matching.reading.react(value), threshold).risk for value in typing.distinct()]
        risks += [None] * typing.values.count(None)
    return donor_risk(risks)


def candidate(donor, risk):
    return Candidate(
        donor_number=donor.number,
        verdict=Verdict(donor.verdict),
        strong_possible=donor.strong_possible,
        first_eligible_on=donor.first_on,
        grade_rank=grading.ORDER.index(donor.grade.name),
        sum_mfi=donor.sum_mfi,
        max_mfi=donor.max_mfi,
        verified_eplet_load=donor.eplet_loads and donor.eplet_loads[1],
        abo=donor.abo,
        same_region=donor.same_region,
        risk=risk,
    )


@given(situations(most_donors=120), st.integers(0, 2**16), st.integers(1, 40))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_the_engine_ranks_by_risk_as_a_loop_over_donors_does(situation, seed, limit):
    both = read_both(situation)
    matching = both.matching
    matching.risks = TypingRisk(matching.reading, invented(seed, situation.names))
    rows = {row["donor_number"]: row for row in situation.rows()}
    usual, shortlist.FIRST_PHENOTYPES = shortlist.FIRST_PHENOTYPES, 3
    try:
        for threshold in both.some_thresholds(3):
            listed = ranking.rank(both.donors, both.case, both.reacts, threshold, ON, "identity-first")
            expected = sorted(
                (candidate(one, naive_risk(rows[one.number], matching, threshold)) for one in listed),
                key=lambda one: sort_key(one, POLICY),
            )
            ranked = Ranking(matching, POLICY, threshold, Scope(ON, both.case.abo or None, both.case.region or None))
            for asked in (None, limit):
                page = ranked.shortlist(asked)
                found = [both.numbers[matching.index.donor_id[row]] for row in page.rows]
                assert found == [one.donor_number for one in expected[:asked]], threshold
    finally:
        shortlist.FIRST_PHENOTYPES = usual


def test_a_risk_that_is_not_known_comes_after_every_known_one():
    known = Candidate("known", Verdict.POSSIBLE, False, date(2026, 12, 1), 12, 9e4, 9e4, None, None, False, risk=0.99)
    unknown = replace(known, donor_number="a", grade_rank=0, sum_mfi=0, risk=None)
    assert sort_key(known, POLICY) < sort_key(unknown, POLICY)


def test_the_two_policies_of_matching_do_not_look_at_the_risk():
    for name in ("identity-first", "antibody-first"):
        assert "risk" not in ranking_policies()[name].keys
        assert ranking_policies()[name].version == 1
