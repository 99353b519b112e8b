"""Releases of reference data: which are loaded and which one is in use."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.database import strict_enum


class ReleaseKind(StrEnum):
    """The project's own core tables, or a release of IPD-IMGT/HLA."""

    CORE = "core"
    IPD = "ipd"


class ReferenceRelease(SQLModel, table=True):
    """One loaded release; at most one is active."""

    __tablename__ = "reference_release"
    __table_args__ = (
        sa.Index(
            "uq_reference_release_one_active",
            "active",
            unique=True,
            sqlite_where=sa.text("active"),
            postgresql_where=sa.text("active"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    kind: ReleaseKind = Field(sa_type=strict_enum(ReleaseKind))
    loaded_at: datetime
    active: bool = False
    provenance: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
