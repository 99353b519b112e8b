"""The results of tests that say whether a rare phenotype is confirmed: each sample counts once."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from domain.cd36 import parse_cd36
from domain.hpa import parse_hpa
from domain.rare_phenotype import Kind, RareRule
from models.donor_test import DonorTest
from services.rule_tables import hpa_systems

CD36 = "CD36"
AGREEING = 2  # samples that confirm


@dataclass(frozen=True, slots=True)
class Agreement:
    """What the samples say of one phenotype; `needed` is False where no test of this file can confirm it."""

    needed: bool
    confirmed: bool = False
    contradicted: bool = False


def samples_of(session: Session, donor_id: int | None = None) -> Mapping[int, list[DonorTest]]:
    """The results that stand, by donor, the earliest first: of one donor, or of all who were tested."""
    query = select(DonorTest).where(col(DonorTest.withdrawn_at).is_(None))
    if donor_id is not None:
        query = query.where(DonorTest.donor_id == donor_id)
    found: dict[int, list[DonorTest]] = defaultdict(list)
    for row in session.exec(query.order_by(col(DonorTest.tested_on), col(DonorTest.id))):
        found[row.donor_id].append(row)
    return found


def agreement_of(rule: RareRule, subjects: Sequence[str], samples: Sequence[DonorTest]) -> Agreement:
    """Whether two samples agree on every part of a phenotype, and whether any says otherwise."""
    wanted = _wanted(rule, subjects)
    if not wanted:
        return Agreement(needed=False)
    said: dict[str, dict[str, bool]] = {part: {} for part in wanted}
    for row in samples:
        for part in wanted:
            shows = shows_part(row, part)
            if shows is not None:
                said[part][row.sample_code] = shows
    votes = [list(by_sample.values()) for by_sample in said.values()]
    against = any(False in one for one in votes)
    return Agreement(True, not against and all(sum(one) >= AGREEING for one in votes), against)


def shows_part(row: DonorTest, part: str) -> bool | None:
    """Whether a result shows the antigen of a part to be absent (`CD36 II`: of that type); None: it does not say."""
    if part.startswith(CD36):
        if row.analyte != CD36:
            return None
        result, wanted = parse_cd36(row.result)[0], part.removeprefix(CD36).strip()
        if result.status == "untested":
            return None
        return result.status == "negative" and (wanted == "unknown" or result.type in (None, wanted))
    system = hpa_systems().get(row.analyte)
    genotype = parse_hpa(row.result, row.analyte)[0]
    if system is None or genotype is None or part not in (system.antigen_a, system.antigen_b):
        return None
    return ("a" if part == system.antigen_a else "b") not in genotype.alleles


def _wanted(rule: RareRule, subjects: Sequence[str]) -> list[str]:
    if rule.kind is Kind.CD36:
        return [f"{CD36} {rule.terms[0]}"]
    if rule.kind is Kind.HPA_ABSENT:
        return list(rule.terms)
    return " ".join(subjects).split() if rule.kind is Kind.HPA_COMBINATION else []
