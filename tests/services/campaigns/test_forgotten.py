"""A donor who is erased, or who wants no contact: nothing of campaigns outlives it, and no file undoes it."""

import pytest
from sqlmodel import select

from domain.errors import NotFound
from models.account import Role
from models.campaign import Invitation
from models.donor import Donor
from models.donor_test import DonorTest
from models.duplicate import DuplicatePair
from services.campaigns.contacts import record_outcome
from services.campaigns.papers import list_invited, record_letters
from services.campaigns.steps import get_invitation
from services.donor_consent import erase_donor, lift_restriction, restrict_donor
from services.uploads.folder import UploadFolder
from tests.recruiting import NOW, TIMING, later, put_campaign, put_invitation
from tests.reserving import someone
from tests.small_registry import put_small_registry

BY = someone(*(role.value for role in Role), login="coo")
NUMBER = "PT0006"


@pytest.fixture
def session(engines):
    with engines.write_session() as session:
        put_small_registry(session)
        yield session


def donor_of(session) -> Donor:
    return session.exec(select(Donor).where(Donor.donor_number == NUMBER)).one()


def test_no_result_reason_or_pair_outlives_an_erasure(session, tmp_path):
    donor = donor_of(session)
    donor.last_donation_on = donor.last_donation_type = donor.donations_12m = None
    other = session.exec(select(Donor.id).where(Donor.donor_number == "PT0001")).one()
    invitation = put_invitation(session, put_campaign(session), NUMBER, reasons=[{"code": "invite_for.enriched"}])
    day = NOW.date()
    session.add(
        DonorTest(
            donor_id=donor.id,
            analyte="CD36",
            result="positive",
            sample_code="S1",
            tested_on=day,
            recorded_at=NOW,
            recorded_by="t",
        )
    )
    first, second = sorted((donor.id, other))
    session.add(
        DuplicatePair(
            first_id=first, second_id=second, weight=9.0, probability=0.9, compared="c", found_at=NOW, reason="Mrs X"
        )
    )
    session.flush()
    given = {"number": NUMBER, "repeated_number": NUMBER, "version": donor.version_id}
    erase_donor(session, UploadFolder(tmp_path), **given, reason="asked", actor="coo", now=NOW, today=NOW.date())
    assert session.exec(select(DonorTest)).all() == session.exec(select(DuplicatePair)).all() == []
    assert session.get_one(Invitation, invitation.id).reasons == []


@pytest.mark.parametrize("restricted", [True, False])
def test_an_opt_out_is_kept_against_files_and_beyond_a_restriction(session, restricted):
    invitation = put_invitation(session, put_campaign(session), NUMBER)
    donor = donor_of(session)
    if restricted:
        restrict_donor(
            session, number=NUMBER, version=donor.version_id, reason="traced", actor="coo", now=NOW, today=NOW.date()
        )
    else:
        donor.consent_contact = False  # a file said so
        session.flush()
    asked = {"code": invitation.code, "channel": "incoming", "version": invitation.version_id, "by": BY}
    record_outcome(session, outcome="opt_out", timing=TIMING, **asked)
    if restricted:
        lift_restriction(
            session, number=NUMBER, version=donor_of(session).version_id, reason="over", actor="c", now=NOW
        )
    assert (donor_of(session).consent_contact, donor_of(session).consent_withdrawn_at) == (False, NOW)


def test_letters_keep_the_yearly_cap_and_are_not_printed_for_who_is_at_it(session):
    campaign = put_campaign(session)
    put_invitation(session, campaign, NUMBER)
    sent = [
        record_letters(session, campaign, wave=None, stage="", actor="coo", timing=later(days=day)) for day in range(12)
    ]
    assert sum(sent) <= 4
    assert list_invited(session, campaign, wave=None, stage="", timing=later(days=12)) == []


def test_an_invitation_is_found_under_its_own_campaign_alone(session):
    mine, other = put_campaign(session), put_campaign(session, "Another")
    code = put_invitation(session, mine, NUMBER).code
    assert get_invitation(session, code, campaign=mine).code == code
    for wrong in (other,):
        with pytest.raises(NotFound):
            get_invitation(session, code, campaign=wrong)
    with pytest.raises(NotFound):
        get_invitation(session, "a\0b")
