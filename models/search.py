"""Searches as they were answered, with every version that shaped the answer."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel


class Search(SQLModel, table=True):
    """One search and its answer; the id is a UUID text, the threshold in MFI."""

    __tablename__ = "search"

    id: str = Field(primary_key=True)
    patient_id: int = Field(foreign_key="patient.id", index=True)
    directive_id: int | None = Field(default=None, foreign_key="directive.id")
    on_day: date
    threshold_mfi: int
    policy: str
    loci: str
    versions: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    snapshot_id: str
    result: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    created_at: datetime
    actor: str
