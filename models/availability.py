"""What the registry had for each directive on a day: one row for the day, one for each patient, never changed after."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel


class AvailabilityDay(SQLModel, table=True):
    """The day as a whole, without patients; `facts` are counts, `versions` names what they were made with."""

    __tablename__ = "availability_day"

    id: int | None = Field(default=None, primary_key=True)
    local_day: date = Field(unique=True)
    made_at: datetime
    versions: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)


class AvailabilityRow(SQLModel, table=True):
    """One directive in force on that day.

    `counts`: region → ABO → [compatible, may give on the day, in 7, 14, 28 days, some day of the week]; what is not
    there is zero. `need`: units still to find, {"weeks": [4 numbers], "later": n}. `fault_code`: why the directive
    could not be read; then there are no counts.
    """

    __tablename__ = "availability_row"
    __table_args__ = (sa.UniqueConstraint("day_id", "patient_id", name="uq_availability_row_day_id_patient_id"),)

    id: int | None = Field(default=None, primary_key=True)
    day_id: int = Field(foreign_key="availability_day.id")
    patient_id: int = Field(foreign_key="patient.id", index=True)
    directive_version: int | None = None
    threshold_mfi: int | None = None
    abo: str | None = None
    region: str | None = None
    centre: str | None = None
    counts: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    need: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    fault_code: str | None = None
    fault_params: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)  # the values of its sentence
