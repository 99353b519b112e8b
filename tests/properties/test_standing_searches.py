"""What changed in a standing search and why, against a loop over donors that applies one change after the other.

Of any two registries, sera, patients and directives: the same change and cause of every donor, and what is new less
what is lost is the change in the count, in the whole registry and in each region.
"""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.list_change import Presence, Step
from services.matching.index import EPOCH
from services.standing_searches.comparing import Between
from services.standing_searches.differing import CAUSES, CHANGES, Difference, Seen
from services.standing_searches.facts import Ordered, facts_of, pack_facts, unpack_facts
from services.standing_searches.looking import compatible, grade_ranks
from tests.properties import registries
from tests.properties import strategies as mine
from tests.properties.registries import ON
from tests.properties.situations import matching_of, oracle_case, situations
from tests.properties.standing_oracle import Asked, World, difference

HLA = [f"hla_{x}_{at}" for x in "abc" for at in (1, 2)]
OTHER = ["region", "abo", "cd36", "hpa_1", "status", "consent_contact", "last_donation_on", "weight_kg"]
NO_IDS = np.zeros(0, dtype=np.int64)


@st.composite
def stories(draw, most_donors):
    """Two situations over one set of antigens: the later with another patient, serum or directive, or none of them."""
    before = draw(situations(most_donors=most_donors))
    before = replace(before, eplet_seed=None)
    after = before
    if draw(st.booleans()):
        patient = draw(mine.phenotypes(before.names))
        after = replace(after, patient=patient, added=(), removed=())
        before = replace(before, added=(), removed=())
    if draw(st.booleans()):
        random = Random(draw(st.integers(0, 2**32)))
        weaker = [(allele, mfi * random.choice([0.1, 1, 1, 4])) for allele, mfi in before.beads]
        after = replace(after, beads=draw(st.sampled_from([weaker, draw(mine.panels(before.names))])))
    if draw(st.booleans()):
        added, removed = draw(mine.edits(before.names, mine.values_of(after.patient)))
        after = replace(after, added=added, removed=removed, anti_cd36=draw(st.booleans()))
    thresholds = draw(st.tuples(*[st.sampled_from([500, 1000, 2000])] * 2))
    return before, after, thresholds, draw(st.integers(0, 2**32)), draw(st.sampled_from([0, 1, 1, 30]))


def later(rows, seed):
    """The same registry after a while: records changed, gone, come."""
    random, found = Random(seed), []
    for row in rows:
        if random.random() < 0.06:
            continue
        other, changed = random.choice(rows), dict(row)
        if random.random() < 0.2:
            changed.update({name: other[name] for name in HLA})
        for name in OTHER:
            if random.random() < 0.08:
                changed[name] = other[name]
        found.append(changed)
    come = [row | {"donor_number": f"N{at:05}"} for at, row in enumerate(random.sample(rows, min(5, len(rows))))]
    return found + come


class Side:
    """One look: the donors as the oracle sees them, and as the index does, by ids that both looks share."""

    def __init__(self, rows, deferrals, reserved, on, ids):
        index, numbers = registries.index_of(rows, deferrals)
        index.donor_id = np.array([ids[numbers[at]] for at in index.donor_id], dtype=np.int64)
        self.ordered = Ordered(index)
        donors = registries.oracle_donors(rows, deferrals)
        self.world = World(on, {one.number: one for one in donors}, reserved)
        absent = sorted((ids[one.number], int(why_absent(one))) for one in donors if not one.active)
        kept = sorted((ids[number], (day - EPOCH).days) for number, day in reserved.items())
        self.facts = facts_of(self.ordered, absent, kept, codes="", on=on)

    def seen(self, matching, threshold):
        found = compatible(matching, threshold, self.ordered)
        return Seen(found, grade_ranks(matching, self.ordered, found))


def why_absent(donor):
    if not donor.consent:
        return Presence.NO_CONSENT
    return Presence.DEFERRED if donor.status == "deferred" else Presence.INACTIVE


def two_sides(before, seed, days):
    rows = before.rows()
    then, random = registries.random_deferrals(before.seed, rows), Random(seed)
    rows_later = later(rows, seed)
    fresh = registries.random_deferrals(seed, rows_later)
    now = {n: spans for n, spans in (then | fresh).items() if random.random() < 0.8}
    numbers = sorted({row["donor_number"] for row in (*rows, *rows_later)})
    ids = {number: 7 + 3 * at for at, number in enumerate(random.sample(numbers, len(numbers)))}
    kept = [{n: ON + timedelta(days=32) for n in random.sample(numbers, len(numbers) // 4)} for _ in range(2)]
    on = ON + timedelta(days=days)
    return Side(rows, then, kept[0], ON, ids), Side(rows_later, now, kept[1], on, ids), ids


def cases_between(before, after, thresholds):
    """The case of before, then with the patient, the serum and the directive of after, one by one."""
    patient = replace(before, patient=after.patient)
    serum = replace(patient, beads=after.beads)
    return [(before, thresholds[0]), (patient, thresholds[0]), (serum, thresholds[0]), (after, thresholds[1])]


def compared(then, now, cases):
    before = unpack_facts(pack_facts(then.facts))
    deferred = [one for one, d in now.world.donors.items() if covers(d, now.world.on)]
    between = Between(before, now.facts, NO_IDS, np.array(sorted(now.ids[one] for one in deferred), dtype=np.int64))
    worlds = [compatible(matching_of(case, now.ordered.index), mfi, now.ordered) for case, mfi in cases]
    steps = (Step.DONOR, Step.PATIENT, Step.SERUM, Step.DIRECTIVE)
    first, last = cases[0], cases[-1]
    return Difference(
        between,
        then.seen(matching_of(first[0], then.ordered.index), first[1]),
        now.seen(matching_of(last[0], now.ordered.index), last[1]),
        dict(zip(steps, worlds, strict=True)),
        by_release=False,
    )


def covers(donor, on):
    return any(start <= on and (end is None or on <= end) for start, end in donor.health.deferrals)


def hold(story):
    before, after, thresholds, seed, days = story
    then, now, ids = two_sides(before, seed, days)
    now.ids = ids
    cases = cases_between(before, after, thresholds)
    found = compared(then, now, cases)
    asked = [Asked.of(oracle_case(case), mfi) for case, mfi in cases]
    expected = {number: difference(number, then.world, now.world, asked) for number in ids}
    changed, names = found.changed, {donor_id: number for number, donor_id in ids.items()}
    rows = zip(changed.at.tolist(), changed.change.tolist(), changed.cause.tolist(), strict=True)
    told = {names[found.between.ids[at]]: (CHANGES[how].value, CAUSES[why].value) for at, how, why in rows}
    assert told == {number: one for number, one in expected.items() if one}
    hold_sums(found, told)


def hold_sums(found, told):
    """before + new − lost = after, in the whole registry, and with who moved in every region; the causes sum."""
    totals = found.totals()
    assert Counter(told.values()) == {(how, why): n for how, by in totals.items() for why, n in by.items()}
    before, after = (int((place == 2).sum()) for place in found.places)
    assert before + sum(totals.get("new", {}).values()) - sum(totals.get("lost", {}).values()) == after
    regions = found.by_region()
    assert [r for r in regions.values() if r["before"] + r["new"] - r["lost"] + r["moved"] != r["after"]] == []
    sums = {what: sum(row[what] for row in regions.values()) for what in ("before", "moved", "after")}
    assert sums == {"before": before, "moved": 0, "after": after}


UNHURRIED = {"deadline": None, "suppress_health_check": list(HealthCheck)}


@given(stories(most_donors=40))
@settings(max_examples=25, **UNHURRIED)
def test_every_change_has_the_cause_that_a_loop_over_donors_finds(story):
    hold(story)


@pytest.mark.slow
@given(stories(most_donors=120))
@settings(max_examples=200, **UNHURRIED)
def test_every_change_has_the_cause_that_a_loop_over_donors_finds_at_length(story):
    hold(story)


@given(stories(most_donors=40))
@settings(max_examples=10, **UNHURRIED)
def test_where_nothing_happened_nothing_is_told(story):
    before, _, thresholds, seed, _ = story
    then, _, ids = two_sides(before, seed, 0)
    then.ids = ids
    found = compared(then, then, [(before, thresholds[0])] * 4)
    assert (len(found.changed.at), found.totals()) == (0, {})
