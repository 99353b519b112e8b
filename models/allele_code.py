"""Tables of multiple allele codes (MAC) that the site imported: the codes of the one in use, and which were before."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel


class AlleleCodeTable(SQLModel, table=True):
    """One imported table; at most one is active. `content_hash` is that of the codes, not of the file's bytes.

    `dated` is what the file says of its own date, `codes` how many it holds, `refused` how many lines were left out.
    """

    __tablename__ = "allele_code_release"
    __table_args__ = (
        sa.Index(
            "uq_allele_code_release_one_active",
            "active",
            unique=True,
            sqlite_where=sa.text("active"),
            postgresql_where=sa.text("active"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    content_hash: str
    file_name: str
    dated: str
    codes: int
    refused: int
    loaded_at: datetime
    active: bool = False


class AlleleCode(SQLModel, table=True):
    """What one code of the table in use stands for: `01/02`, or `24:02/24:09N`."""

    __tablename__ = "allele_code"

    code: str = Field(primary_key=True)
    subtypes: str
