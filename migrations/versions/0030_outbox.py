"""Messages that wait to be sent, and the e-mail address of an account."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import choice, encrypted, index, link, moment, number, text

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    op.add_column("account", encrypted("email"))
    op.add_column("account", moment("email_refused_at", null=True))
    op.create_table(
        "outbox_message",
        text("id"),
        number("account_id"),
        choice("channel"),
        text("kind"),
        sa.Column("params", sa.JSON(), nullable=False),
        text("dedupe_key"),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        choice("state"),
        number("attempts"),
        moment("next_try_at"),
        encrypted("address", null=False),
        text("message_id", null=True),
        text("error_code", null=True),
        text("reply"),
        moment("created_at"),
        moment("claimed_at", null=True),
        moment("ended_at", null=True),
        sa.PrimaryKeyConstraint("id", name="pk_outbox_message"),
        link("outbox_message", "account_id", "account"),
        sa.UniqueConstraint("account_id", "dedupe_key", name="uq_outbox_message_account_id_dedupe_key"),
        sa.UniqueConstraint("message_id", name="uq_outbox_message_message_id"),
    )
    index("outbox_message", "account_id")
    op.create_index("ix_outbox_message_state_next_try_at", "outbox_message", ["state", "next_try_at"])


def downgrade() -> None:
    op.drop_table("outbox_message")
    with op.batch_alter_table("account") as table:
        table.drop_column("email_refused_at")
        table.drop_column("email")
