"""The directive's rules on HPA, CD36 and ABO as questions to the texts of the registry (MATCHING §5, §8)."""

from collections.abc import Callable, Sequence

from domain import abo, cd36, hpa
from domain.directive import Directive
from domain.verdict import Requirement
from services.matching.tables import DonorRules
from services.rule_tables import abo_groups, hpa_systems


def donor_rules(directive: Directive, patient_abo: str | None) -> DonorRules:
    """What the directive asks of a donor besides HLA. Raises UnusableInput for an unknown HPA antigen."""
    by_system: dict[str, list[str]] = {}
    for text in directive.hpa_antibodies:
        antigen = hpa.parse_antigen(text, hpa_systems())
        by_system.setdefault(_system_of(antigen), []).append(antigen)
    return DonorRules(
        hpa={system: _hpa_rule(system, found) for system, found in by_system.items()},
        cd36=_cd36_rule if directive.anti_cd36 else None,
        abo=_abo_rule(directive.abo_rule, patient_abo) if directive.abo_rule != "none" else None,
    )


def _system_of(antigen: str) -> str:
    return next(one.name for one in hpa_systems().values() if antigen in (one.antigen_a, one.antigen_b))


def _hpa_rule(system: str, antibodies: Sequence[str]) -> Callable[[str], Requirement]:
    def rule(text: str) -> Requirement:
        genotype, _ = hpa.parse_hpa(text, system)
        return hpa.requirement(antibodies, {system: genotype} if genotype else {})

    return rule


def _cd36_rule(text: str) -> Requirement:
    return cd36.requirement(True, cd36.parse_cd36(text)[0])


def _abo_rule(rule: str, patient_abo: str | None) -> Callable[[str], Requirement]:
    parsed = abo.parse_rule(rule)

    def ask(text: str) -> Requirement:
        return abo.requirement(parsed, abo.relation(patient_abo, text or None, abo_groups()))

    return ask
