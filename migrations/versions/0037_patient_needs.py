"""What patients need week after week, for the supply forecast."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import encrypted, index, key, link, moment, number, text

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    op.create_table(
        "patient_need",
        *key("patient_need"),
        text("code"),
        number("patient_id"),
        number("units_per_week"),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        encrypted("reason", null=False),
        moment("recorded_at"),
        text("recorded_by"),
        moment("ended_at", null=True),
        text("ended_by", null=True),
        link("patient_need", "patient_id", "patient"),
        sa.UniqueConstraint("code", name="uq_patient_need_code"),
    )
    index("patient_need", "patient_id")


def downgrade() -> None:
    op.drop_table("patient_need")
