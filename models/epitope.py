"""Eplet tables that the site loaded: one is in use, earlier ones are kept (MATCHING §7)."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.database import strict_enum


class EpletSource(StrEnum):
    """Where a table came from: the tables inside the pelc package, or an export of the HLA Eplet Registry."""

    PELC = "pelc"
    REGISTRY = "registry"


class EpletTableRow(SQLModel, table=True):
    """One loaded table; at most one is active. `content_hash` is that of what was read, not of the file's bytes."""

    __tablename__ = "eplet_table"
    __table_args__ = (
        sa.Index(
            "uq_eplet_table_one_active",
            "active",
            unique=True,
            sqlite_where=sa.text("active"),
            postgresql_where=sa.text("active"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    source: EpletSource = Field(sa_type=strict_enum(EpletSource))
    content_hash: str
    loaded_at: datetime
    active: bool = False


class EpletAllele(SQLModel, table=True):
    """The eplets of one two-field allele, names apart by a space, in order of position."""

    __tablename__ = "eplet_allele"

    table_id: int = Field(primary_key=True, foreign_key="eplet_table.id")
    allele: str = Field(primary_key=True)
    eplets: str


class EpletFact(SQLModel, table=True):
    """Whether an eplet is antibody-verified; None where the table does not say."""

    __tablename__ = "eplet_fact"

    table_id: int = Field(primary_key=True, foreign_key="eplet_table.id")
    eplet: str = Field(primary_key=True)
    verified: bool | None = None
