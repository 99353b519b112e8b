"""Transfusions of platelets: the product, the counts around it with their real times, and what the patient had."""

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from domain.refractoriness import Selection
from models.crypto import EncryptedText
from models.database import strict_enum
from models.donor import Abo

_transfusion_version = sa.Column("version_id", sa.Integer, nullable=False, default=1)


class Transfusion(SQLModel, table=True):
    """One transfusion, withdrawn rather than erased; a null is not known.

    Counts are in 10⁹/L, the content in 10¹¹ platelets. Weight and height are those of the day: the record's may change.
    """

    __tablename__ = "transfusion"
    __mapper_args__: ClassVar[dict[str, Any]] = {"version_id_col": _transfusion_version}

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)  # UUID text
    patient_id: int = Field(foreign_key="patient.id", index=True)
    ended_at: datetime = Field(index=True)
    product_number: str = ""
    donor_id: int | None = Field(default=None, foreign_key="donor.id", index=True)
    selection: Selection | None = Field(default=None, sa_type=strict_enum(Selection))
    content: float | None = None
    age_hours: float | None = None
    product_abo: Abo | None = Field(default=None, sa_type=strict_enum(Abo))
    irradiated: bool | None = None
    pathogen_reduced: bool | None = None
    additive_solution: bool | None = None
    pre_count: float | None = None
    pre_at: datetime | None = None
    count_1h: float | None = None
    count_1h_at: datetime | None = None
    count_24h: float | None = None
    count_24h_at: datetime | None = None
    weight_kg: float | None = None
    height_cm: float | None = None
    causes: dict[str, bool] = Field(
        default_factory=dict, sa_type=sa.JSON
    )  # a cause that is not here was not looked for
    note: str = Field(default="", repr=False, sa_type=EncryptedText)
    batch_id: int | None = Field(default=None, foreign_key="import_batch.id")
    recorded_at: datetime
    recorded_by: str
    changed_at: datetime
    changed_by: str
    withdrawn_at: datetime | None = None
    withdrawn_by: str | None = None
    withdrawal_reason: str = Field(default="", repr=False, sa_type=EncryptedText)
    version_id: int = Field(default=1, sa_column=_transfusion_version)
