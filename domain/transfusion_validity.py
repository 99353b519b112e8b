"""What a transfusion needs to be judged at all: a content adapted to the weight, ABO-compatible, and fresh."""

from domain.abo import Relation
from domain.transfusion import NOISE, Finding, Held, OutcomeRules, Said, TransfusionFacts


def findings(facts: TransfusionFacts, rules: OutcomeRules) -> tuple[Finding, ...]:
    """The three conditions of a valid transfusion: a content adapted to the weight, ABO-compatible, and fresh."""
    return _content_finding(facts, rules), _abo_finding(facts.abo), _age_finding(facts.age_hours, rules)


def _content_finding(facts: TransfusionFacts, rules: OutcomeRules) -> Finding:
    if not facts.content:
        return Finding("content", Held.UNKNOWN, Said("outcome_valid.content_unknown"))
    if facts.weight_kg is None:
        return Finding("content", Held.UNKNOWN, Said("outcome_valid.weight_unknown"))
    least = facts.weight_kg * rules.min_content_per_kg
    enough = round(facts.content, NOISE) >= round(least, NOISE)
    params = {"content": facts.content, "least": round(least, 2), "weight": facts.weight_kg}
    said = Said(f"outcome_valid.content_{'enough' if enough else 'low'}", params)
    return Finding("content", Held.MET if enough else Held.VIOLATED, said)


def _abo_finding(relation: Relation | None) -> Finding:
    if relation is None:
        return Finding("abo", Held.UNKNOWN, Said("outcome_valid.abo_unknown"))
    held = Held.MET if relation in ("identical", "minor") else Held.VIOLATED
    return Finding("abo", held, Said(f"outcome_valid.abo_{relation}"))


def _age_finding(hours: float | None, rules: OutcomeRules) -> Finding:
    if hours is None:
        return Finding("age", Held.UNKNOWN, Said("outcome_valid.age_unknown"))
    fresh = hours < rules.max_age_hours
    said = Said(f"outcome_valid.age_{'fresh' if fresh else 'old'}", {"hours": hours, "limit": rules.max_age_hours})
    return Finding("age", Held.MET if fresh else Held.VIOLATED, said)
