"""Recruitment campaigns: what is looked for, who was invited, and every step of every invitation."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from domain.campaign_life import CampaignStatus, Stage, Step
from models.crypto import EncryptedText
from models.database import strict_enum


class Purpose(StrEnum):
    """Whom the donors are looked for: one patient, or the donor file as a whole."""

    PATIENT = "patient"
    STOCK = "stock"


class Channel(StrEnum):
    """How a step came about."""

    PHONE = "phone"
    LETTER = "letter"
    EMAIL = "email"
    SMS = "sms"
    INCOMING = "incoming"  # the donor called or wrote by themselves
    IN_PERSON = "in_person"
    LABORATORY = "laboratory"


_campaign_version = sa.Column("version_id", sa.Integer, nullable=False, default=1)
_invitation_version = sa.Column("version_id", sa.Integer, nullable=False, default=1)


class Campaign(SQLModel, table=True):
    """One search for donors of a phenotype that the file lacks."""

    __tablename__ = "campaign"
    __mapper_args__: ClassVar[dict[str, Any]] = {"version_id_col": _campaign_version}

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)  # UUID text, what the outside calls it
    name: str
    purpose: Purpose = Field(sa_type=strict_enum(Purpose))
    patient_id: int | None = Field(default=None, foreign_key="patient.id", index=True)
    reason: str = Field(default="", repr=False, sa_type=EncryptedText)  # may name a patient: never on a donor's paper
    target: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)  # services.campaigns.targets
    criteria: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)  # whom to invite: domain.invitation
    plan: dict[str, Any] | None = Field(default=None, sa_type=sa.JSON)  # the numbers it was launched on
    number_wanted: int = 1
    deadline: date | None = None
    status: CampaignStatus = Field(default=CampaignStatus.DRAFT, sa_type=strict_enum(CampaignStatus), index=True)
    created_at: datetime
    created_by: str
    planned_at: datetime | None = None
    launched_at: datetime | None = None
    closed_at: datetime | None = None
    pause_reason: str = Field(default="", repr=False, sa_type=EncryptedText)  # of the last pause; may name a person
    closing_reason: str = Field(default="", repr=False, sa_type=EncryptedText)  # may name a person
    version_id: int = Field(default=1, sa_column=_campaign_version)


class Invitation(SQLModel, table=True):
    """One donor in one campaign: where they stand, and when each stage was first reached.

    The funnel counts the `…_at` columns, so a stage counts whoever ever reached it; only results that are taken back
    clear theirs.
    """

    __tablename__ = "invitation"
    __table_args__ = (sa.UniqueConstraint("campaign_id", "donor_id", name="uq_invitation_campaign_donor"),)
    __mapper_args__: ClassVar[dict[str, Any]] = {"version_id_col": _invitation_version}

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)
    campaign_id: int = Field(foreign_key="campaign.id", index=True)
    donor_id: int = Field(foreign_key="donor.id", index=True)
    wave: int = 1
    place: int = 0  # in the order in which the donors are to be contacted
    reasons: list[dict[str, Any]] = Field(default_factory=list, sa_type=sa.JSON)  # why this donor: codes and params
    stage: Stage = Field(default=Stage.SELECTED, sa_type=strict_enum(Stage), index=True)
    attempts: int = 0
    next_on: date | None = None  # not before this day: asked to be called back, or a reminder is due
    appointment_at: datetime | None = None
    second_sample: bool = False  # a second one was taken, and its result is awaited
    lost_reason: str = ""
    claimed_by: str | None = None  # who is on the phone with the donor now
    claimed_until: datetime | None = None
    selected_at: datetime
    contacted_at: datetime | None = None
    answered_at: datetime | None = None
    agreed_at: datetime | None = None
    sampled_at: datetime | None = None
    tested_at: datetime | None = None
    found_at: datetime | None = None  # the first sample shows the phenotype looked for
    confirmed_at: datetime | None = None
    version_id: int = Field(default=1, sa_column=_invitation_version)


class InvitationStep(SQLModel, table=True):
    """One step of one invitation: rows are only added."""

    __tablename__ = "invitation_step"
    __table_args__ = (sa.Index("ix_invitation_step_donor_on", "donor_id", "on_day"),)

    id: int | None = Field(default=None, primary_key=True)
    invitation_id: int = Field(foreign_key="invitation.id", index=True)
    donor_id: int = Field(foreign_key="donor.id")  # again, to count a donor's contacts over all campaigns
    step: Step = Field(sa_type=strict_enum(Step))
    from_stage: Stage = Field(sa_type=strict_enum(Stage))
    to_stage: Stage = Field(sa_type=strict_enum(Stage))
    channel: Channel = Field(sa_type=strict_enum(Channel))
    at: datetime
    on_day: date  # the day it happened where the registry is kept
    actor: str
    note: str = Field(default="", repr=False, sa_type=EncryptedText)
