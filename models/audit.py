"""The audit trail: rows are only ever added, and each one seals those before it."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel


class AuditEvent(SQLModel, table=True):
    """Who did what to which subject, with the hash of the row before; triggers refuse any change."""

    __tablename__ = "audit_event"
    __table_args__ = (sa.Index("ix_audit_event_subject", "subject_type", "subject_key"),)

    # Numbered by services.audit without a gap, not by the database: a missing row shows.
    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime
    actor: str
    action: str
    subject_type: str
    subject_key: str
    details: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    previous_hash: str = Field(unique=True)  # unique: two rows cannot follow the same one
    hash: str
