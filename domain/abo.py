"""ABO between a patient and a platelet donor, the directive's ABO rule, and the RhD flag (MATCHING §8)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from domain.errors import UnusableInput
from domain.verdict import Requirement
from domain.windows import anniversary

Relation = Literal["identical", "minor", "major", "bidirectional"]
AboRule = Literal["none", "no-major", "identical"]

RHD_FLAG = "rhd_positive_donor"
ABO_RULES: tuple[AboRule, ...] = ("none", "no-major", "identical")


@dataclass(frozen=True, slots=True)
class AboGroup:
    """The antigens on the cells of one group, and those its plasma has isoagglutinins against."""

    antigens: frozenset[str]
    isoagglutinins: frozenset[str]


@dataclass(frozen=True, slots=True)
class RhdRule:
    """The dated age, in completed years, below which an RhD-negative woman is protected from RhD."""

    name: str
    effective_from: date
    protected_below_age_years: int


# Landsteiner's rule: plasma holds isoagglutinins against each antigen the cells lack.
LANDSTEINER: Mapping[str, AboGroup] = {
    group: AboGroup(frozenset(antigens), frozenset("AB") - frozenset(antigens))
    for group, antigens in {"O": "", "A": "A", "B": "B", "AB": "AB"}.items()
}


def relation(
    patient_abo: str | None, donor_abo: str | None, groups: Mapping[str, AboGroup] = LANDSTEINER
) -> Relation | None:
    """How the donor's group stands to the patient's; None when either group is not known.

    Major: the patient's plasma attacks the donor's platelets. Minor: the donor's plasma attacks the
    patient's cells. Bidirectional: both.
    """
    patient, donor = groups.get(patient_abo or ""), groups.get(donor_abo or "")
    if patient is None or donor is None:
        return None
    major = patient.isoagglutinins & donor.antigens
    minor = donor.isoagglutinins & patient.antigens
    if major and minor:
        return "bidirectional"
    if major:
        return "major"
    return "minor" if minor else "identical"


def parse_rule(text: str) -> AboRule:
    """The ABO rule of a directive, from its name. Raises UnusableInput for any other text."""
    for rule in ABO_RULES:
        if text.strip().lower() == rule:
            return rule
    raise UnusableInput("abo_rule_unknown", text=text.strip(), known=", ".join(ABO_RULES))


def requirement(rule: AboRule, found: Relation | None) -> Requirement:
    """Whether a pair meets a directive's ABO rule; an unknown group under a rule is missing, never met.

    `no-major` is violated by the bidirectional pairs too, since they hold a major one.
    """
    if rule == "none":
        return Requirement.MET
    if found is None:
        return Requirement.MISSING
    allowed = ("identical", "minor") if rule == "no-major" else ("identical",)
    return Requirement.MET if found in allowed else Requirement.VIOLATED


def rhd_flag(
    rule: RhdRule,
    *,
    patient_rhd: str | None,
    patient_sex: str | None,
    patient_birth_date: date | None,
    donor_rhd: str | None,
    on: date,
) -> bool:
    """Whether an RhD-positive donor is proposed to an RhD-negative woman below the protected age on that day.

    An unknown birth date counts as below the age, and an unknown sex as a woman's: a flag only warns.
    """
    if patient_rhd != "-" or donor_rhd != "+" or patient_sex == "M":
        return False
    if patient_birth_date is None:
        return True
    reached_on = anniversary(patient_birth_date, rule.protected_below_age_years)
    return reached_on is None or on < reached_on
