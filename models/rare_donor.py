"""The rare-donor file: which rare phenotypes donors show, how they are cared for, and what the file was made of."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.crypto import EncryptedText
from models.database import strict_enum

MADE_ID = 1


class RareStatus(StrEnum):
    """How sure a rare phenotype of a donor is."""

    SUSPECTED = "suspected"  # the typing on record shows it
    CONFIRMED = "confirmed"  # two samples agree
    WITHDRAWN = "withdrawn"  # shown once, and no longer


class RareDonor(SQLModel, table=True):
    """One rare phenotype of one donor; kept when the typing no longer shows it."""

    __tablename__ = "rare_donor"
    __table_args__ = (sa.UniqueConstraint("donor_id", "phenotype", name="uq_rare_donor_donor_phenotype"),)

    id: int | None = Field(default=None, primary_key=True)
    donor_id: int = Field(foreign_key="donor.id")
    phenotype: str = Field(index=True)  # seed_data/reference/core/rare_phenotypes.csv
    subjects: str = ""  # the antigens of a combination, or those carried, comma between
    status: RareStatus = Field(default=RareStatus.SUSPECTED, sa_type=strict_enum(RareStatus))
    since: datetime  # seen in the typing without a break
    withdrawn_at: datetime | None = None


_care_version = sa.Column("version_id", sa.Integer, nullable=False, default=1)


class RareDonorCare(SQLModel, table=True):
    """How a rare donor is cared for; one row at most, whatever the phenotypes."""

    __tablename__ = "rare_donor_care"
    __mapper_args__: ClassVar[dict[str, Any]] = {"version_id_col": _care_version}

    donor_id: int = Field(primary_key=True, foreign_key="donor.id")
    recall_months: int | None = None  # the table's rhythm where null
    contacted_on: date | None = None  # a contact that neither a campaign nor a call recorded
    spare: bool = False  # only for patients who need the phenotype
    pseudonym_only: bool = False  # told outside under the number alone
    exposure: str = Field(default="", repr=False, sa_type=EncryptedText)  # what the donor must not be used for
    note: str = Field(default="", repr=False, sa_type=EncryptedText)
    changed_at: datetime
    changed_by: str
    version_id: int = Field(default=1, sa_column=_care_version)


class RareDonorFile(SQLModel, table=True):
    """The single row that says when the file was last made, of which registry, and what was counted."""

    __tablename__ = "rare_donor_file"

    id: int = Field(default=MADE_ID, primary_key=True)
    registry_name: str  # services.matching.snapshots.state_name
    made_at: datetime
    tallies: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
