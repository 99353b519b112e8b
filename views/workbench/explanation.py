"""Why a donor stands where they stand, as a template sees it."""

from collections.abc import Mapping
from typing import Any

from domain.grading import GRADED_LOCI
from domain.ranking import policy_named
from services.matching.risk_notes import risk_words
from services.reference import ranking_policies
from services.searches import DEFAULT_POLICY
from services.wanted import Wanted
from views.workbench.criteria import query_of

Answer = Mapping[str, Any]
UNLISTED = ("donor_not_active", "donor_without_consent")
RULE_REASONS = ("hpa_", "cd36_", "abo_")


def explanation_context(answer: Answer, wanted: Wanted) -> dict[str, Any]:
    """Everything the explanation template shows."""
    donor = answer["donor"]
    policy = policy_named(wanted.policy or DEFAULT_POLICY, ranking_policies())
    return {
        **answer,
        "on": wanted.on,
        "threshold_mfi": answer["threshold"],
        "loci": answer["loci"],
        "rule_reasons": [one for one in donor["reasons"] if one["code"].startswith(RULE_REASONS)],
        "other_reasons": [one for one in donor["reasons"] if not one["code"].startswith(RULE_REASONS)],
        "unlisted": [one for one in answer["eligibility"] if one["code"] in UNLISTED],
        "eligibility": [one for one in answer["eligibility"] if one["code"] not in UNLISTED],
        "directive_version": answer["directive_version"],
        "tally": grade_tally(donor),
        "sum_terms": sum_terms(donor, policy.sum_floor_mfi),
        "sum_floor_mfi": policy.sum_floor_mfi,
        "policy": policy.name,
        "versions": {**answer["versions"], "ranking": f"{policy.name}-{policy.version}"},
        "keys": [(key, key_value(key, donor, answer["patient"], answer["versions"]["eplets"])) for key in policy.keys],
        "back": query_of(wanted, threshold_mfi=answer["threshold"]),
    }


def eplets_context(answer: Answer, wanted: Wanted) -> dict[str, Any]:
    """Everything the template of a serum's eplets shows."""
    back = query_of(wanted, threshold_mfi=answer["threshold"])
    return {**answer, "on": wanted.on, "threshold_mfi": answer["threshold"], "back": back}


def sum_terms(donor: Answer, floor_mfi: float) -> list[float]:
    """What the sum of MFI adds up: the highest bead of each value in scope, those below the floor left out."""
    highs = [value["high"] for value in donor["values"] if value["high"] is not None]
    return sorted((high for high in highs if high >= floor_mfi), reverse=True)


def grade_tally(donor: Answer) -> dict[str, int]:
    """What the letters of the grade count over A and B: single loci, cross-reactive and mismatched values."""
    by_locus = {
        locus: [value for value in _typed(donor) if value["locus"] == locus and value["match"] is not None]
        for locus in GRADED_LOCI
    }
    matches = [value["match"] for values in by_locus.values() for value in values]
    return {
        "identical": matches.count("identical"),
        "possibly_identical": matches.count("possibly_identical"),
        "single": sum(len(values) == 1 and values[0]["match"] != "untyped" for values in by_locus.values()),
        "cross_reactive": matches.count("cross_reactive"),
        "mismatched": matches.count("mismatched"),
        "untyped": matches.count("untyped"),
    }


def _typed(donor: Answer) -> list[Answer]:
    return [*donor["values"], *donor["out_of_scope_values"]]


def key_value(key: str, donor: Answer, patient: Answer, eplet_table: str | None = None) -> tuple[str, Any]:
    """What one ranking key holds for this donor, with the kind of value it is."""
    if key == "verdict":
        return "code", f"verdict.{donor['verdict']}"
    if key == "abo":
        return "code", f"abo.{donor['abo'] or 'unknown'}"
    if key == "evidence":
        return "code", f"evidence_says.{donor['evidence']['stance']}"
    if key == "strong_possible":
        return "yes_no", donor["strong_possible"]
    if key == "has_date":
        return "yes_no", donor["first_eligible_on"] is not None
    if key == "same_region":
        return "yes_no", patient["region"] is not None and donor["region"] == patient["region"]
    if key == "first_eligible_on":
        return "day", donor["first_eligible_on"]
    if key == "risk":
        return "sentence", risk_words(donor["risk"])
    if key in ("sum_mfi", "max_mfi"):
        return "number", donor[key]
    if key == "verified_eplet_load" and donor[key] is not None:
        return "number", donor[key]
    if key == "verified_eplet_load":
        return "code", "eplets_not_known" if eplet_table else "eplets_not_loaded"
    return "text", donor[key]
