"""The results of a campaign or of a donor, as a page shows them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from domain.campaign_life import Stage
from domain.errors import NotFound
from domain.wanted_phenotype import Standing, TestStanding
from models.campaign import Campaign, Invitation
from models.donor import Donor
from models.donor_test import DonorTest
from services.donor_tests.standing import standing_of
from services.explanations import get_donor


@dataclass(frozen=True, slots=True)
class TestEntry:
    """One result with what all samples of its donor and analyte say together; donors by number alone."""

    donor_number: str
    test: DonorTest
    standing: TestStanding
    stage: Stage | None


def list_campaign_tests(
    session: Session, campaign: Campaign, *, limit: int, offset: int
) -> tuple[Sequence[TestEntry], int]:
    """Some results of a campaign's invitations, the latest first, withdrawn ones too, and how many there are."""
    query = (
        select(DonorTest, Donor.donor_number, Invitation.stage)
        .join(Invitation, col(DonorTest.invitation_id) == Invitation.id)
        .join(Donor, col(DonorTest.donor_id) == Donor.id)
        .where(Invitation.campaign_id == campaign.id)
    )
    total = session.exec(select(func.count()).select_from(query.subquery())).one()
    ordered = query.order_by(col(DonorTest.recorded_at).desc(), col(DonorTest.id).desc())
    rows = session.exec(ordered.limit(limit).offset(offset)).all()
    standings = standing_of(session, sorted({test.donor_id for test, _, _ in rows}))
    none = TestStanding(Standing.NONE)
    return [
        TestEntry(number, test, standings.get((test.donor_id, test.analyte), none), Stage(stage))
        for test, number, stage in rows
    ], total


def list_donor_tests(session: Session, number: str) -> Sequence[TestEntry]:
    """Every result of a donor by analyte, the latest first, withdrawn ones too. Raises NotFound."""
    query = select(DonorTest).where(DonorTest.donor_id == get_donor(session, number).id)
    rows = session.exec(query.order_by(DonorTest.analyte, col(DonorTest.tested_on).desc())).all()
    standings = standing_of(session, sorted({row.donor_id for row in rows}))
    none = TestStanding(Standing.NONE)
    return [TestEntry(number, row, standings.get((row.donor_id, row.analyte), none), None) for row in rows]


def get_donor_test(session: Session, test_id: int) -> tuple[DonorTest, str]:
    """One result and the number of its donor. Raises NotFound."""
    row = session.get(DonorTest, test_id)
    if row is None:
        raise NotFound("unknown_donor_test")
    return row, session.get_one(Donor, row.donor_id).donor_number
