"""Serial sera against a sweep of each, against the oracle's loop over donors, and the laws of a history."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.antibody_history import gone_from, what_if
from services.antibody_history.counting import SeraCounts
from services.matching.engine import sweep
from tests.oracle import counts
from tests.oracle.verdict import remembering
from tests.properties import registries
from tests.properties.registries import ON
from tests.properties.situations import REFERENCE, matching_of, oracle_case, situations

RELAXED = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}
COUNTED = ("compatible", "possible", "unknown", "blocked", "available")


@st.composite
def histories(draw):
    """A situation with one to four sera: beads that moved, and now and then a panel that lost some."""
    situation = draw(situations(most_donors=120))
    sera = [situation.beads]
    for _ in range(draw(st.integers(0, 3))):
        factor = draw(st.sampled_from([0.3, 0.5, 0.9, 1, 2]))
        lost = draw(st.sampled_from([0, 0, 3, 5]))
        kept = [one for at, one in enumerate(situation.beads) if not lost or at % lost]
        sera.append([(allele, mfi * factor if draw(st.booleans()) else mfi) for allele, mfi in kept])
    beads = [int(mfi) for _, mfi in situation.beads if mfi >= 1]
    return situation, sera, draw(st.sampled_from([500, 1000, 2000, *beads[:20]]))


def lay(situation, sera, threshold):
    """The counts of the sera, and the matching of each alone."""
    index = registries.index_of(situation.rows())[0]
    alone = [matching_of(replace(situation, beads=beads), index) for beads in sera]
    return SeraCounts(alone[0], [one.reading for one in alone], threshold, ON), alone


@settings(max_examples=12, **RELAXED)
@given(histories())
def test_each_serum_counts_what_a_sweep_of_it_counts(history):
    situation, sera, threshold = history
    counted, alone = lay(situation, sera, threshold)
    nation = counted.weights()
    regions = {region: counted.weights(region) for region in counted.matching.index.meta.regions if region}
    for at, matching in enumerate(alone):
        swept = sweep(matching, [threshold], ON)
        assert counted.counts(at, nation) == swept.national(0)
        by_region = swept.by_region(0, "unassigned")
        for region, weights in regions.items():
            assert counted.counts(at, weights) == by_region[region]


@settings(max_examples=12, **RELAXED)
@given(histories())
def test_before_with_opened_and_without_closed_is_after(history):
    counted, alone = lay(*history)
    for place in (counted.weights(), *(counted.weights(one) for one in counted.matching.index.meta.regions if one)):
        for at in range(1, len(alone)):
            before, after = (counted.counts(one, place) for one in (at - 1, at))
            moved = counted.moved(at - 1, at, place)
            assert before["compatible"] + moved.opened - moved.closed == after["compatible"]
            assert before["available"] + moved.opened_available - moved.closed_available == after["available"]
    for at in range(1, len(alone)):
        moved = counted.moved(at - 1, at, counted.weights())
        assert len(counted.moved_rows(at - 1, at)) == moved.opened
        assert len(counted.moved_rows(at, at - 1)) == moved.closed


@settings(max_examples=12, **RELAXED)
@given(histories(), st.sampled_from([10, 50, 90]), st.data())
def test_a_lower_serum_never_closes_a_donor_and_is_read_exactly(history, factor, data):
    situation, _, threshold = history
    index = registries.index_of(situation.rows())[0]
    matching = matching_of(situation, index)
    profile = matching.reading.profile
    tested = sorted({bead.antigen for bead in profile.beads if bead.antigen})
    gone = gone_from(data.draw(st.sampled_from(tested)), profile, REFERENCE) if tested else frozenset()
    asked = [what_if(profile, factor_percent=factor), what_if(profile, gone=gone)]
    asked.append(what_if(profile, factor_percent=factor, gone=gone))
    changed = [[(bead.allele, bead.mfi) for bead in one.beads] for one in asked]
    counted, _ = lay(situation, [[(bead.allele, bead.mfi) for bead in profile.beads], *changed], threshold)
    nation, donors = counted.weights(), registries.oracle_donors(situation.rows(), {})
    for at, beads in enumerate(changed, start=1):
        assert counted.moved(0, at, nation).closed == 0
        assert counted.moved(at, 3, nation).closed == 0  # both together open at least what each opens
        case = oracle_case(replace(situation, beads=beads))
        expected = counts.count(donors, case, remembering(case.serum), threshold, ON)["national"]
        assert counted.counts(at, nation) == {name: expected[name] for name in COUNTED}
