"""Why a donor is not compatible: every rule in order, the first that fails, and what would change it (MATCHING §5)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from domain.phenotype import LocusTyping
from domain.standing import Change, ChangeKind, Demand, Rule, RuleState, Standing, find_changes
from models.donor import Donor
from services.matching.index import HPA_COLUMNS
from services.matching.tables import DonorRules
from services.searches import Laid
from services.wording.catalogue import sentence

Json = dict[str, Any]


def standing_of(laid: Laid, donor: Donor, typings: Mapping[str, LocusTyping], mfi: int) -> Standing:
    """The donor before the patient's serum and directive, by the domain's own rules, not the engine's."""
    in_scope = tuple(typings[locus] for locus in laid.case.directive.loci)
    return Standing(laid.matching.reading, in_scope, demands_of(laid.matching.rules, donor), mfi)


def demands_of(rules: DonorRules, donor: Donor) -> tuple[Demand, ...]:
    """What the directive asks besides HLA, in order, with the donor's answer."""
    _, abo, systems, cd36 = donor.class_key.split("\t")
    typed = dict(zip(HPA_COLUMNS, systems.split(","), strict=True))
    found = [Demand("hpa", name, typed.get(name, ""), rule(typed.get(name, ""))) for name, rule in rules.hpa.items()]
    if rules.cd36 is not None:
        found.append(Demand("cd36", "CD36", cd36, rules.cd36(cd36)))
    if rules.abo is not None:
        found.append(Demand("abo", "ABO", abo, rules.abo(abo)))
    return tuple(found)


def why_not_json(standing: Standing, donor: Donor, first_on: date | None, on: date, locale: str) -> Json:
    """The rules in order, the first that fails, and each change that was tried and helps, with its sentence.

    A donor whom nobody may call is not listed whatever the serum says: that stands last in the order.
    """
    called = _calling(donor)
    first = standing.first_failing() or next((rule for rule in called if rule.state is RuleState.BLOCKS), None)
    changes = [_change_json(one, locale) for one in find_changes(standing)]
    if first_on is not None and first_on > on:
        changes.append(_said("date", {"first_on": first_on.isoformat()}, None, locale))
    return {
        "first": _rule_json(first) if first else None,
        "rules": [_rule_json(rule) for rule in (*standing.rules(), *called)],
        "changes": changes,
    }


def _calling(donor: Donor) -> list[Rule]:
    states = {True: RuleState.MET, False: RuleState.BLOCKS}
    return [
        Rule("active", "status", str(donor.status), states[donor.status == "active"]),
        Rule("consent", "consent", None, states[bool(donor.consent_contact) and not donor.restricted_at]),
    ]


def _rule_json(rule: Rule) -> Json:
    return {"kind": rule.kind, "subject": rule.subject, "typed": rule.typed, "state": rule.state.value}


def _change_json(change: Change, locale: str) -> Json:
    code, said = change.kind.value, {"subject": change.subject, "names": ", ".join(change.names), "mfi": change.mfi}
    if change.kind is ChangeKind.EDITS:
        code, said = _edits_said(change, locale)
    return _said(code, said, change, locale)


def _edits_said(change: Change, locale: str) -> tuple[str, Json]:
    """One edit by its own sentence; several together, since none of them can be spared."""
    if len(change.edits) == 1:
        edit = change.edits[0]
        return "withdraw" if edit.withdrawn else "remove", {"names": edit.specificity.name}
    words = [
        sentence(f"edit.{'withdraw' if one.withdrawn else 'remove'}", {"name": one.specificity.name}, locale)
        for one in change.edits
    ]
    return "together", {"names": ", ".join(words), "count": len(words)}


def _said(code: str, said: Json, change: Change | None, locale: str) -> Json:
    """A change as data, and as a sentence that ends in the verdict."""
    params = {name: value for name, value in said.items() if value not in (None, "")}
    verdict = change.verdict.value if change else None
    words = {**params, "becomes": sentence(f"verdict.{verdict}", {}, locale)} if verdict else params
    return {
        "code": f"change.{code}",
        "params": params,
        "verdict": verdict,
        "sentence": sentence(f"change.{code}", words, locale),
    }
