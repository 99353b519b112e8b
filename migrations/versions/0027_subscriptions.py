"""What people want to be told, and the news that reached their inbox."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import choice, index, key, link, moment, number, text

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.create_table(
        "subscription",
        *key("subscription"),
        text("code"),
        number("account_id"),
        choice("topic"),
        sa.Column("scope", sa.JSON(), nullable=False),
        choice("rhythm"),
        choice("format"),
        sa.Column("by_mail", sa.Boolean(), nullable=False),
        moment("created_at"),
        text("created_by"),
        moment("ended_at", null=True),
        text("ended_by", null=True),
        number("version_id"),
        link("subscription", "account_id", "account"),
        sa.UniqueConstraint("code", name="uq_subscription_code"),
    )
    index("subscription", "account_id")
    op.create_table(
        "notice",
        *key("notice"),
        text("code"),
        number("subscription_id"),
        number("account_id"),
        choice("topic"),
        sa.Column("local_day", sa.Date(), nullable=False),
        sa.Column("news", sa.JSON(), nullable=False),
        moment("made_at"),
        moment("read_at", null=True),
        link("notice", "subscription_id", "subscription"),
        link("notice", "account_id", "account"),
        sa.UniqueConstraint("code", name="uq_notice_code"),
        sa.UniqueConstraint("subscription_id", "local_day", name="uq_notice_subscription_id_local_day"),
    )
    index("notice", "subscription_id")
    index("notice", "account_id")


def downgrade() -> None:
    op.drop_table("notice")
    op.drop_table("subscription")
