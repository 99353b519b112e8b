"""Two records of one invented person with something in every table that refers to a donor, for the tests of merging."""

import uuid
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import SQLModel, select

from domain.campaign_life import Stage, Step
from domain.crossmatch import CrossmatchKind, CrossmatchResult
from domain.kinship import Status
from models.allocation import AllocationMark, AllocationOverride, AllocationRun, MarkKind
from models.campaign import Campaign, Channel, Invitation, InvitationStep, Purpose
from models.crossmatch import Crossmatch
from models.donor import Deferral, Donation, DonationKind, Donor, DonorIdentity, DonorTyping
from models.donor_test import DonorTest
from models.duplicate import DuplicatePair
from models.family import Family, FamilyMember
from models.patient import Patient
from models.rare_donor import RareDonor, RareDonorCare, RareStatus
from models.request import TransfusionRequest, Urgency
from models.reservation import CallOutcome, DonorCall, Reservation, ReservationStatus
from models.transfusion import Transfusion
from services.campaigns.steps import Moment
from services.donor_records import derive_donor
from services.duplicates.merging import Merge
from tests.small_registry import NOW, ON, D, put_donors

WHEN = Moment(NOW + timedelta(hours=1), ON)
NEVER_COMPARED = {"audit_event", "registry_state", "donor_merge", "job_request"}
EPOCH_DAY = ON - timedelta(days=100)


@dataclass
class Belongings:
    """What one record has, each as few numbers: days, campaigns and families are told apart by them."""

    deferrals: list[int] = field(default_factory=list)
    donations: list[tuple[int, DonationKind]] = field(default_factory=list)
    reservations: dict[int, ReservationStatus] = field(default_factory=dict)  # by day
    invitations: dict[int, Stage] = field(default_factory=dict)  # by campaign
    tests: dict[int, str] = field(default_factory=dict)  # by sample
    families: set[int] = field(default_factory=set)
    rare: dict[str, RareStatus] = field(default_factory=dict)
    care: bool | None = None  # whether they are spared
    typings: int = 0
    transfusions: int = 0
    crossmatches: int = 0
    allocated: bool = False  # forbidden for a request, and asked for it
    pair_with_third: bool = False
    earlier: bool = False  # a record was merged into this one before


EVERYTHING = Belongings(
    deferrals=[1], donations=[(1, DonationKind.PLATELETS)], reservations={1: ReservationStatus.HELD},
    invitations={0: Stage.AGREED}, tests={1: "negative"}, families={0}, rare={"cd36_negative": RareStatus.SUSPECTED},
    care=True, typings=1, transfusions=1, crossmatches=1,
    allocated=True, pair_with_third=True, earlier=True,
)  # fmt: skip


def put_pair(session, first: D, second: D, third: str = "X3") -> tuple[Donor, Donor]:
    """The two records, and a third donor who is somebody else."""
    put_donors(session, [first, second, D(third, "A*11 A*24 B*35 B*51", birth_date="1970-02-03")])
    if known := session.get(DonorIdentity, donor(session, third).id):
        session.delete(known)  # of that one, who they are is not known
        session.flush()
    return donor(session, first.number), donor(session, second.number)


def put_common(session) -> dict[str, list[Any]]:
    """What the belongings of donors refer to: a patient, two campaigns, two families."""
    patient = Patient(patient_number="P1", created_at=NOW, updated_at=NOW)
    campaigns = [Campaign(code=f"c{n}", name=f"campaign {n}", purpose=Purpose.STOCK, created_at=NOW, created_by="coo")
                 for n in range(2)]  # fmt: skip
    families = [
        Family(code=f"f{n}", phenotype="CD36", created_at=NOW, created_by="coo", changed_at=NOW) for n in range(2)
    ]
    run = AllocationRun(code="run", first_on=ON, days=28, made_at=NOW, made_by="x", snapshot="s", answer={})
    session.add_all([patient, *campaigns, *families, run])
    session.flush()
    asked = TransfusionRequest(
        code="asked", patient_id=patient.id, hospital="CHU", units=1, needed_by=NOW, urgency=Urgency.PLANNED,
        created_at=NOW, created_by="x",
    )  # fmt: skip
    session.add(asked)
    session.flush()
    return {"patients": [patient], "campaigns": campaigns, "families": families, "runs": [run], "requests": [asked]}


def give(session, row: Donor, owns: Belongings, common: dict[str, list[Any]]) -> None:
    """Put what a record has into the tables, with what hangs on it."""
    name, of = row.donor_number, row.id
    for day in owns.deferrals:
        session.add(Deferral(donor_id=of, from_on=_day(day), until_on=_day(day + 3), reason="travel", recorded_at=NOW))
    for place, (day, status) in enumerate(owns.reservations.items()):
        _reserve(session, row, day, status, common, with_donation=place == 0 and not owns.donations)
    for day, kind in dict.fromkeys(owns.donations):
        session.add(Donation(donor_id=of, given_on=_day(day), kind=kind, recorded_at=NOW, recorded_by="x"))
    for campaign, stage in owns.invitations.items():
        _invite(session, row, common["campaigns"][campaign], stage)
    for sample, result in owns.tests.items():
        session.add(
            DonorTest(
                donor_id=of, analyte="CD36", result=result, sample_code=f"S{sample}", tested_on=ON, recorded_at=NOW,
                recorded_by="x", invitation_id=session.exec(select(Invitation.id).where(Invitation.donor_id == of)).first(),
            )
        )  # fmt: skip
    for place in owns.families:
        _draw(session, row, common["families"][place])
    for phenotype, status in owns.rare.items():
        session.add(RareDonor(donor_id=of, phenotype=phenotype, status=status, since=NOW))
    for n in range(owns.transfusions):
        code, patient = f"{name}-t{n}", common["patients"][0]
        session.add(
            Transfusion(
                code=code, patient_id=patient.id, donor_id=of, ended_at=NOW, recorded_at=NOW, recorded_by="x",
                changed_at=NOW, changed_by="x",
            )
        )  # fmt: skip
    for n in range(owns.crossmatches):
        session.add(
            Crossmatch(
                code=f"{name}-x{n}", patient_id=common["patients"][0].id, donor_id=of, kind=CrossmatchKind.PLATELET,
                result=CrossmatchResult.NEGATIVE, tested_on=ON, recorded_at=NOW, recorded_by="x", changed_at=NOW,
                changed_by="x",
            )
        )  # fmt: skip
    if owns.care is not None:
        session.add(RareDonorCare(donor_id=of, spare=owns.care, note=f"note of {name}", changed_at=NOW, changed_by="x"))
    for place in range(owns.typings):
        session.add(DonorTyping(donor_id=of, recorded_at=NOW, source=f"file {place}", hla_a_1="A*01"))
    _more(session, row, owns, common)
    session.flush()
    derive_donor(session, row, now=NOW)
    session.flush()


def _more(session, row: Donor, owns: Belongings, common: dict[str, list[Any]]) -> None:
    if owns.allocated:
        _allocate(session, row, common)
    if owns.pair_with_third:
        third = donor(session, "X3")
        pair = {"first_id": min(row.id, third.id), "second_id": max(row.id, third.id)}
        session.add(DuplicatePair(**pair, weight=1, probability=0.6, compared="x", found_at=NOW))
    if owns.earlier:
        put_donors(session, [D(f"{row.donor_number}-OLD", "")])
        donor(session, f"{row.donor_number}-OLD").merged_into_id = row.id


def _allocate(session, row, common) -> None:
    both = {"request_id": common["requests"][0].id, "donor_id": row.id, "reason": f"of {row.donor_number}"}
    made = {"made_at": NOW, "made_by": "x"}
    session.add(AllocationMark(code=str(uuid.uuid4()), kind=MarkKind.FORBIDDEN, **both, **made))
    session.add(
        AllocationOverride(
            code=str(uuid.uuid4()), run_id=common["runs"][0].id, day=ON, asked_at=NOW, asked_by="x", **both
        )
    )


def _reserve(session, row, day, status, common, *, with_donation) -> None:
    kept = Reservation(
        code=str(uuid.uuid4()), donor_id=row.id, patient_id=common["patients"][0].id, day=_day(day), status=status,
        held_by="x", held_at=NOW, expires_at=NOW, note="of the patient", changed_by="x", changed_at=NOW,
    )  # fmt: skip
    session.add(kept)
    session.flush()
    session.add(
        DonorCall(
            reservation_id=kept.id, at=NOW, on_day=NOW.date(), actor="x", outcome=CallOutcome.AGREED, note="a call"
        )
    )
    if with_donation:
        session.add(
            Donation(
                donor_id=row.id, given_on=_day(1), kind=DonationKind.PLATELETS, recorded_at=NOW, recorded_by="x",
                reservation_id=kept.id,
            )
        )  # fmt: skip


def _invite(session, row, campaign, stage) -> None:
    one = Invitation(code=str(uuid.uuid4()), campaign_id=campaign.id, donor_id=row.id, stage=stage, selected_at=NOW)
    if stage is not Stage.SELECTED:
        one.contacted_at = NOW
    session.add(one)
    session.flush()
    step = {"step": Step.CONTACT, "from_stage": Stage.SELECTED, "to_stage": Stage.CONTACTED, "channel": Channel.PHONE}
    session.add(
        InvitationStep(invitation_id=one.id, donor_id=row.id, at=NOW, on_day=ON, actor="x", note="said", **step)
    )
    session.flush()


def _draw(session, row, family) -> None:
    person = {"family_id": family.id, "created_at": NOW, "created_by": "x", "status": Status.UNTESTED}
    one = FamilyMember(code=str(uuid.uuid4()), donor_id=row.id, **person)
    session.add(one)
    session.flush()
    session.add(FamilyMember(code=str(uuid.uuid4()), mother_id=one.id, alias="child", **person))


def _day(number: int) -> date:
    return EPOCH_DAY + timedelta(days=number)


def donor(session, number: str) -> Donor:
    return session.exec(select(Donor).where(Donor.donor_number == number)).one()


def wish(session, survivor: str, merged: str, **more) -> Merge:
    versions = donor(session, survivor).version_id, donor(session, merged).version_id
    return Merge(**{"survivor": survivor, "merged": merged, "versions": versions, "reason": "one person", **more})


def content(session) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table but the audit trail, merges and versions."""
    session.flush()
    session.expire_all()
    found = {}
    for table in SQLModel.metadata.sorted_tables:
        if table.name not in NEVER_COMPARED:
            rows = session.connection().execute(sa.select(table).order_by(*table.primary_key.columns)).mappings()
            found[table.name] = [{name: row[name] for name in row if name != "version_id"} for row in rows]
    return found
