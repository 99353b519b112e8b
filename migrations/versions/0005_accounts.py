"""Accounts: people, their roles and sites, sessions, tokens, failed attempts to log in."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import choice, index, key, link, moment, number, text

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "site",
        *key("site"),
        text("code"),
        text("name"),
        text("region", null=True),
        _flag("active"),
        sa.UniqueConstraint("code", name="uq_site_code"),
    )
    op.create_table(
        "account",
        *key("account"),
        text("login"),
        text("display_name"),
        text("password_hash", null=True),
        sa.Column("roles", sa.JSON(), nullable=False),
        number("site_id", null=True),
        text("locale", null=True),
        *[_flag(name) for name in ("shortcuts", "active", "must_change_password")],
        moment("created_at"),
        moment("updated_at"),
        number("version_id"),
        link("account", "site_id", "site"),
        sa.UniqueConstraint("login", name="uq_account_login"),
    )
    _create_ways_in()


def _create_ways_in() -> None:
    op.create_table(
        "account_session",
        *key("account_session"),
        number("account_id"),
        text("token_hash"),
        moment("opened_at"),
        moment("expires_at"),
        moment("closed_at", null=True),
        text("address"),
        text("agent"),
        link("account_session", "account_id", "account"),
        sa.UniqueConstraint("token_hash", name="uq_account_session_token_hash"),
    )
    index("account_session", "account_id")
    op.create_table("login_attempt", *key("login_attempt"), text("login_index"), text("address"), moment("at"))
    index("login_attempt", "login_index")
    index("login_attempt", "address")
    op.create_table(
        "api_token",
        *key("api_token"),
        number("account_id"),
        text("name"),
        text("token_hash"),
        choice("scope"),
        moment("created_at"),
        moment("expires_at"),
        moment("revoked_at", null=True),
        sa.Column("last_used_on", sa.Date(), nullable=True),
        link("api_token", "account_id", "account"),
        sa.UniqueConstraint("token_hash", name="uq_api_token_token_hash"),
    )
    index("api_token", "account_id")


def downgrade() -> None:
    for table in ("api_token", "login_attempt", "account_session", "account", "site"):
        op.drop_table(table)


def _flag(name: str) -> sa.Column:
    return sa.Column(name, sa.Boolean(), nullable=False)
