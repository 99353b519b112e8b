"""Campaigns over the API: in numbers, without a donor, and without a patient for who may not see patients."""

import uuid
from datetime import date, timedelta

import pytest
from sqlmodel import select

from domain.campaign_life import CampaignStatus
from models.campaign import Campaign, Invitation, Purpose
from models.donor import Donor
from models.patient import Patient
from tests.demo_site import NOW

ADDRESS = "/api/v1/campaigns"
PLAN = {
    "prevalence": {"rate": 0.04, "low": 0.025, "high": 0.07, "source": "teaching slides"},
    "uptake": {"rate": 27 / 334, "found": 27, "of": 334, "low": 0.054, "high": 0.115, "source": "teaching slides"},
    "chance": 0.95, "finds": 1, "tests": 74, "contacts": 925,
    "marks": {"contacted": 925, "agreed": None, "sampled": 80, "tested": 74, "found": 1},
    "cost": {"contact": 3, "test": 40, "total": 5735}, "selected": 925, "excluded": {"invite.other_ancestry": 3},
}  # fmt: skip
SECRETS = ("Madame Durand", "Comoros", "other_ancestry", "5735")


def campaign(session, **given) -> Campaign:
    columns = {"name": "CD36", "purpose": Purpose.STOCK, "target": {"kind": "cd36_negative"}, "created_at": NOW}
    row = Campaign(code=str(uuid.uuid4()), created_by="coordinator", **columns | given)
    session.add(row)
    session.flush()
    return row


@pytest.fixture
def running(engines):
    """The code of a campaign for a patient, of whose three invited two were contacted and one tested."""
    with engines.write_session() as session:
        patient = session.exec(select(Patient.id).where(Patient.patient_number == "DEMO-P1")).one()
        row = campaign(
            session, name="For a patient", purpose=Purpose.PATIENT, patient_id=patient, status=CampaignStatus.RUNNING,
            reason="Madame Durand", criteria={"ancestries": ["Comoros"]}, plan=PLAN, number_wanted=2,
            deadline=date(2027, 3, 1), launched_at=NOW,
        )  # fmt: skip
        donors = session.exec(select(Donor.id).order_by(Donor.id).limit(3)).all()
        later = NOW + timedelta(days=1)
        reached = ({}, {"contacted_at": later}, {"contacted_at": later, "tested_at": later})
        for donor, marks in zip(donors, reached, strict=True):
            invitation = {"code": str(uuid.uuid4()), "campaign_id": row.id, "donor_id": donor, "selected_at": NOW}
            session.add(Invitation(**invitation, **marks))
        return row.code


def test_a_campaign_is_read_in_numbers(call, running):
    found = call("GET", f"{ADDRESS}/{running}").json
    assert (found["status"], found["purpose"], found["patient_number"]) == ("running", "patient", "DEMO-P1")
    assert (found["number_wanted"], found["deadline"]) == (2, "2027-03-01")
    assert found["reached"] == {
        "selected": 3, "contacted": 2, "answered": 0, "agreed": 0, "sampled": 0, "tested": 1, "found": 0,
        "confirmed": 0,
    }  # fmt: skip
    kept = ("prevalence", "uptake", "chance", "finds", "tests", "contacts", "marks")
    assert found["plan"] == {name: PLAN[name] for name in kept}


def test_a_campaign_says_no_donor_no_ancestry_no_reason_and_no_cost(call, running):
    text = call("GET", f"{ADDRESS}/{running}").get_data(as_text=True)
    assert [secret for secret in (*SECRETS, "DEMO-0") if secret in text] == []


def test_a_patient_is_not_named_to_who_may_not_see_patients(caller, engines, running):
    with engines.write_session() as session:
        patients = list(session.exec(select(Patient.id).where(Patient.patient_number.in_(("DEMO-P1", "DEMO-P2")))))
        lacking = campaign(session, target={"kind": "directives", "patients": patients}).code
    coordinator, scientist = caller("coordinator"), caller("scientist")
    assert scientist("GET", f"{ADDRESS}/{running}").json["patient_number"] == "DEMO-P1"
    assert set(scientist("GET", f"{ADDRESS}/{lacking}").json["target"]["patients"]) == {"DEMO-P1", "DEMO-P2"}
    for address in (ADDRESS, f"{ADDRESS}/{running}", f"{ADDRESS}/{lacking}"):
        assert "DEMO-P" not in coordinator("GET", address).get_data(as_text=True)
    assert coordinator("GET", f"{ADDRESS}/{lacking}").json["target"]["patients"] is None


@pytest.mark.parametrize(
    "target",
    [
        {"kind": "hpa_negative", "antigen": "HPA-1a"},
        {"kind": "hla_profile", "antigens": ["A2", "B7"]},
        {"kind": "cd36_negative"},
    ],
)
def test_every_kind_of_target_is_said(call, engines, target):
    with engines.write_session() as session:
        code = campaign(session, target=target).code
    found = call("GET", f"{ADDRESS}/{code}").json
    assert found["target"] == {"antigen": None, "antigens": [], "patients": None, **target}
    assert (found["plan"], found["reached"]["selected"], found["patient_number"]) == (None, 0, None)


def test_campaigns_are_listed_newest_first_and_none_twice(call, engines):
    with engines.write_session() as session:
        made = [campaign(session, name=name, status=CampaignStatus.CLOSED).code for name in "abc"]
        draft = campaign(session).code
    read, address = [], f"{ADDRESS}?limit=1&status=closed"
    while address:
        part = call("GET", address)
        read += [one["code"] for one in part.json["items"]]
        address = part.headers["Link"].partition("<")[2].partition(">")[0] if part.json["next"] else None
    assert [code for code in read if code in made] == made[::-1]
    assert (draft in read, len(read)) == (False, len(set(read)))
    assert call("GET", ADDRESS).json["items"][0]["code"] == draft


def test_what_is_not_there_is_said(call, caller):
    assert call("GET", f"{ADDRESS}/{uuid.uuid4()}", status=404).json["detail"] == "There is no such campaign."
    call("GET", f"{ADDRESS}?status=running_out", status=422)
    call("GET", f"{ADDRESS}?after={uuid.uuid4()}", status=422)
    caller("administrator")("GET", ADDRESS, status=403)
