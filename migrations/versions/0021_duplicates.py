"""Pairs of donors that may be one person."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import choice, encrypted, index, key, link, moment, number, text

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.create_table(
        "duplicate_pair",
        *key("duplicate_pair"),
        number("first_id"),
        number("second_id"),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("waterfall", sa.JSON(), nullable=False),
        sa.Column("conflicts", sa.JSON(), nullable=False),
        text("compared"),
        choice("state"),
        moment("found_at"),
        moment("decided_at", null=True),
        text("decided_by", null=True),
        encrypted("reason", null=False),
        number("version_id"),
        link("duplicate_pair", "first_id", "donor"),
        link("duplicate_pair", "second_id", "donor"),
        sa.UniqueConstraint("first_id", "second_id", name="uq_duplicate_pair_donors"),
    )
    for name in ("first_id", "second_id", "state"):
        index("duplicate_pair", name)


def downgrade() -> None:
    op.drop_table("duplicate_pair")
