"""Releases of reference data: which are loaded, which one is in use, and what they say of alleles."""

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


class IpdAllele(SQLModel, table=True):
    """One current allele of a release: its antigens by kind, as `A2`, `0/A24` or `?`, and its P and G group."""

    __tablename__ = "ipd_allele"

    id: int | None = Field(default=None, primary_key=True)
    release_id: int = Field(foreign_key="reference_release.id", index=True)
    name: str
    unambiguous: str = ""
    possible: str = ""
    assumed: str = ""
    expert: str = ""
    p_group: str = ""
    g_group: str = ""


class IpdWithdrawnName(SQLModel, table=True):
    """One name that a release no longer uses, with the allele it was shown to be, if any."""

    __tablename__ = "ipd_withdrawn_name"

    id: int | None = Field(default=None, primary_key=True)
    release_id: int = Field(foreign_key="reference_release.id", index=True)
    name: str
    withdrawn_on: str = ""
    successor: str = ""
    reason: str = ""
