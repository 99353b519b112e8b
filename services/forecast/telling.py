"""A forecast as data: what pages, files, commands and the API show."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from domain.supply_forecast import Forecast
from domain.supply_span import WEEK_DAYS
from services.forecast.relaxing import LOCUS_C, REGION, THRESHOLD, Relaxation
from services.forecast.supply import Ground, Supply
from services.reference import active_name, core_reference
from services.rule_tables import eligibility_rules
from services.searches import issues_json

Json = dict[str, Any]
MOST_ACCEPTED = 12  # antigens named; the others are counted


def forecast_json(ground: Ground, supply: Supply, locale: str) -> Json:
    """One patient's forecast without what would close a gap."""
    base, answer, asked = supply.reach.base, supply.forecast, ground.question
    return {
        "patient": supply.reach.case.patient.patient_number,
        "on": asked.on,
        "weeks_ahead": asked.weeks,
        "region": base.region,
        "threshold_mfi": base.threshold_mfi,
        "prescribed": supply.prescribed,
        "loci": list(base.loci),
        "abo_rule": base.abo_rule,
        "donors": supply.donors,
        "reserved_donors": supply.reserved,
        "need": need_json(ground, supply),
        "weeks": weeks_json(ground, answer),
        "first_gap": first_gap_json(ground, answer),
        "missing": answer.missing,
        "later": answer.later,
        "exact": answer.exact,
        "issues": issues_json((*ground.issues, *supply.issues), locale),
    }


def versions_json(session: Any, ground: Ground) -> Mapping[str, str | None]:
    """What the forecast rests on."""
    return {
        "nomenclature": active_name(session),
        "core": core_reference().name,
        "eligibility": eligibility_rules(ground.question.on).name,
        "snapshot": ground.index.meta.snapshot,
    }


def terms_json(ground: Ground) -> Mapping[str, int]:
    """The days that bind donations to needs."""
    span = ground.span
    return {
        "interval_days": span.interval_days,
        "ready_days": span.ready_days,
        "shelf_days": span.shelf_days,
    }


def need_json(ground: Ground, supply: Supply) -> Json:
    """What is needed, and how much of it is late: wanted before any donation to come is ready."""
    first = ground.question.on + timedelta(days=ground.span.ready_days)
    return {
        "any": supply.needs.any,
        "requests": [
            {"request": one.code, "hospital": one.hospital, "units": one.units, "needed_on": one.needed_on,
             "late": one.needed_on < first}
            for one in supply.needs.asked
        ],
        "standing": [asdict(one) for one in supply.needs.standing],
        "units": sum(week.need for week in supply.forecast.weeks),
    }  # fmt: skip


def weeks_json(ground: Ground, answer: Forecast) -> list[Json]:
    """The weeks by the days on which their units are needed."""
    return [
        {"week": at + 1, **_days_of(ground, at), **asdict(week), "gap": week.gap}
        for at, week in enumerate(answer.weeks)
    ]


def first_gap_json(ground: Ground, answer: Forecast) -> Json | None:
    """The first week that lacks units, and how many it lacks; None where no week does."""
    at = answer.first_gap
    return None if at is None else {"week": at + 1, **_days_of(ground, at), "units": answer.weeks[at].gap}


def relaxation_json(ground: Ground, supply: Supply, one: Relaxation) -> Json:
    """A relaxation: what it changes, what is left missing, and whom it lets in."""
    asked, entering = one.conditions, one.entering
    changed = {
        "threshold_mfi": asked.threshold_mfi if THRESHOLD in one.kinds else None,
        "abo_rule": asked.abo_rule if asked.abo_rule != supply.reach.base.abo_rule else None,
        "whole_country": REGION in one.kinds,
        "without_c": LOCUS_C in one.kinds,
    }
    spread = entering.sum_mfi
    return {
        "kinds": list(one.kinds),
        **changed,
        "donors": one.donors,
        "closes": one.closes,
        "missing": one.forecast.missing,
        "exact": one.forecast.exact,
        "first_gap": first_gap_json(ground, one.forecast),
        "lets_in": {
            "donors": entering.donors,
            "positive": entering.positive,
            "undecided": entering.undecided,
            "major": entering.major,
            "sum_mfi": None if spread is None else dict(zip(("least", "median", "highest"), spread, strict=True)),
            "accepted": [{"specificity": name, "max_mfi": mfi} for name, mfi in entering.accepted[:MOST_ACCEPTED]],
            "accepted_more": max(0, len(entering.accepted) - MOST_ACCEPTED),
        },
    }


def _days_of(ground: Ground, at: int) -> Mapping[str, date]:
    """The first and the last day of a week on which its units are needed."""
    first = ground.question.on + timedelta(days=ground.span.ready_days + at * WEEK_DAYS)
    return {"first_on": first, "last_on": first + timedelta(days=WEEK_DAYS - 1)}
