"""What the results of a running campaign say of the tests still to come, and whether going on is worth it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.campaign_life import Stage
from domain.recruitment import Belief, Proportion, chance_of_finds, check_chance, trials_needed
from models.campaign import Campaign
from services.campaigns.progress import Progress
from services.reference import parameters

# Who has agreed will come as far as anybody knows; who has not been heard yet, as often as those before.
COMING = (Stage.AGREED, Stage.APPOINTED, Stage.SAMPLED)
WAITING = (Stage.SELECTED, Stage.CONTACTED, Stage.LATER)


@dataclass(frozen=True, slots=True)
class Outlook:
    """The posterior of the share, from the tests so far alone (Jeffreys' prior), and what it says.

    Before the first test nothing was observed: the chances are then those of the prevalence that is assumed.

    `missing`: finds still wanted. `remaining`: tests still planned, None without a plan; `chance_of_plan` that they
    give what is missing. `more_tests` for the chance wanted, None past 100,000; `tests_at_prevalence` the same at a
    prevalence that somebody assumes. `expected_tests`: those that the donors left may give, with `chance_of_left`.
    `advice`: codes for people to weigh; nothing is done by them.
    """

    wanted: int
    missing: int
    observed: Proportion | None
    low: float | None
    high: float | None
    chance: float
    remaining: int | None
    chance_of_plan: float | None
    more_tests: int | None
    prevalence: float | None
    tests_at_prevalence: int | None
    expected_tests: int | None
    chance_of_left: float | None
    stop_chance: float
    advice: tuple[str, ...]


def campaign_outlook(campaign: Campaign, progress: Progress, *, prevalence: float | None = None) -> Outlook:
    """What is to be expected of a campaign now; `prevalence` (a share) replaces the plan's.

    Raises UnusableInput for a chance in the plan that cannot be had, and for a prevalence too low to plan with.
    """
    plan, limits = campaign.plan or {}, parameters()
    tested = progress.count("tested")
    observed = Proportion(progress.finds, tested) if tested else None
    belief = Belief.after(observed or Proportion(0, 0), float(limits["prevalence_prior"]))
    missing = max(0, campaign.number_wanted - progress.finds)
    chance = check_chance(float(plan.get("chance") or limits["interval_level"]))
    assumed = prevalence if prevalence is not None else (plan.get("prevalence") or {}).get("rate")
    remaining = max(0, plan["tests"] - tested) if plan.get("tests") is not None else None
    expected = _expected_tests(plan, progress)

    def chance_of(tests: int | None) -> float | None:
        if tests is None or not missing:
            return None
        return chance_of_finds(assumed, tests, missing) if assumed and not tested else belief.chance(tests, missing)

    left = chance_of(expected)
    low, high = observed.interval(progress.level) if observed else (None, None)
    stop = float(limits["campaign_stop_chance"])
    return Outlook(
        wanted=campaign.number_wanted,
        missing=missing,
        observed=observed,
        low=low,
        high=high,
        chance=chance,
        remaining=remaining,
        chance_of_plan=chance_of(remaining),
        more_tests=belief.find_tests(chance, missing) if missing else 0,
        prevalence=assumed,
        tests_at_prevalence=trials_needed(assumed, chance, missing) if assumed and missing else None,
        expected_tests=expected,
        chance_of_left=left,
        stop_chance=stop,
        advice=_advice(campaign, progress, missing=missing, left=left, high=high, stop=stop),
    )


def _expected_tests(plan: Mapping[str, Any], progress: Progress) -> int | None:
    """The tests that the donors still in the campaign may give; None where no uptake is known."""
    coming = sum(progress.present[stage.value] for stage in COMING)
    waiting = sum(progress.present[stage.value] for stage in WAITING)
    uptake = (plan.get("uptake") or {}).get("rate")
    if uptake is None:
        contacted = progress.count("contacted")
        uptake = progress.count("tested") / contacted if contacted else None
    return None if uptake is None else coming + int(waiting * uptake)


def _advice(
    campaign: Campaign, progress: Progress, *, missing: int, left: float | None, high: float | None, stop: float
) -> tuple[str, ...]:
    """What a person should weigh: enough was found, too little can be expected, the plan's prevalence is too high."""
    found = []
    if progress.count("confirmed") >= campaign.number_wanted:
        found.append("campaign_advice.enough")
    elif not missing:
        found.append("campaign_advice.to_confirm")
    if missing and left is not None and left < stop:
        found.append("campaign_advice.unlikely")
    planned = ((campaign.plan or {}).get("prevalence") or {}).get("rate")
    if planned is not None and high is not None and high < planned:
        found.append("campaign_advice.below_plan")
    return tuple(found)
