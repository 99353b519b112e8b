"""The state of the whole registry, by which a search index knows that it is stale."""

from datetime import datetime

from sqlmodel import Field, SQLModel

STATE_ID = 1


class RegistryState(SQLModel, table=True):
    """The single row: its version grows whenever what a search reads has changed."""

    __tablename__ = "registry_state"

    id: int = Field(default=STATE_ID, primary_key=True)
    version: int = 0
    reference_name: str = ""
    rules_name: str = ""
    changed_at: datetime
