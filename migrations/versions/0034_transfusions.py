"""Transfusions with their counts, and files of them."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import choice, encrypted, index, key, link, moment, number, text

revision = "0034"
down_revision = "0033"

REALS = ("content", "age_hours", "pre_count", "count_1h", "count_24h", "weight_kg", "height_cm")
FLAGS = ("irradiated", "pathogen_reduced", "additive_solution")


def upgrade() -> None:
    op.create_table(
        "transfusion",
        *key("transfusion"),
        text("code"),
        number("patient_id"),
        moment("ended_at"),
        text("product_number"),
        number("donor_id", null=True),
        choice("selection", null=True),
        choice("product_abo", null=True),
        *[sa.Column(name, sa.Float(), nullable=True) for name in REALS],
        *[sa.Column(name, sa.Boolean(), nullable=True) for name in FLAGS],
        *[moment(name, null=True) for name in ("pre_at", "count_1h_at", "count_24h_at")],
        sa.Column("causes", sa.JSON(), nullable=False),
        encrypted("note", null=False),
        number("batch_id", null=True),
        moment("recorded_at"),
        text("recorded_by"),
        moment("changed_at"),
        text("changed_by"),
        moment("withdrawn_at", null=True),
        text("withdrawn_by", null=True),
        encrypted("withdrawal_reason", null=False),
        number("version_id"),
        link("transfusion", "patient_id", "patient"),
        link("transfusion", "donor_id", "donor"),
        link("transfusion", "batch_id", "import_batch"),
        sa.UniqueConstraint("code", name="uq_transfusion_code"),
    )
    for column in ("patient_id", "ended_at", "donor_id"):
        index("transfusion", column)


def downgrade() -> None:
    op.drop_table("transfusion")
