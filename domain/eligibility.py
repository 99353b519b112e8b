"""When a donor may next give platelets: rule table, health facts, first date and its reasons (MATCHING §9).

Every rule is turned into the days it refuses. The eligible days are all the others, so they do not
depend on the day somebody asks. Consent to be called is not eligibility and is not looked at here.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal, Protocol, TypeVar

from domain.errors import Issue, UnusableInput
from domain.windows import Window, anniversary, days_after, days_left

ACTIVE = "active"


@dataclass(frozen=True, slots=True)
class EligibilityRules:
    """One dated rule table: ages in completed years, weight in kg, platelets in 10⁹/L, intervals in days.

    `max_age_years` is inclusive: 65 means until the day before the 66th birthday. A donor who has
    reached a yearly maximum (any donation, or platelets alone) must wait.
    """

    name: str
    effective_from: date
    min_age_years: int
    max_age_years: int
    min_weight_kg: float
    min_platelets: float
    interval_days: Mapping[str, int] = field(hash=False)
    unknown_type_interval_days: int
    max_donations_12m: int
    max_platelet_donations_12m: int
    trali_min_pregnancies: int


@dataclass(frozen=True, slots=True)
class Deferral:
    """Days on which the donor may not give, both ends included; no `until_on` means no known end.

    Raises UnusableInput when it ends before it starts.
    """

    from_on: date
    until_on: date | None
    reason: str = ""

    def __post_init__(self) -> None:
        if self.until_on is not None and self.until_on < self.from_on:
            raise UnusableInput(
                "deferral_reversed", from_on=self.from_on.isoformat(), until_on=self.until_on.isoformat()
            )


@dataclass(frozen=True, slots=True)
class DonorHealth:
    """What the rules need to know of one donor; None is always "not known"."""

    birth_date: date | None = None
    sex: str | None = None
    weight_kg: float | None = None
    platelet_count: float | None = None
    last_donation_on: date | None = None
    last_donation_type: str | None = None
    donations_12m: int | None = None
    platelet_donations_12m: int | None = None
    pregnancies: int | None = None
    hla_antibody_screen: str | None = None
    status: str = ACTIVE
    deferrals: tuple[Deferral, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """The days one rule refuses, from `from_on` up to but not including `until_on`; None is no bound."""

    from_on: date | None
    until_on: date | None
    code: str
    params: Mapping[str, str | float] = field(default_factory=dict, hash=False)

    def covers_any(self, first: date, last: date) -> bool:
        """Whether a day from `first` to `last`, both included, is refused."""
        starts = self.from_on is None or self.from_on <= last
        return starts and (self.until_on is None or self.until_on > first)

    def as_issue(self) -> Issue:
        """The reason as data: an error when no end is known, else a warning."""
        severity: Literal["error", "warning"] = "error" if self.until_on is None else "warning"
        return Issue(self.code, severity, params=dict(self.params))


@dataclass(frozen=True, slots=True)
class Eligibility:
    """The first eligible day from a given day on, every reason why not earlier, and what to look at."""

    first_on: date | None
    reasons: tuple[Issue, ...]
    flags: tuple[str, ...]


class Dated(Protocol):
    """A rule table that holds from a day on, until a later table of its kind."""

    @property
    def effective_from(self) -> date: ...


DatedRules = TypeVar("DatedRules", bound=Dated)


def rules_in_force(rules: Sequence[DatedRules], on: date) -> DatedRules:
    """The table with the latest `effective_from` that is not after `on`; UnusableInput when there is none."""
    started = [table for table in rules if table.effective_from <= on]
    if not started:
        raise UnusableInput("no_rules_in_force", on=on.isoformat())
    return max(started, key=lambda table: table.effective_from)


def eligible_window(health: DonorHealth, rules: EligibilityRules) -> Window:
    """All days on which the donor may give platelets, whatever the day asked (MATCHING §9)."""
    return _days_left_by(refusals(health, rules))


def first_eligible(health: DonorHealth, rules: EligibilityRules, on: date) -> Eligibility:
    """The first eligible day not before `on`, with each rule that refuses a day between the two."""
    refused = tuple(refusals(health, rules))
    first_on = _days_left_by(refused).first_on(on)
    reasons: tuple[Issue, ...] = ()
    if first_on != on:
        last = _last_day_to_explain(refused, on, first_on)
        reasons = tuple(refusal.as_issue() for refusal in refused if refusal.covers_any(on, last))
    return Eligibility(first_on, reasons, flags(health, rules))


def refusals(health: DonorHealth, rules: EligibilityRules) -> Iterator[Refusal]:
    """What each rule refuses this donor, in the order of the page docs/rules/eligibility.md."""
    yield from _refused_by_status(health)
    yield from _refused_by_age(health, rules)
    yield from _refused_by_health(health, rules)
    yield from _refused_by_interval(health, rules)
    yield from _refused_by_yearly_limits(health, rules)
    yield from _refused_by_deferrals(health.deferrals)


def flags(health: DonorHealth, rules: EligibilityRules) -> tuple[str, ...]:
    """What a person must look at before calling this donor; a flag never refuses."""
    found = {
        "birth_date_unknown": health.birth_date is None,
        "weight_unknown": health.weight_kg is None,
        "platelets_unknown": health.platelet_count is None,
        "donation_type_unknown": health.last_donation_on is not None
        and health.last_donation_type not in rules.interval_days,
        "donation_date_unknown": health.last_donation_on is None
        and bool(health.donations_12m or health.platelet_donations_12m or health.last_donation_type),
        "trali_screen": _needs_trali_screen(health, rules),
    }
    return tuple(code for code, raised in found.items() if raised)


def _needs_trali_screen(health: DonorHealth, rules: EligibilityRules) -> bool:
    """A pregnancy without a negative HLA-antibody screen; a screen never done is not negative."""
    return (
        health.sex != "M"  # a pregnancy noted for a donor of unknown sex is a woman's
        and (health.pregnancies or 0) >= rules.trali_min_pregnancies
        and health.hla_antibody_screen != "negative"
    )


def _refused_by_status(health: DonorHealth) -> Iterator[Refusal]:
    if health.status != ACTIVE:
        yield Refusal(None, None, "status", {"status": health.status})


def _refused_by_age(health: DonorHealth, rules: EligibilityRules) -> Iterator[Refusal]:
    """Too young, then too old. The reasons name the age only: the birthday would tell the birth date."""
    if health.birth_date is None:
        yield Refusal(None, None, "birth_date_unknown")
        return
    adult_on = anniversary(health.birth_date, rules.min_age_years)
    yield Refusal(None, adult_on, "age_below", {"age_years": rules.min_age_years})
    too_old_on = anniversary(health.birth_date, rules.max_age_years + 1)
    if too_old_on is not None:
        yield Refusal(too_old_on, None, "age_limit", {"age_years": rules.max_age_years})


def _refused_by_health(health: DonorHealth, rules: EligibilityRules) -> Iterator[Refusal]:
    """Too light, or too few platelets: nobody knows when that changes."""
    if health.weight_kg is not None and health.weight_kg < rules.min_weight_kg:
        weights = {"weight_kg": health.weight_kg, "min_weight_kg": rules.min_weight_kg}
        yield Refusal(None, None, "weight_low", weights)
    if health.platelet_count is not None and health.platelet_count < rules.min_platelets:
        counts = {"platelet_count": health.platelet_count, "min_platelets": rules.min_platelets}
        yield Refusal(None, None, "platelets_low", counts)


def _refused_by_interval(health: DonorHealth, rules: EligibilityRules) -> Iterator[Refusal]:
    if health.last_donation_on is None:
        return
    kind = health.last_donation_type or ""
    known = kind in rules.interval_days
    days = rules.interval_days[kind] if known else rules.unknown_type_interval_days
    until_on = days_after(health.last_donation_on, days)
    code = f"interval_after_{kind if known else 'unknown'}"
    yield Refusal(None, until_on, code, _again(until_on, days=days))


def _refused_by_yearly_limits(health: DonorHealth, rules: EligibilityRules) -> Iterator[Refusal]:
    """A full year of donations: only a year after the last one is the count surely below the limit.

    The dates of the earlier donations are not known here, and what is not known never makes eligible.
    """
    for code, given, limit in (
        ("donations_limit", health.donations_12m, rules.max_donations_12m),
        ("platelet_donations_limit", health.platelet_donations_12m, rules.max_platelet_donations_12m),
    ):
        if given is None or given < limit:
            continue
        last_on = health.last_donation_on
        until_on = anniversary(last_on, 1) if last_on else None
        params = _again(until_on, given=given, limit=limit)
        yield Refusal(None, until_on, code if until_on else f"{code}_open", params)


def _refused_by_deferrals(deferrals: Iterable[Deferral]) -> Iterator[Refusal]:
    """The days of each deferral. The reason somebody wrote is health data and stays with the record."""
    for deferral in deferrals:
        params = {"from_on": deferral.from_on.isoformat()}
        free_on = days_after(deferral.until_on, 1) if deferral.until_on else None
        if deferral.until_on is None or free_on is None:
            yield Refusal(deferral.from_on, None, "deferral_open", params)
        else:
            params["until_on"] = deferral.until_on.isoformat()
            yield Refusal(deferral.from_on, free_on, "deferral", params)


def _again(again_on: date | None, **params: int) -> dict[str, str | float]:
    """The params with the first day the rule no longer refuses, where there is one."""
    return {**params, **({"again_on": again_on.isoformat()} if again_on else {})}


def _last_day_to_explain(refused: Iterable[Refusal], on: date, first_on: date | None) -> date:
    """The last day before the one found; when none was, the day from which a rule refuses for good.

    A rule that only starts later is no reason: the coming age limit is none for a donor who is too light.
    """
    if first_on is not None:
        return first_on - timedelta(days=1)
    closed_on = min(refusal.from_on or date.min for refusal in refused if refusal.until_on is None)
    return max(on, closed_on)


def _days_left_by(refused: Iterable[Refusal]) -> Window:
    return days_left((refusal.from_on, refusal.until_on) for refusal in refused)
