"""Accounts of the people who use the registry: their roles, sites, sessions, tokens and attempts to log in."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.crypto import EncryptedText
from models.database import strict_enum


class Role(StrEnum):
    """What a person does here; one person may hold several roles."""

    SEARCHER = "searcher"
    COORDINATOR = "coordinator"
    LABORATORY = "laboratory"
    SCIENTIST = "scientist"
    READER = "reader"
    ADMINISTRATOR = "administrator"


class TokenScope(StrEnum):
    """What a token may do of what its owner may."""

    READ = "read"
    WRITE = "write"
    CALENDAR = "calendar"  # reads the calendar feed of its account, and nothing else


class Site(SQLModel, table=True):
    """A place where people work: a blood centre's site or a laboratory."""

    __tablename__ = "site"

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)
    name: str
    region: str | None = None
    active: bool = True


_account_version = sa.Column("version_id", sa.Integer, nullable=False, default=1)


class Account(SQLModel, table=True):
    """One person's account; the login is in lower case, the password an argon2 hash (null: cannot log in by one)."""

    __tablename__ = "account"
    __mapper_args__: ClassVar[dict[str, Any]] = {"version_id_col": _account_version}

    id: int | None = Field(default=None, primary_key=True)
    login: str = Field(unique=True)
    display_name: str
    password_hash: str | None = Field(default=None, repr=False)
    roles: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    site_id: int | None = Field(default=None, foreign_key="site.id")
    locale: str | None = None  # null: as the browser asks
    email: str | None = Field(default=None, repr=False, sa_type=EncryptedText)  # where mail goes; null: no mail
    email_refused_at: datetime | None = None  # a server said that there is no such box: no mail until it is changed
    shortcuts: bool = True  # single-letter keys can be switched off (WCAG 2.1.4)
    active: bool = True
    must_change_password: bool = False
    created_at: datetime
    updated_at: datetime
    version_id: int = Field(default=1, sa_column=_account_version)


class AccountSession(SQLModel, table=True):
    """One login of one account on one browser; only the hash of its token is kept."""

    __tablename__ = "account_session"

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    token_hash: str = Field(unique=True, repr=False)
    opened_at: datetime
    expires_at: datetime
    closed_at: datetime | None = None
    address: str = ""
    agent: str = ""


class LoginAttempt(SQLModel, table=True):
    """One failed attempt to log in, by login as typed (keyed fingerprint) and by address."""

    __tablename__ = "login_attempt"

    id: int | None = Field(default=None, primary_key=True)
    login_index: str = Field(index=True)
    address: str = Field(index=True)
    at: datetime


class ApiToken(SQLModel, table=True):
    """A bearer token of an account; only its hash is kept."""

    __tablename__ = "api_token"

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    name: str
    token_hash: str = Field(unique=True, repr=False)
    scope: TokenScope = Field(default=TokenScope.READ, sa_type=strict_enum(TokenScope))
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    last_used_on: date | None = None
