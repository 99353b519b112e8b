"""The eligible days, whatever the day asked: laws, and a plain day-by-day reading as the oracle (MATCHING §9)."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.eligibility import (
    Deferral,
    DonorHealth,
    EligibilityRules,
    eligible_window,
    first_eligible,
    rules_in_force,
)
from domain.errors import UnusableInput
from domain.windows import Window

RULES = EligibilityRules(
    name="TEST-1",
    effective_from=date(2020, 1, 1),
    min_age_years=18,
    max_age_years=65,
    min_weight_kg=50,
    min_platelets=150,
    interval_days={"platelets": 28, "whole_blood": 28, "plasma": 14},
    unknown_type_interval_days=28,
    max_donations_12m=24,
    max_platelet_donations_12m=12,
    trali_min_pregnancies=1,
)
TODAY = date(2026, 11, 22)
ONE_DAY = timedelta(days=1)

days = st.dates(date(1995, 1, 1), date(2035, 12, 31))
birth_dates = st.dates(date(1935, 1, 1), date(2015, 12, 31)) | st.sampled_from(
    [date(1960, 2, 29), date(2008, 2, 29)]
)


@st.composite
def deferrals(draw):
    start = draw(days)
    length = draw(st.integers(0, 500) | st.none())
    return Deferral(start, None if length is None else start + timedelta(days=length))


donors = st.builds(
    DonorHealth,
    birth_date=st.none() | birth_dates,
    sex=st.sampled_from(["F", "M", None]),
    weight_kg=st.sampled_from([None, 49.9, 50.0, 70.0]),
    platelet_count=st.sampled_from([None, 149.0, 150.0, 250.0]),
    last_donation_on=st.none() | days,
    last_donation_type=st.sampled_from(["platelets", "whole_blood", "plasma", "granulocytes", None]),
    donations_12m=st.sampled_from([None, 0, 23, 24]),
    platelet_donations_12m=st.sampled_from([None, 11, 12]),
    pregnancies=st.sampled_from([None, 0, 1, 3]),
    hla_antibody_screen=st.sampled_from([None, "positive", "negative"]),
    status=st.sampled_from(["active", "active", "active", "deferred"]),
    deferrals=st.lists(deferrals(), max_size=4).map(tuple),
)
# Most random donors are refused for good; this one may always give on some day.
willing = st.builds(
    DonorHealth,
    birth_date=birth_dates,
    last_donation_on=st.none() | days,
    last_donation_type=st.sampled_from(["platelets", "plasma", None]),
    donations_12m=st.sampled_from([None, 1, 24]),
    deferrals=st.lists(deferrals(), max_size=3).map(tuple),
)


def years_old(birth: date, on: date) -> int:
    """Completed years; before 1 March nobody born on 29 February is a year older."""
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))


def may_give(health: DonorHealth, on: date) -> bool:
    """MATCHING §9 for one day, rule by rule, with the figures of RULES written out."""
    if (
        health.status != "active"
        or health.birth_date is None
        or not 18 <= years_old(health.birth_date, on) <= 65
    ):
        return False
    if (health.weight_kg or 50) < 50 or (health.platelet_count or 150) < 150:
        return False
    last = health.last_donation_on
    if last and (on - last).days < (14 if health.last_donation_type == "plasma" else 28):
        return False
    full = (health.donations_12m or 0) >= 24 or (health.platelet_donations_12m or 0) >= 12
    if full and (last is None or on.year < last.year + 1 or years_old(last, on) < 1):
        return False
    return not any(d.from_on <= on and (d.until_on is None or on <= d.until_on) for d in health.deferrals)


def in_window(window: Window, on: date) -> bool:
    if (
        window.from_on is None
        or on < window.from_on
        or (window.until_on is not None and on >= window.until_on)
    ):
        return False
    return not any(start <= on < end for start, end in window.gaps)


def turning_days(health: DonorHealth) -> list[date]:
    """The days around everything that can change the answer."""
    dates = [
        health.last_donation_on,
        *(d.from_on for d in health.deferrals),
        *(d.until_on for d in health.deferrals),
    ]
    turns = [day for day in dates if day]
    if health.last_donation_on:
        turns += [health.last_donation_on + timedelta(days=n) for n in (14, 28, 365, 366)]
    if health.birth_date:
        turns += [date(health.birth_date.year + age, 3, 1) for age in (18, 66)]
        turns += [
            date(health.birth_date.year + age, health.birth_date.month, min(health.birth_date.day, 28))
            for age in (18, 66)
        ]
    return [day + timedelta(days=shift) for day in turns for shift in (-2, -1, 0, 1, 2)]


@given(donors | willing, st.lists(days, max_size=20))
@settings(max_examples=400, deadline=None)
def test_the_window_holds_exactly_the_days_the_rules_allow(health, others):
    window = eligible_window(health, RULES)
    for on in [*turning_days(health), *others]:
        assert in_window(window, on) == may_give(health, on), on


@given(donors | willing, st.lists(days, max_size=10))
@settings(max_examples=400, deadline=None)
def test_the_first_day_is_the_windows_whatever_the_day_asked(health, others):
    window = eligible_window(health, RULES)
    for on in [*turning_days(health), *others]:
        found = first_eligible(health, RULES, on)
        assert found.first_on == window.first_on(on)
        assert bool(found.reasons) == (found.first_on != on)
        assert found.flags == first_eligible(health, RULES, on + ONE_DAY).flags


@given(willing)
@settings(max_examples=12, deadline=None)
def test_every_day_of_three_decades_agrees(health):
    window = eligible_window(health, RULES)
    on, found = date(2036, 1, 1), window.first_on(date(2036, 1, 1))
    while on > date(2006, 1, 1):
        on -= ONE_DAY
        found = on if may_give(health, on) else found
        assert first_eligible(health, RULES, on).first_on == found == window.first_on(on)


@given(donors | willing, days)
@settings(max_examples=300, deadline=None)
def test_the_first_day_is_allowed_and_none_before_it_is(health, on):
    first = first_eligible(health, RULES, on).first_on
    if first is None:
        assert not any(may_give(health, on + timedelta(days=n)) for n in range(0, 4000, 7))
        return
    assert first >= on
    assert may_give(health, first)
    assert not any(may_give(health, on + timedelta(days=n)) for n in range(min((first - on).days, 800)))


@given(donors | willing)
@settings(max_examples=300, deadline=None)
def test_equal_days_give_equal_windows(health):
    window = eligible_window(health, RULES)
    edges = [edge for gap in window.gaps for edge in gap]
    bounds = [window.from_on, *edges, window.until_on or date.max]
    if window.from_on is None:
        assert (window.until_on, window.gaps) == (None, ())
    else:
        assert bounds == sorted(set(bounds))


@given(willing, deferrals(), days)
@settings(max_examples=200, deadline=None)
def test_one_more_deferral_never_brings_the_day_forward(health, deferral, on):
    fewer = DonorHealth(birth_date=health.birth_date, deferrals=health.deferrals)
    more = DonorHealth(birth_date=health.birth_date, deferrals=(*health.deferrals, deferral))
    before, after = (first_eligible(donor, RULES, on).first_on or date.max for donor in (fewer, more))
    assert after >= before


def test_reasons_carry_their_figures_and_no_birth_date():
    health = DonorHealth(
        birth_date=date(1960, 12, 1),
        weight_kg=48.5,
        last_donation_on=date(2026, 11, 10),
        last_donation_type="platelets",
        deferrals=(Deferral(date(2026, 11, 1), date(2026, 12, 24), "told on the phone"),),
    )
    reasons = first_eligible(health, RULES, TODAY).reasons
    assert [(r.code, r.severity, dict(r.params)) for r in reasons] == [
        ("weight_low", "error", {"weight_kg": 48.5, "min_weight_kg": 50}),
        ("interval_after_platelets", "warning", {"days": 28, "again_on": "2026-12-08"}),
        ("deferral", "warning", {"from_on": "2026-11-01", "until_on": "2026-12-24"}),
    ]


def test_the_age_reason_does_not_give_the_birthday_away():
    reasons = first_eligible(DonorHealth(birth_date=date(1955, 5, 5)), RULES, TODAY).reasons
    assert [(r.code, dict(r.params)) for r in reasons] == [("age_limit", {"age_years": 65})]


def test_a_deferral_does_not_end_before_it_starts():
    with pytest.raises(UnusableInput) as refused:
        Deferral(date(2026, 11, 22), date(2026, 11, 21))
    assert refused.value.code == "deferral_reversed"


def test_dates_at_the_end_of_the_calendar_are_never_reached():
    last = DonorHealth(birth_date=date(1990, 1, 1), last_donation_on=date(9999, 12, 20))
    unborn = DonorHealth(birth_date=date(9990, 1, 1))
    assert eligible_window(last, RULES) == eligible_window(unborn, RULES) == Window(None, None)


def test_the_latest_started_table_is_in_force():
    later = EligibilityRules(
        **{name: getattr(RULES, name) for name in RULES.__slots__}
        | {"name": "TEST-2", "effective_from": date(2027, 1, 1), "interval_days": {"platelets": 14}}
    )
    tables = [later, RULES]
    assert rules_in_force(tables, date(2026, 12, 31)) is RULES
    assert rules_in_force(tables, date(2027, 1, 1)) is later
    gave = DonorHealth(birth_date=date(1990, 1, 1), last_donation_on=TODAY, last_donation_type="platelets")
    assert first_eligible(gave, later, TODAY).first_on == TODAY + timedelta(days=14)
    with pytest.raises(UnusableInput) as refused:
        rules_in_force(tables, date(2019, 12, 31))
    assert refused.value.code == "no_rules_in_force"
