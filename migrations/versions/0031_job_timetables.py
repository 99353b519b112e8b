"""The daily jobs as the jobs process lists them."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import choice, number, text

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    op.create_table(
        "job_timetable",
        text("job"),
        number("place"),
        sa.Column("at", sa.Time(), nullable=False),
        sa.Column("on_days", sa.JSON(), nullable=False),
        choice("missed"),
        sa.Column("listed_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("job", name="pk_job_timetable"),
    )


def downgrade() -> None:
    op.drop_table("job_timetable")
