"""Attempts of a daily run: how many, how the first failed, and what kind of failure the last was."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import text

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    with op.batch_alter_table("job_run") as run:
        run.add_column(sa.Column("attempts", sa.Integer(), nullable=False, server_default="1"))
        run.add_column(text("first_fault_code", null=True))
        run.add_column(text("fault_kind", null=True))
    op.execute("UPDATE job_run SET first_fault_code = fault_code")
    with op.batch_alter_table("job_run") as run:
        run.alter_column("attempts", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("job_run") as run:
        for name in ("fault_kind", "first_fault_code", "attempts"):
            run.drop_column(name)
