"""Whom to type next: the pass over phenotypes against a loop over donors and directives that asks the domain."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.phenotype import parse_locus
from domain.reaction import Reaction
from domain.typing_risk import TypingRisk, donor_risk
from domain.verdict import Requirement
from services.matching.index import HPA_COLUMNS
from services.matching.to_type import DirectiveOpenings, count_openings, counts_for, ranked_rows, targets_of
from services.reference import core_reference
from tests.properties import registries
from tests.properties import strategies as mine
from tests.properties.situations import matching_of, situations
from tests.properties.test_risk_ranking import invented

REFERENCE = core_reference()


def hla_targets(row, matching, threshold):
    """The loci to type and the chance, or None where no typing could settle this directive."""
    found, risks = set(), []
    for locus in matching.directive.loci:
        texts = (row[f"hla_{locus.lower()}_{place}"] for place in (1, 2))
        typing = parse_locus(*texts, locus=locus, reference=REFERENCE)
        for value in typing.distinct():
            reactivity = matching.reading.react(value)
            state = reactivity.at(threshold)
            risks.append(matching.risks.of(reactivity, threshold).risk)
            if state is Reaction.NEGATIVE:
                continue
            if state is not Reaction.UNDECIDED or not negative_alleles(value, matching, threshold):
                return None
            found.add(locus)
        if None in typing.values:
            risks.append(None)
            found.add(locus)
            if not negative_at(locus, matching, threshold):
                return None
    risk = donor_risk(risks)
    return found, None if risk is None else 1 - risk


def seen(locus, matching):
    listed = {allele for alleles in matching.risks.table.populations.values() for allele, f in alleles.items() if f > 0}
    return {one for one in {bead.allele for bead in matching.reading.profile.beads} | listed if one[0] == locus}


def state_of(allele, matching, threshold):
    value = mine_value(allele)
    return None if value is None else matching.reading.react(value).at(threshold)


def mine_value(allele):
    typing = parse_locus(allele, "-", locus=allele[0], reference=REFERENCE)
    value = typing.values[0]
    return value if value is not None and value.alleles else None


def negative_at(locus, matching, threshold):
    alleles = [one for one in seen(locus, matching) if one.startswith(f"{locus}*")]
    return any(state_of(one, matching, threshold) is Reaction.NEGATIVE for one in alleles)


def negative_alleles(value, matching, threshold):
    if len(value.alleles) == 1:
        return False
    alleles = value.alleles or [
        one
        for one in seen(value.locus, matching)
        if one[0] == value.locus
        and (value.kind != "group" or one.split(":")[0] == value.key)
        and REFERENCE.antigens_of_allele(one)[0] & value.antigens
    ]
    return any(state_of(one, matching, threshold) is Reaction.NEGATIVE for one in alleles)


def other_targets(row, matching):
    """The platelet systems to type, or None where something else stands in the way."""
    found = set()
    for system, rule in matching.rules.hpa.items():
        if system not in HPA_COLUMNS:
            return None
        state = rule(row[system.lower().replace("-", "_")])
        if state is Requirement.VIOLATED:
            return None
        found |= {system} if state is Requirement.MISSING else set()
    if matching.rules.cd36 is not None:
        state = matching.rules.cd36(row["cd36"])
        if state is Requirement.VIOLATED:
            return None
        found |= {"CD36"} if state is Requirement.MISSING else set()
    if matching.rules.abo is not None and matching.rules.abo(row["abo"]) is not Requirement.MET:
        return None
    return found


def naive(row, matchings):
    """Directives, sum of known chances, of how many, targets, and which directives."""
    directives, chances, targets, which = 0, [], set(), []
    for place, (matching, threshold) in enumerate(matchings):
        hla, other = hla_targets(row, matching, threshold), other_targets(row, matching)
        if hla is None or other is None or not hla[0] | other:
            continue
        directives += 1
        targets |= hla[0] | other
        which.append(place)
        if hla[1] is not None and not other:
            chances.append(hla[1])
    return directives, sum(chances), len(chances), targets, which


@given(st.lists(situations(most_donors=60), min_size=1, max_size=3), st.integers(0, 2**16), st.data())
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_the_pass_counts_as_a_loop_over_donors_does(found, seed, data):
    first = found[0]
    rows = first.rows()
    index, numbers = registries.index_of(rows, registries.random_deferrals(first.seed, rows))
    matchings = []
    for situation in found:
        matching = matching_of(replace(situation, names=first.names), index)
        matching.risks = TypingRisk(matching.reading, invented(seed, first.names))
        thresholds = mine.thresholds_around(bead.mfi for bead in matching.reading.profile.beads)
        matchings.append((matching, data.draw(st.sampled_from(thresholds))))
    openings = [DirectiveOpenings(matching, threshold) for matching, threshold in matchings]
    counted = count_openings(index, openings)
    by_number = {row["donor_number"]: row for row in rows}
    expected = {}
    for at in range(len(index.donor_id)):
        number = numbers[index.donor_id[at]]
        directives, chance, of, targets, which = naive(by_number[number], matchings)
        assert int(counted.directives[at]) == directives, number
        assert float(counted.expected[at]) == pytest.approx(chance)
        assert int(counted.with_chance[at]) == of
        assert set(targets_of(int(counted.bits[at]))) == targets
        assert [place for place, one in enumerate(openings) if counts_for(one, index, at)] == which
        if directives:
            expected[number] = (-directives, -round(float(counted.expected[at]), 6), number)
    ranked = [numbers[index.donor_id[row]] for row in ranked_rows(index, counted, None)]
    assert ranked == sorted(expected, key=expected.get)
