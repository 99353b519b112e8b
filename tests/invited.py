"""A donor whom a campaign invited and a laboratory tested, for the tests of what is on record of a person."""

from models.campaign import InvitationStep
from models.donor_test import DonorTest
from services.explanations import get_donor
from tests.recruiting import put_campaign, put_invitation
from tests.small_registry import NOW, ON


def invited_and_tested(session, number="PT0001"):
    """A campaign for P1 that invited a donor, a call to them, and two results, one of them taken back."""
    of = get_donor(session, number).id
    campaign = put_campaign(session, "for P1", purpose="patient", patient_id=1)
    reasons = [{"code": "invite_for.never_contacted", "params": {}}]
    asked = put_invitation(session, campaign, number, selected_at=NOW, stage="agreed", attempts=2, reasons=reasons)
    session.add(
        InvitationStep(
            invitation_id=asked.id, donor_id=of, step="agree", from_stage="contacted", to_stage="agreed",
            channel="phone", at=NOW, on_day=ON, actor="cal", note="Zéphirine prefers Tuesdays",
        )
    )  # fmt: skip
    life = {"donor_id": of, "analyte": "CD36", "tested_on": ON, "recorded_at": NOW, "recorded_by": "lab"}
    taken_back = {"withdrawn_at": NOW, "withdrawn_by": "lab", "withdrawal_reason": "mixed up"}
    session.add(DonorTest(sample_code="S-1", result="negative type I", method="FACS", **life))
    session.add(DonorTest(sample_code="S-2", result="positive", **life, **taken_back))
    session.flush()
