"""What the registry had for each directive, day by day."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import index, key, link, moment, number, text

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    op.create_table(
        "availability_day",
        *key("availability_day"),
        sa.Column("local_day", sa.Date(), nullable=False),
        moment("made_at"),
        sa.Column("versions", sa.JSON(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.UniqueConstraint("local_day", name="uq_availability_day_local_day"),
    )
    op.create_table(
        "availability_row",
        *key("availability_row"),
        number("day_id"),
        number("patient_id"),
        number("directive_version", null=True),
        number("threshold_mfi", null=True),
        text("abo", null=True),
        text("region", null=True),
        text("centre", null=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("need", sa.JSON(), nullable=False),
        text("fault_code", null=True),
        sa.Column("fault_params", sa.JSON(), nullable=False),
        link("availability_row", "day_id", "availability_day"),
        link("availability_row", "patient_id", "patient"),
        sa.UniqueConstraint("day_id", "patient_id", name="uq_availability_row_day_id_patient_id"),
    )
    index("availability_row", "patient_id")


def downgrade() -> None:
    op.drop_table("availability_row")
    op.drop_table("availability_day")
