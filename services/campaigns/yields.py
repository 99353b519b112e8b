"""The yield of a campaign before and while it runs: tests and contacts needed, and what the results so far say."""

from dataclasses import dataclass
from typing import Any

from domain.errors import UnusableInput
from domain.recruitment import Belief, Proportion, check_chance, trials_needed
from services.reference import parameters

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked: how many finds, with which chance, at which prevalence and uptake.

    `prevalence` is assumed (a share); None takes the one observed so far, `found` out of the tested. `uptake` is the
    tested out of the contacted.
    """

    prevalence: float | None
    uptake: Proportion | float | None = None
    found: Proportion | None = None
    chance: float = 0.95
    finds: int = 1


def plan_yield(plan: Plan) -> Json:
    """Tests and contacts needed, with intervals; contacts are None without an uptake (INTERFACES §3).

    Raises UnusableInput without a prevalence above 0, where the uptake is 0, and for a chance that cannot be had.
    """
    chance, prevalence = check_chance(plan.chance), _prevalence(plan)
    uptake = plan.uptake.rate if isinstance(plan.uptake, Proportion) else plan.uptake
    if uptake == 0:
        raise UnusableInput("nobody_came")
    level = float(parameters()["interval_level"])
    return {
        "tests": trials_needed(prevalence, chance, plan.finds),
        "contacts": _contacts(prevalence, uptake, plan),
        "contacts_range": _contacts_range(prevalence, plan, level),
        "finds": plan.finds,
        "chance": chance,
        "prevalence": _share_json(prevalence, plan.found, level),
        "uptake": None if plan.uptake is None else _share_json(uptake, plan.uptake, level),
        "interval": {"method": "exact", "level": level},
        "so_far": None if plan.found is None else _so_far(plan, plan.found),
    }


def _prevalence(plan: Plan) -> float:
    if plan.prevalence is not None:
        return plan.prevalence
    if plan.found is None or plan.found.found == 0:
        raise UnusableInput("prevalence_needed")
    return plan.found.rate


def _contacts(prevalence: float, uptake: float | None, plan: Plan) -> int | None:
    """People to contact: each is a find with the product of both shares."""
    return None if uptake is None else trials_needed(prevalence * uptake, plan.chance, plan.finds)


def _contacts_range(prevalence: float, plan: Plan, level: float) -> list[int | None] | None:
    """The contacts at both ends of the interval of the uptake; None for an end without bound."""
    if not isinstance(plan.uptake, Proportion):
        return None
    low, high = plan.uptake.interval(level)
    return [_contacts(prevalence, share, plan) if share else None for share in (high, low)]


def _share_json(rate: float | None, observed: Proportion | float | None, level: float) -> Json:
    """The share planned with, and what was observed of it with its interval; all None where nothing was."""
    if not isinstance(observed, Proportion):
        return {"rate": rate, "observed": None, "low": None, "high": None, "found": None, "of": None}
    low, high = observed.interval(level)
    seen = {"observed": observed.rate, "low": low, "high": high, "found": observed.found, "of": observed.of}
    return {"rate": rate, **seen}


def _so_far(plan: Plan, found: Proportion) -> Json:
    """What the finds among the tested say of the next tests (beta-binomial, Jeffreys' prior)."""
    prior = float(parameters()["prevalence_prior"])
    return {
        "prior": prior,
        "more_tests": Belief.after(found, prior).find_tests(plan.chance, plan.finds),
    }
