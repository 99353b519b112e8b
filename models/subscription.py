"""What a person wants to be told, how often and of what, and the news that reached them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.crypto import EncryptedJson
from models.database import strict_enum


class Topic(StrEnum):
    """What news are about; each needs a permission of its own, asked again whenever news are made or sent."""

    STANDING_SEARCHES = "standing_searches"
    AVAILABILITY = "availability"
    RECALLS = "recalls"
    JOB_FAILURES = "job_failures"


class Rhythm(StrEnum):
    """On which days news are made: every day, on Mondays, or on the first of the month."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class ReportFormat(StrEnum):
    """What the link of the news opens."""

    PAGE = "page"
    PDF = "pdf"
    XLSX = "xlsx"


_subscription_version = sa.Column("version_id", sa.Integer, nullable=False, default=1)


class Subscription(SQLModel, table=True):
    """One topic for one account; the scope is {} for all, {"patient": id} for one patient or {"region": name}."""

    __tablename__ = "subscription"
    __mapper_args__: ClassVar[dict[str, Any]] = {"version_id_col": _subscription_version}

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)  # UUID text
    account_id: int = Field(foreign_key="account.id", index=True)
    topic: Topic = Field(sa_type=strict_enum(Topic))
    scope: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    rhythm: Rhythm = Field(default=Rhythm.DAILY, sa_type=strict_enum(Rhythm))
    format: ReportFormat = Field(default=ReportFormat.PAGE, sa_type=strict_enum(ReportFormat))
    by_mail: bool = True  # besides the inbox
    created_at: datetime
    created_by: str
    ended_at: datetime | None = None
    ended_by: str | None = None
    ended_reason: str | None = None  # the last word of a code `subscription_end.…`
    version_id: int = Field(default=1, sa_column=_subscription_version)


class Notice(SQLModel, table=True):
    """News that reached a person's inbox for a local day, one for a subscription and a day; its lines are encrypted."""

    __tablename__ = "notice"
    __table_args__ = (
        sa.UniqueConstraint("subscription_id", "local_day"),
        sa.Index(
            "ix_notice_unread",  # every page counts the unread ones
            "account_id",
            sqlite_where=sa.text("read_at IS NULL"),
            postgresql_where=sa.text("read_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)  # UUID text
    subscription_id: int = Field(foreign_key="subscription.id", index=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    topic: Topic = Field(sa_type=strict_enum(Topic))
    local_day: date
    news: dict[str, Any] = Field(default_factory=dict, repr=False, sa_type=EncryptedJson)
    made_at: datetime
    read_at: datetime | None = None
