"""What crossmatches and transfusions say of a donor, against a table; the table of rules itself; policies' keys."""

import csv
from dataclasses import replace
from datetime import date

import pytest

from domain.crossmatch import CrossmatchKind, CrossmatchResult
from domain.errors import UnusableInput
from domain.evidence import STANCE_PLACES, Moment, Says, Stance, stance_of, weigh_crossmatch, weigh_transfusion
from domain.ranking import check_policy
from domain.transfusion import Held, Verdict
from services.evidence.rules import evidence_rules, evidence_tables
from services.reference import CORE, ranking_policies
from services.wording.catalogue import messages
from tests.rule_cases import day, read_cases

ON = date(2026, 11, 22)
RULES = evidence_rules(ON)
VERDICTS = {"E": Verdict.EFFECTIVE, "I": Verdict.INEFFECTIVE, "N": Verdict.NOT_JUDGED}
POLICY = ranking_policies()["evidence-first"]


def weigh(text, moment):
    """`platelet negative TESTED SERUM` (? for not known), or `transfusion EI met DAY`: verdicts at 1 h and 24 h."""
    kind, *rest = text.split()
    if kind == "transfusion":
        (early, late), valid, given = rest
        return weigh_transfusion(
            VERDICTS[early], VERDICTS[late], Held(valid), given_on=day(given), rules=RULES, moment=moment
        )
    result, tested, serum = rest
    return weigh_crossmatch(
        CrossmatchKind(kind), CrossmatchResult(result), tested_on=day(tested),
        serum_on=None if serum == "?" else day(serum), rules=RULES, moment=moment,
    )  # fmt: skip


@pytest.mark.parametrize("row", read_cases("evidence"), ids=lambda row: row["case"])
def test_a_case_of_the_table(row):
    moment = Moment(ON, day(row["latest_serum_on"]))
    found = [weigh(one, moment) for one in row["evidence"].split(" / ") if one]
    expected = [one for one in row["says"].split(" / ") if one]
    assert [one.says.value for one in found] == [one.split(":")[0] for one in expected]
    for one, said in zip(found, expected, strict=True):
        if ":" in said:
            assert one.why.code == f"evidence_why.{said.split(':')[1]}"
        assert one.why.code in messages()
    assert stance_of(one.says for one in found).value == row["stance"]


def test_the_table_has_a_row_for_every_result_and_every_pair_of_verdicts():
    for rules in evidence_tables():
        assert set(rules.crossmatches) == {(kind, result) for kind in CrossmatchKind for result in CrossmatchResult}
        assert set(rules.transfusions) == {(early, late) for early in Verdict for late in Verdict}


def test_what_is_unknown_supports_nowhere_in_the_table():
    for rules in evidence_tables():
        for kind in CrossmatchKind:
            assert rules.crossmatches[kind, CrossmatchResult.INDETERMINATE].says is Says.NOTHING
            assert rules.crossmatches[kind, CrossmatchResult.NEGATIVE].serum_known
        assert rules.transfusions[Verdict.NOT_JUDGED, Verdict.NOT_JUDGED].says is Says.NOTHING


def test_every_row_of_the_file_is_in_a_table():
    with (CORE / "evidence_rules.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == sum(len(one.crossmatches) + len(one.transfusions) for one in evidence_tables())


def test_a_day_before_any_table_is_refused():
    with pytest.raises(UnusableInput, match="no_rules_in_force"):
        evidence_rules(date(2019, 12, 31))


def test_mixed_evidence_stands_where_none_does():
    assert [STANCE_PLACES[one] for one in (Stance.SUPPORTS, Stance.NONE, Stance.MIXED, Stance.AGAINST)] == [0, 1, 1, 2]


# --- where the key may stand ---


def with_keys(keys):
    return replace(POLICY, keys=tuple(keys))


@pytest.mark.parametrize("place", range(len(POLICY.keys)))
def test_evidence_stands_behind_the_verdict_beside_the_keys_of_the_band(place):
    rest = [key for key in POLICY.keys if key != "evidence"]
    policy = with_keys([*rest[:place], "evidence", *rest[place:]])
    if place in (1, 2, 3):
        assert check_policy(policy) is policy
    else:
        with pytest.raises(ValueError, match="evidence-first: keys out of order"):
            check_policy(policy)


@pytest.mark.parametrize(
    "change",
    [
        lambda keys: keys[1:],  # no verdict
        lambda keys: keys[:-1],  # no number: ties
        lambda keys: [*keys[:2], keys[3], keys[2], *keys[4:]],  # date before the far bead
        lambda keys: [*keys[:4], "abo", *[key for key in keys[4:] if key != "abo"]],  # a donor's key too early
        lambda keys: [*keys[:5], "sum_mfi", *keys[5:]],  # one twice
        lambda keys: [*keys[:5], "cheapest", *keys[5:]],
    ],
)
def test_an_order_that_the_list_is_not_made_in_is_refused(change):
    with pytest.raises(ValueError, match="keys out of order"):
        check_policy(with_keys(change(list(POLICY.keys))))


def test_only_evidence_first_weighs_evidence_and_else_it_is_identity_first():
    weighing = [name for name, policy in ranking_policies().items() if policy.weighs_evidence]
    assert weighing == ["evidence-first"]
    assert tuple(key for key in POLICY.keys if key != "evidence") == ranking_policies()["identity-first"].keys
