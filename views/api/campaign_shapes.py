"""The shapes of what the API answers about campaigns."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel

CampaignStatus = Literal["draft", "planned", "running", "paused", "closed"]


class Target(BaseModel):
    """What is looked for; `patients` are those whose directives say it, null for those who may not see patients."""

    kind: Literal["cd36_negative", "hpa_negative", "hla_profile", "directives"]
    antigen: str | None
    antigens: list[str]
    patients: list[str] | None


class PlannedShare(BaseModel):
    """A share that was planned with, its interval and its source."""

    rate: float | None
    low: float | None
    high: float | None
    source: str | None


class PlannedUptake(PlannedShare):
    """The tested out of the contacted, as counts where they are known."""

    found: int | None
    of: int | None


class CampaignPlan(BaseModel):
    """The numbers a campaign was launched on; `marks` are the people planned for each stage."""

    prevalence: PlannedShare
    uptake: PlannedUptake
    chance: float | None
    finds: int | None
    tests: int | None
    contacts: int | None
    marks: dict[str, int | None]


class Reached(BaseModel):
    """How many of the invited ever reached each stage."""

    selected: int
    contacted: int
    answered: int
    agreed: int
    sampled: int
    tested: int
    found: int
    confirmed: int


class Campaign(BaseModel):
    """A campaign in numbers; `patient_number` is null for those who may not see patients."""

    code: str
    name: str
    status: CampaignStatus
    purpose: Literal["patient", "stock"]
    patient_number: str | None
    target: Target
    number_wanted: int
    deadline: date | None
    plan: CampaignPlan | None
    reached: Reached
    created_at: datetime
    planned_at: datetime | None
    launched_at: datetime | None
    closed_at: datetime | None
    version: int


class Campaigns(BaseModel):
    """Campaigns, the newest first."""

    items: list[Campaign]
    next: str | None
