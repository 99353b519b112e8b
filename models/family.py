"""Families of rare donors and patients: who descends from whom, and what is known of each."""

from datetime import date, datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from domain.kinship import Status
from models.crypto import EncryptedText
from models.database import strict_enum
from models.donor import Sex

_family_version = sa.Column("version_id", sa.Integer, nullable=False, default=1)


class Family(SQLModel, table=True):
    """One family, drawn for one phenotype."""

    __tablename__ = "family"
    __mapper_args__: ClassVar[dict[str, Any]] = {"version_id_col": _family_version}

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)  # UUID text, what the outside calls it
    phenotype: str  # "CD36" (negative), "HPA-1a" (negative), "HLA" (the antigens of the first member)
    prevalence: float | None = None  # of the phenotype where the family comes from, above 0 and below 1; none for HLA
    prevalence_source: str = ""
    created_at: datetime
    created_by: str
    changed_at: datetime
    version_id: int = Field(default=1, sa_column=_family_version)


class FamilyMember(SQLModel, table=True):
    """One person of a family: a registered donor, a patient, or somebody known by what relatives told."""

    __tablename__ = "family_member"
    __table_args__ = (
        sa.UniqueConstraint("family_id", "donor_id", name="uq_family_member_donor"),
        sa.UniqueConstraint("family_id", "patient_id", name="uq_family_member_patient"),
    )

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)
    family_id: int = Field(foreign_key="family.id", index=True)
    mother_id: int | None = Field(default=None, foreign_key="family_member.id")
    father_id: int | None = Field(default=None, foreign_key="family_member.id")
    donor_id: int | None = Field(default=None, foreign_key="donor.id", index=True)
    patient_id: int | None = Field(default=None, foreign_key="patient.id", index=True)
    first: bool = False  # the donor or patient for whom the family was drawn
    alias: str = Field(default="", repr=False, sa_type=EncryptedText)  # what relatives call them
    sex: Sex | None = Field(default=None, sa_type=strict_enum(Sex))
    birth_year: str = Field(default="", repr=False, sa_type=EncryptedText)
    deceased: bool = False
    status: Status = Field(default=Status.UNTESTED, sa_type=strict_enum(Status))  # by hand; a typing on record wins
    status_source: str = Field(default="", repr=False, sa_type=EncryptedText)
    shares_result: bool = False  # agreed that relatives may know their result
    consent_on: date | None = None
    consent_at: datetime | None = None
    consent_by: str | None = None
    created_at: datetime
    created_by: str
