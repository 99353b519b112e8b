"""Campaigns as other programs read them: what is looked for, the plan and how far it is, in numbers, no donor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from domain.campaign_life import CampaignStatus
from domain.errors import UnusableInput
from models.campaign import Campaign
from models.patient import Patient
from services.campaigns.reached import count_reached
from services.campaigns.records import get_campaign

Json = dict[str, Any]
# What leaves of a plan: neither its costs nor why donors were left out, which counts declared ancestries.
PLANNED = {"prevalence": ("rate", "low", "high", "source"), "uptake": ("rate", "found", "of", "low", "high", "source")}
PLAN_NUMBERS = ("chance", "finds", "tests", "contacts")


@dataclass(frozen=True, slots=True)
class CampaignEntry:
    """One campaign; `reached` counts the invited who ever came to each stage.

    `patient_number` and the patients of `target` are None for those who may not see patients. The reason is left
    out, since it may name a patient, and so are the criteria, which say the ancestries that are looked for.
    """

    code: str
    name: str
    status: str
    purpose: str
    patient_number: str | None
    target: Json
    number_wanted: int
    deadline: date | None
    plan: Json | None
    reached: Mapping[str, int]
    created_at: datetime
    planned_at: datetime | None
    launched_at: datetime | None
    closed_at: datetime | None
    version: int


def campaigns_after(
    session: Session, *, sees_patients: bool, status: str | None, after: str | None, limit: int
) -> list[CampaignEntry]:
    """At most so many campaigns, the newest first, those made before the campaign `after`; of one status if named.

    Raises UnusableInput for a cursor that is no campaign.
    """
    query = select(Campaign)
    if status is not None:
        query = query.where(Campaign.status == CampaignStatus(status))
    if after is not None:
        last = session.exec(select(Campaign).where(Campaign.code == after)).first()
        if last is None:
            raise UnusableInput("cursor_unknown")
        query = query.where(col(Campaign.id) < last.id)
    rows = session.exec(query.order_by(col(Campaign.id).desc()).limit(limit)).all()
    return _entries(session, rows, sees_patients=sees_patients)


def read_campaign(session: Session, *, code: str, sees_patients: bool) -> CampaignEntry:
    """One campaign. Raises NotFound."""
    return _entries(session, [get_campaign(session, code)], sees_patients=sees_patients)[0]


def _entries(session: Session, rows: Sequence[Campaign], *, sees_patients: bool) -> list[CampaignEntry]:
    reached = count_reached(session, [row.id or 0 for row in rows])
    numbers = _patient_numbers(session, rows) if sees_patients else None
    return [_entry(row, reached[row.id or 0], numbers) for row in rows]


def _entry(row: Campaign, reached: Mapping[str, int], numbers: Mapping[int, str] | None) -> CampaignEntry:
    return CampaignEntry(
        code=row.code,
        name=row.name,
        status=row.status.value,
        purpose=row.purpose.value,
        patient_number=None if numbers is None or row.patient_id is None else numbers[row.patient_id],
        target=_target(row.target, numbers),
        number_wanted=row.number_wanted,
        deadline=row.deadline,
        plan=None if row.plan is None else _plan(row.plan),
        reached=reached,
        created_at=row.created_at,
        planned_at=row.planned_at,
        launched_at=row.launched_at,
        closed_at=row.closed_at,
        version=row.version_id,
    )


def _patient_numbers(session: Session, rows: Sequence[Campaign]) -> dict[int, str]:
    ids = {row.patient_id for row in rows if row.patient_id is not None}
    ids |= {patient for row in rows for patient in row.target.get("patients", ())}
    found = session.exec(select(Patient.id, Patient.patient_number).where(col(Patient.id).in_(ids))).all()
    return {number_of: number for number_of, number in found if number_of is not None}


def _target(target: Mapping[str, Any], numbers: Mapping[int, str] | None) -> Json:
    """What is looked for; patients by their numbers, None for those who may not see them."""
    named = None if numbers is None else [numbers[patient] for patient in target.get("patients", ())]
    return {
        "kind": target["kind"],
        "antigen": target.get("antigen"),
        "antigens": list(target.get("antigens", ())),
        "patients": named if target["kind"] == "directives" else None,
    }


def _plan(plan: Mapping[str, Any]) -> Json:
    """The numbers that a campaign was planned with; None for one that nobody gave."""
    shares = {part: {name: (plan.get(part) or {}).get(name) for name in names} for part, names in PLANNED.items()}
    return {**shares, **{name: plan.get(name) for name in PLAN_NUMBERS}, "marks": dict(plan.get("marks") or {})}
