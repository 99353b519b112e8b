"""Why a subscription ended, and the notices that nobody has read."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import text

revision = "0033"
down_revision = "0031"


def upgrade() -> None:
    with op.batch_alter_table("subscription") as subscription:
        subscription.add_column(text("ended_reason", null=True))
    op.create_index(
        "ix_notice_unread",
        "notice",
        ["account_id"],
        sqlite_where=sa.text("read_at IS NULL"),
        postgresql_where=sa.text("read_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_notice_unread", table_name="notice")
    with op.batch_alter_table("subscription") as subscription:
        subscription.drop_column("ended_reason")
