"""What would change a verdict, held to the naive reader: each change, made, gives the verdict that it promises."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.directive import parse_specificity
from domain.phenotype import parse_locus
from domain.standing import BEST_FIRST, FAILING, ChangeKind, Demand, Standing, find_changes
from tests.oracle.reactivity import react
from tests.oracle.values import parse_locus as oracle_locus
from tests.oracle.values import parse_value
from tests.oracle.verdict import Donor, values_in_scope, verdict, verdict_of_states
from tests.properties import strategies as mine
from tests.properties.situations import REFERENCE, matching_of, oracle_case, situations

RELAXED = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}
HPA_1 = st.sampled_from(["", "a/a", "a/b", "b/b"])


@st.composite
def pairs(draw):
    """A situation, a donor's typing over the same families, and what is known of them besides HLA."""
    situation = draw(situations(most_donors=0))
    return situation, draw(mine.phenotypes(situation.names)), draw(HPA_1), draw(st.sampled_from(["", "positive", "negative"]))


def both(pair, threshold):
    """The donor as the domain sees them, and as the naive reader does."""
    situation, texts, hpa_1, cd36 = pair
    typings = tuple(parse_locus(*texts[x], locus=x, reference=REFERENCE) for x in situation.loci)
    matching = matching_of(situation, None)
    reading, rules = matching.reading, matching.rules
    hpa = {"HPA-1": hpa_1}
    demands = [Demand("hpa", name, hpa.get(name, ""), rule(hpa.get(name, ""))) for name, rule in rules.hpa.items()]
    if rules.cd36:
        demands.append(Demand("cd36", "CD36", cd36, rules.cd36(cd36)))
    if rules.abo:
        demands.append(Demand("abo", "ABO", "A", rules.abo("A")))
    donor = Donor("PT1", {x: oracle_locus(*t, x) for x, t in texts.items()}, abo="A", hpa={"1": hpa_1}, cd36=cd36)
    return Standing(reading, typings, tuple(demands), threshold), donor


def said_by_oracle(situation, donor, threshold, **others):
    case = oracle_case(replace(situation, **others))
    return verdict(donor, case, lambda value, at: react(value, case.serum, at), threshold)


@settings(max_examples=60, **RELAXED)
@given(pairs(), st.sampled_from([500, 1000, 2000, 5000]))
def test_each_change_of_threshold_edit_or_rule_gives_the_verdict_that_it_promises(pair, threshold):
    situation = pair[0]
    standing, donor = both(pair, threshold)
    assert standing.verdict == said_by_oracle(situation, donor, threshold)
    for change in find_changes(standing):
        assert BEST_FIRST.index(change.verdict) < BEST_FIRST.index(standing.verdict)
        if change.kind is ChangeKind.THRESHOLD:
            assert said_by_oracle(situation, donor, change.mfi) == change.verdict
            below = said_by_oracle(situation, donor, change.mfi - 1)
            assert BEST_FIRST.index(below) > BEST_FIRST.index(change.verdict)
        elif change.kind is ChangeKind.EDITS:
            assert edited_by_oracle(situation, donor, threshold, change.edits) == change.verdict
            if len(change.edits) > 1:
                assert_none_can_be_spared(situation, donor, threshold, change)
        elif change.kind in (ChangeKind.RULE, ChangeKind.TEST):
            without = {
                "CD36": {"anti_cd36": False},
                "ABO": {"abo_rule": "none"},
            }.get(change.subject, {"hpa": tuple(x for x in situation.hpa if x[:-1] != change.subject)})
            assert said_by_oracle(situation, donor, threshold, **without) == change.verdict


def edited_by_oracle(situation, donor, threshold, edits):
    gone = {one.specificity.name for one in edits if one.withdrawn}
    more = tuple(one.specificity.name for one in edits if not one.withdrawn)
    kept = tuple(name for name in situation.added if parse_specificity(name, REFERENCE).name not in gone)
    return said_by_oracle(situation, donor, threshold, added=kept, removed=(*situation.removed, *more))


def assert_none_can_be_spared(situation, donor, threshold, change):
    for one in change.edits:
        fewer = [edit for edit in change.edits if edit is not one]
        found = edited_by_oracle(situation, donor, threshold, fewer)
        assert BEST_FIRST.index(found) > BEST_FIRST.index(change.verdict)


@settings(max_examples=60, **RELAXED)
@given(pairs(), st.sampled_from([500, 1000, 2000, 5000]))
def test_a_value_typed_as_said_gives_the_verdict_that_is_promised(pair, threshold):
    situation = pair[0]
    standing, donor = both(pair, threshold)
    case = oracle_case(situation)
    for change in find_changes(standing):
        if change.kind is not ChangeKind.TYPING:
            continue
        for name in change.names:
            typed = parse_value(name)
            if typed.kind == "antigen" and typed.antigens != {name}:
                continue  # written alone, A2 may still be A203
            states = []
            for value in values_in_scope(donor, case):
                settled = meaning(value) == meaning(parse_value(change.subject))
                states.append(react(typed if settled else value, case.serum, threshold).state)
            assert verdict_of_states(states, donor, case) == change.verdict


def meaning(value):
    """What a value says: a list keeps its meaning in any order, though the two readers name it differently."""
    return value.locus, value.kind, sorted(value.alleles), value.antigens


@settings(max_examples=60, **RELAXED)
@given(pairs(), st.sampled_from([500, 2000]))
def test_the_first_failing_rule_is_one_that_makes_the_verdict(pair, threshold):
    standing, _ = both(pair, threshold)
    first = standing.first_failing()
    if standing.verdict.value == "compatible":
        assert first is None
        assert find_changes(standing) == ()
        return
    rules = standing.rules()
    assert first.state is FAILING[standing.verdict]
    assert all(rule.state is not first.state for rule in rules[: rules.index(first)])
    order = ["A", "B", "C", "hpa", "cd36", "abo"]
    places = [order.index(rule.subject if rule.kind == "hla" else rule.kind) for rule in rules]
    assert places == sorted(places)
