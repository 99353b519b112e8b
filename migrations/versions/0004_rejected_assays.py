"""Whether the laboratory rejected its own assay of a serum."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("serum_sample", sa.Column("rejected", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("serum_sample", "rejected")
