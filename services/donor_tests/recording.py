"""Recording a result of a donor's sample and withdrawing it, each with all that follows in the same transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlmodel import Session, col, select

from domain.campaign_life import Stage
from domain.errors import FieldFault, InvalidFields, NotFound, RefusedByRule
from domain.reservation import Timing
from domain.wanted_phenotype import TestStanding
from models.campaign import Campaign, Invitation
from models.donor import Donor
from models.donor_test import DonorTest
from services.donor_records import audit_donor, clean_reason, open_donor
from services.donor_tests.effects import check_invited, find_prior, follow_invitation, follow_registry
from services.donor_tests.standing import standing_for
from services.explanations import get_donor
from services.rare_donors.asking import ask_for_refresh

BY_HAND = "by_hand"
BY_RESULTS = (Stage.TESTED, Stage.CONFIRMED, Stage.NOT_FOUND)


@dataclass(frozen=True, slots=True)
class SampleResult:
    """One result of one sample; `analyte` and `result` as the registry writes them."""

    donor_number: str
    analyte: str
    result: str
    sample_code: str
    tested_on: date
    sampled_on: date | None = None
    method: str = ""
    platelets: str = ""
    monocytes: str = ""


def find_invitation(session: Session, campaign: Campaign, donor: Donor) -> Invitation | None:
    """The invitation of a donor to a campaign."""
    query = select(Invitation).where(Invitation.campaign_id == campaign.id, Invitation.donor_id == donor.id)
    return session.exec(query).first()


def check_days(result: SampleResult, today: date) -> list[FieldFault]:
    """What cannot be true of the days of a result."""
    faults = []
    if result.tested_on > today:
        faults.append(FieldFault("tested_on", "donor_tested_in_future", {"text": result.tested_on.isoformat()}))
    if result.sampled_on and result.sampled_on > result.tested_on:
        faults.append(FieldFault("sampled_on", "sampled_after_test", {"text": result.sampled_on.isoformat()}))
    return faults


def record_test(
    session: Session, *, result: SampleResult, campaign: Campaign | None, actor: str, timing: Timing,
    by_hand: bool = True, source: str = BY_HAND, batch_id: int | None = None,
) -> Literal["created", "unchanged"]:  # fmt: skip
    """Keep a result; the registry, its version and the invitation follow. The same result again changes nothing.

    A withdrawn result may be recorded anew by hand: the trail keeps what it was. Only letters and digits tell samples
    apart: another spelling with the same result and days is the same, and with others refused.

    Raises:
        NotFound: no such donor.
        InvalidFields: a day in the future, or a sample taken after its test.
        RefusedByRule: another result of this sample, or of one with a code like it; the donor not invited or agreed.
    """
    if faults := check_days(result, timing.today):
        raise InvalidFields(faults)
    donor = open_donor(session, result.donor_number)
    invitation = _invited(session, campaign, donor) if campaign is not None else None
    rows = tests_of(session, donor.id or 0, result.analyte)
    known = _find_sample(rows, result.sample_code)
    if known is not None and not _is_new(known, result, by_hand=by_hand):
        return "unchanged"
    row = known or DonorTest(
        donor_id=donor.id or 0, analyte=result.analyte, sample_code=result.sample_code, result="",
        tested_on=result.tested_on, recorded_at=timing.now, recorded_by=actor,
    )  # fmt: skip
    before = standing_for(session, donor.id or 0, result.analyte)
    prior = find_prior(donor, result.analyte, rows, before)
    _fill(row, result, invitation=invitation, batch_id=batch_id, actor=actor, timing=timing)
    session.add(row)
    keep_prior(session, [*rows, row], prior)
    after = standing_for(session, donor.id or 0, result.analyte)
    if campaign is not None and invitation is not None:
        follow_invitation(session, campaign, invitation, after, analyte=row.analyte, actor=actor, timing=timing)
    follow_registry(session, donor, row.analyte, prior=prior, after=after, source=source, actor=actor, now=timing.now)
    details = {"analyte": row.analyte, "sample": row.sample_code, "standing": after.state.value}
    audit_donor(session, donor, "donor_test_recorded", actor=actor, now=timing.now, details=details)
    ask_for_refresh(session, actor=actor, now=timing.now)
    return "created"


def _invited(session: Session, campaign: Campaign, donor: Donor) -> Invitation:
    found = find_invitation(session, campaign, donor)
    if found is None:
        raise RefusedByRule("donor_not_invited", donor=donor.donor_number)
    check_invited(found)
    return found


def _is_new(known: DonorTest, result: SampleResult, *, by_hand: bool) -> bool:
    """Whether a sample on record may be recorded: only by hand, and only where it was withdrawn."""
    if known.sample_code != result.sample_code and not _may_be_same(known, result):
        raise RefusedByRule("donor_test_code_alike", sample=result.sample_code, stored=known.sample_code)
    if known.withdrawn_at is not None:
        if not by_hand:
            raise RefusedByRule("donor_test_was_withdrawn", sample=known.sample_code)
        return True
    if known.result != result.result:
        both = {"stored": known.result, "given": result.result}
        raise RefusedByRule("donor_test_differs", sample=known.sample_code, **both)
    return False


def _may_be_same(known: DonorTest, result: SampleResult) -> bool:
    """Whether nothing but the spelling of its code tells a result from one on record."""
    sampled = known.sampled_on == result.sampled_on or None in (known.sampled_on, result.sampled_on)
    return sampled and (known.result, known.tested_on) == (result.result, result.tested_on)


def code_on_record(session: Session, result: SampleResult) -> str:
    """How the code of a sample is spelt where its result is on record; empty where it is not."""
    donor = get_donor(session, result.donor_number)
    known = _find_sample(tests_of(session, donor.id or 0, result.analyte), result.sample_code)
    return known.sample_code if known else ""


def tests_of(session: Session, donor_id: int, analyte: str) -> list[DonorTest]:
    """Every result of a donor and analyte, withdrawn ones too, in the order in which they were kept."""
    query = select(DonorTest).where(DonorTest.donor_id == donor_id, DonorTest.analyte == analyte)
    return list(session.exec(query.order_by(col(DonorTest.id))).all())


def _find_sample(rows: Sequence[DonorTest], code: str) -> DonorTest | None:
    """The result on record of a sample, however its code was typed: a sample must not confirm itself."""
    return next((row for row in rows if plain_code(row.sample_code) == plain_code(code)), None)


def plain_code(code: str) -> str:
    """The code of a sample without what people leave out or add: two codes that are alike so are of one sample."""
    return "".join(letter for letter in code.casefold() if letter.isalnum()) or code


def keep_prior(session: Session, rows: Sequence[DonorTest], prior: str) -> None:
    """Keep with every result what was on record before any of them."""
    for row in rows:
        row.prior = prior
        session.add(row)
    session.flush()


def _fill(
    row: DonorTest, result: SampleResult, *, invitation: Invitation | None, batch_id: int | None, actor: str,
    timing: Timing,
) -> None:  # fmt: skip
    for name in ("result", "platelets", "monocytes", "sampled_on", "tested_on", "method"):
        setattr(row, name, getattr(result, name))
    row.invitation_id = invitation.id if invitation else None
    row.batch_id, row.recorded_at, row.recorded_by = batch_id, timing.now, actor
    row.withdrawn_at, row.withdrawn_by, row.withdrawal_reason = None, None, ""


def withdraw_test(session: Session, *, test_id: int, reason: str, actor: str, timing: Timing) -> DonorTest:
    """Take a result out of what counts, keeping it on record; the registry follows what is left.

    The stage of an invitation goes back where the results that are left no longer say it.
    Raises NotFound, InvalidFields without a reason, RefusedByRule for one withdrawn before.
    """
    row = session.get(DonorTest, test_id)
    if row is None:
        raise NotFound("unknown_donor_test")
    kept = clean_reason(reason)
    if row.withdrawn_at is not None:
        raise RefusedByRule("donor_test_withdrawn", sample=row.sample_code)
    donor = open_donor(session, session.get_one(Donor, row.donor_id).donor_number)
    rows = tests_of(session, row.donor_id, row.analyte)
    prior = find_prior(donor, row.analyte, rows, standing_for(session, row.donor_id, row.analyte))
    row.withdrawn_at, row.withdrawn_by, row.withdrawal_reason = timing.now, actor, kept
    keep_prior(session, rows, prior)
    after = standing_for(session, row.donor_id, row.analyte)
    follow_registry(session, donor, row.analyte, prior=prior, after=after, source=BY_HAND, actor=actor, now=timing.now)
    _follow_back(session, row, after, actor=actor, timing=timing)
    details = {"analyte": row.analyte, "sample": row.sample_code, "reason": kept, "standing": after.state.value}
    audit_donor(session, donor, "donor_test_withdrawn", actor=actor, now=timing.now, details=details)
    ask_for_refresh(session, actor=actor, now=timing.now)
    return row


def _follow_back(session: Session, row: DonorTest, after: TestStanding, *, actor: str, timing: Timing) -> None:
    """Let the invitation that a withdrawn result belonged to follow the results that are left."""
    invitation = session.get(Invitation, row.invitation_id) if row.invitation_id is not None else None
    if invitation is not None and invitation.stage in BY_RESULTS:
        campaign = session.get_one(Campaign, invitation.campaign_id)
        follow_invitation(session, campaign, invitation, after, analyte=row.analyte, actor=actor, timing=timing)
