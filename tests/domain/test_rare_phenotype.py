"""What the registry's own count makes of a phenotype, and what a rare donor needs of somebody."""

from datetime import date, timedelta
from fractions import Fraction

import pytest

from domain.rare_care import CareFacts, CareLimits, Unconfirmed, care_alerts, months_after
from domain.rare_phenotype import (
    NOT_SHOWN,
    SHOWN,
    UNDECIDED,
    Kind,
    RareRule,
    Standing,
    State,
    Tally,
    Trait,
    rare_subjects,
    tally,
)
from domain.windows import NEVER, Window

TODAY = date(2026, 11, 22)
LIMITS = CareLimits(again_days=7, age_notice_days=365)
OPEN = Window(date(2020, 1, 1), None)


def rule(kind=Kind.HPA_ABSENT, max_share=Fraction(1, 5), listed=True):
    return RareRule("one", kind, ("HPA-1a",), max_share, listed, True, 6, 90)


def codes(facts, on=TODAY):
    return [one.code.removeprefix("rare_alert.") for one in care_alerts(facts, LIMITS, on)]


def test_undecided_donors_are_in_neither_number():
    counted = tally(rule(), [(SHOWN, 3), (NOT_SHOWN, 7), (UNDECIDED, 1000)])
    assert (counted.of, counted.shown) == (10, 3)


def test_a_share_of_exactly_the_limit_is_listed_and_one_more_is_not():
    assert Tally(1000, {"": 200}).standing(rule(), "", 100) is Standing.LISTED
    assert Tally(1000, {"": 201}).standing(rule(), "", 100) is Standing.COMMON


@pytest.mark.parametrize(("listed", "standing"), [(True, Standing.LISTED), (False, Standing.TOO_FEW)])
def test_a_small_registry_judges_no_share(listed, standing):
    assert Tally(99, {"": 99}).standing(rule(listed=listed), "", 100) is standing
    assert Tally(100, {"": 100}).standing(rule(listed=listed), "", 100) is Standing.COMMON


def test_without_a_limit_everybody_is_listed():
    assert Tally(1000, {"": 999}).standing(rule(max_share=None), "", 100) is Standing.LISTED


def test_who_lacks_more_counts_for_those_who_lack_less():
    combination = rule(Kind.HPA_COMBINATION)
    counted = tally(
        combination,
        [
            (Trait(State.SHOWN, ("HPA-1a HPA-3a",)), 5),
            (Trait(State.SHOWN, ("HPA-1a HPA-2a HPA-3a",)), 2),
            (Trait(State.SHOWN, ("HPA-2a HPA-3a",)), 1),
            (NOT_SHOWN, 92),
        ],
    )
    assert counted.of == 100
    assert counted.found == {"HPA-1a HPA-3a": 7, "HPA-1a HPA-2a HPA-3a": 2, "HPA-2a HPA-3a": 3}


def test_each_antigen_is_judged_by_its_own_share():
    antigens = rule(Kind.HLA_ANTIGEN, Fraction(1, 1000), listed=False)
    counted = Tally(1000, {"A2": 500, "A80": 1})
    assert rare_subjects(antigens, Trait(State.SHOWN, ("A2", "A80")), counted, 100) == ("A80",)
    assert rare_subjects(antigens, UNDECIDED, counted, 100) == ()


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
        (date(2026, 11, 22), 12, date(2027, 11, 22)),
        (date(9999, 12, 1), 1, None),
    ],
)
def test_months_later(day, months, later):
    assert months_after(day, months) == later


def test_a_donor_in_order_needs_nobody():
    assert codes(CareFacts(OPEN, next_recall_on=TODAY, unconfirmed=[Unconfirmed("x", TODAY, 90)])) == []


def test_a_contact_is_overdue_the_day_after_it_was_due():
    facts = CareFacts(OPEN, next_recall_on=TODAY)
    assert codes(facts, TODAY) == []
    assert codes(facts, TODAY + timedelta(days=1)) == ["recall"]


def test_a_second_sample_is_overdue_after_its_days_and_never_where_it_is_not_chased():
    facts = CareFacts(OPEN, unconfirmed=[Unconfirmed("x", TODAY, 90), Unconfirmed("y", TODAY, None)])
    assert codes(facts, TODAY + timedelta(days=90)) == []
    assert codes(facts, TODAY + timedelta(days=91)) == ["confirmation"]


def test_of_a_donor_who_may_not_be_called_no_call_is_asked():
    late = TODAY - timedelta(days=400)
    facts = CareFacts(OPEN, "contact.no_consent", late, [Unconfirmed("x", late, 90)], ["x"], [TODAY])
    assert codes(facts) == ["unneeded", "contradicted", "not_callable"]


@pytest.mark.parametrize(("days", "said"), [(0, ["again"]), (6, ["again"]), (7, [])])
def test_a_regained_day_is_announced_for_a_week(days, said):
    window = Window(date(2020, 1, 1), None, ((TODAY - timedelta(days=60), TODAY - timedelta(days=days)),))
    assert codes(CareFacts(window)) == said


def test_the_age_limit_is_announced_a_year_before_and_without_its_day():
    assert codes(CareFacts(Window(date(2020, 1, 1), TODAY + timedelta(days=366)))) == []
    (alert,) = care_alerts(CareFacts(Window(date(2020, 1, 1), TODAY + timedelta(days=365))), LIMITS, TODAY)
    assert (alert.code, dict(alert.params)) == ("rare_alert.age", {})


def test_a_donor_who_may_never_give_is_said():
    assert codes(CareFacts(NEVER)) == ["never"]
    assert codes(CareFacts(Window(date(2020, 1, 1), TODAY))) == ["never"]
