"""Eligibility of one donor with its arithmetic: each rule, what it asks, what is on record, until when it refuses."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlmodel import Session

from domain.eligibility import DonorHealth, EligibilityRules, Refusal, first_eligible, refusals
from models.donor import Donor, DonorIdentity
from services.donor_donations import donations_of
from services.donors import deferrals_of, donor_health
from services.rule_tables import eligibility_rules

Json = dict[str, Any]
# The refusals of each rule of the page, by the beginning of their codes.
_CODES: Mapping[str, tuple[str, ...]] = {
    "status": ("status",),
    "age": ("birth_date_unknown", "age_below", "age_limit"),
    "weight": ("weight_low",),
    "platelets": ("platelets_low",),
    "interval": ("interval_after_",),
    "donations": ("donations_limit",),
    "deferrals": ("deferral",),
}


def eligibility_of(session: Session, donor: Donor, *, on: date) -> Json:
    """The first eligible day from `on` on, every rule with its figures, and what to look at before calling.

    Of the age it is said only whether it allows: the day on which it changes would tell the birth date.
    """
    donor_id = donor.id or 0
    identity = session.get(DonorIdentity, donor_id)
    birth = date.fromisoformat(identity.birth_date) if identity and identity.birth_date else None
    health = donor_health(
        {name: getattr(donor, name) for name in Donor.model_fields},
        birth_date=birth,
        deferrals=deferrals_of(session, [donor_id]).get(donor_id, ()),
        donations=donations_of(session, [donor_id]).get(donor_id, ()),
    )
    rules = eligibility_rules(on)
    found = first_eligible(health, rules, on)
    refused = tuple(refusals(health, rules))
    return {
        "on": on,
        "first_on": found.first_on,
        "rules": rules.name,
        "rules_from": rules.effective_from,
        "lines": [_line(rule, refused, health, rules, on) for rule in _CODES],
        "flags": list(found.flags),
    }


def _line(rule: str, refused: Sequence[Refusal], health: DonorHealth, rules: EligibilityRules, on: date) -> Json:
    """One rule: its state on the day (allows, refuses, unknown), what is known, what is asked, until when."""
    of_rule = [one for one in refused if one.code.startswith(_CODES[rule])]
    today = [one for one in of_rule if one.covers_any(on, on)]
    later = [one for one in of_rule if rule == "deferrals" and one.from_on and one.from_on > on]
    known = _KNOWN[rule](health)
    unknown = not today and known.get("value") is None and rule in ("weight", "platelets", "donations", "interval")
    until = [one.until_on for one in today]
    return {
        "rule": rule,
        "state": "refuses" if today else "unknown" if unknown else "allows",
        "known": known,
        "asked": _asked(rule, health, rules),
        # The first day on which the rule no longer refuses; None where it refuses nothing, or without end.
        "until_on": None if rule == "age" or not until or None in until else max(day for day in until if day),
        "reasons": [{"code": one.code, "params": dict(one.params)} for one in (*today, *later)],
    }


_KNOWN: Mapping[str, Any] = {
    "status": lambda health: {"value": str(health.status)},
    "age": lambda health: {"value": health.birth_date is not None},
    "weight": lambda health: {"value": health.weight_kg},
    "platelets": lambda health: {"value": health.platelet_count},
    "interval": lambda health: {"value": health.last_donation_on, "kind": health.last_donation_type},
    "donations": lambda health: {"value": health.donations_12m},
    "deferrals": lambda health: {"value": len(health.deferrals)},
}


def _asked(rule: str, health: DonorHealth, rules: EligibilityRules) -> Json:
    """The figures of the rule table that the rule compares with."""
    kind = health.last_donation_type or ""
    asked: Mapping[str, Json] = {
        "age": {"least": rules.min_age_years, "most": rules.max_age_years},
        "weight": {"least": rules.min_weight_kg},
        "platelets": {"least": rules.min_platelets},
        "interval": {"days": rules.interval_days.get(kind, rules.unknown_type_interval_days)},
        "donations": {"most": rules.max_donations_12m},
    }
    return asked.get(rule, {})
