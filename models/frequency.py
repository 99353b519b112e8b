"""Tables of allele frequencies that the site loaded: one is in use, earlier ones are kept (issue 4, item 4)."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel


class FrequencyTableRow(SQLModel, table=True):
    """One loaded table; at most one is active. `content_hash` is that of what was read, not of the file's bytes.

    `mix` maps each population to its share of the donors, `mix_basis` says who gave it: `given`, `declared` (the
    ancestries on record on the day of loading) or `equal`; `provenance` holds the file's name, rows and sources.
    """

    __tablename__ = "allele_frequency_set"
    __table_args__ = (
        sa.Index(
            "uq_allele_frequency_set_one_active",
            "active",
            unique=True,
            sqlite_where=sa.text("active"),
            postgresql_where=sa.text("active"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    content_hash: str
    mix: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    mix_basis: str
    provenance: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    illustrative: bool = False
    loaded_at: datetime
    active: bool = False


class AlleleFrequency(SQLModel, table=True):
    """How often one two-field allele occurs in one population, among all genes of its locus (0 to 1)."""

    __tablename__ = "allele_frequency"

    table_id: int = Field(primary_key=True, foreign_key="allele_frequency_set.id")
    population: str = Field(primary_key=True)
    allele: str = Field(primary_key=True)
    frequency: float
    sample_size: int | None = None
    source: str = ""
