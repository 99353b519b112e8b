"""Courses of treatment of patients, and crossmatches of donors with them."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import choice, encrypted, index, key, link, moment, number, text

revision = "0035"
down_revision = "0034"


def _life() -> list[sa.Column]:
    return [
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
    ]


def upgrade() -> None:
    op.create_table(
        "treatment",
        *key("treatment"),
        text("code"),
        number("patient_id"),
        choice("kind"),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=True),
        *_life(),
        link("treatment", "patient_id", "patient"),
        link("treatment", "batch_id", "import_batch"),
        sa.UniqueConstraint("code", name="uq_treatment_code"),
    )
    index("treatment", "patient_id")
    op.create_table(
        "crossmatch",
        *key("crossmatch"),
        text("code"),
        number("patient_id"),
        number("donor_id"),
        choice("kind"),
        text("method"),
        choice("result"),
        sa.Column("tested_on", sa.Date(), nullable=False),
        text("serum_code"),
        sa.Column("serum_on", sa.Date(), nullable=True),
        *_life(),
        link("crossmatch", "patient_id", "patient"),
        link("crossmatch", "donor_id", "donor"),
        link("crossmatch", "batch_id", "import_batch"),
        sa.UniqueConstraint("code", name="uq_crossmatch_code"),
    )
    index("crossmatch", "patient_id")
    index("crossmatch", "donor_id")


def downgrade() -> None:
    op.drop_table("crossmatch")
    op.drop_table("treatment")
