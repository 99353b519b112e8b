"""What the laboratory's results say of a donor's rare phenotypes; the rule is domain.agreement."""

from collections.abc import Mapping, Sequence

from sqlmodel import Session, col, select

from domain.agreement import Agreement, agreement_of
from domain.rare_phenotype import RareRule
from domain.wanted_phenotype import TestStanding
from models.donor_test import DonorTest
from services.donor_tests.standing import standing_of
from services.rule_tables import hpa_systems


def tested_donors(session: Session) -> list[int]:
    """Everybody with a result that stands."""
    query = select(DonorTest.donor_id).where(col(DonorTest.withdrawn_at).is_(None)).distinct()
    return list(session.exec(query.order_by(col(DonorTest.donor_id))).all())


def standings_by_donor(session: Session, donor_ids: Sequence[int]) -> Mapping[int, Mapping[str, TestStanding]]:
    """What the samples of each donor say together, by analyte."""
    found: dict[int, dict[str, TestStanding]] = {}
    for (donor_id, analyte), standing in standing_of(session, donor_ids).items():
        found.setdefault(donor_id, {})[analyte] = standing
    return found


def agreed(rule: RareRule, subjects: Sequence[str], standings: Mapping[str, TestStanding]) -> Agreement:
    """Whether the samples confirm a phenotype, under the HPA systems in force."""
    return agreement_of(rule, subjects, standings, hpa_systems())


def samples_of(session: Session, donor_id: int) -> list[DonorTest]:
    """The results of a donor that stand, the earliest first."""
    query = select(DonorTest).where(DonorTest.donor_id == donor_id, col(DonorTest.withdrawn_at).is_(None))
    return list(session.exec(query.order_by(col(DonorTest.tested_on), col(DonorTest.id))).all())
