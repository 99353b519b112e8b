"""Families: their members, and who descends from whom."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import choice, encrypted, index, key, link, moment, number, text

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.create_table(
        "family",
        *key("family"),
        text("code"),
        text("phenotype"),
        sa.Column("prevalence", sa.Float(), nullable=True),
        text("prevalence_source"),
        moment("created_at"),
        text("created_by"),
        moment("changed_at"),
        number("version_id"),
        sa.UniqueConstraint("code", name="uq_family_code"),
    )
    op.create_table(
        "family_member",
        *key("family_member"),
        text("code"),
        number("family_id"),
        *[number(name, null=True) for name in ("mother_id", "father_id", "donor_id", "patient_id")],
        sa.Column("first", sa.Boolean(), nullable=False),
        encrypted("alias", null=False),
        choice("sex", null=True),
        encrypted("birth_year", null=False),
        sa.Column("deceased", sa.Boolean(), nullable=False),
        choice("status"),
        encrypted("status_source", null=False),
        sa.Column("shares_result", sa.Boolean(), nullable=False),
        sa.Column("consent_on", sa.Date(), nullable=True),
        moment("consent_at", null=True),
        text("consent_by", null=True),
        moment("created_at"),
        text("created_by"),
        link("family_member", "family_id", "family"),
        link("family_member", "mother_id", "family_member"),
        link("family_member", "father_id", "family_member"),
        link("family_member", "donor_id", "donor"),
        link("family_member", "patient_id", "patient"),
        sa.UniqueConstraint("code", name="uq_family_member_code"),
        sa.UniqueConstraint("family_id", "donor_id", name="uq_family_member_donor"),
        sa.UniqueConstraint("family_id", "patient_id", name="uq_family_member_patient"),
    )
    for name in ("family_id", "donor_id", "patient_id"):
        index("family_member", name)


def downgrade() -> None:
    for table in ("family_member", "family"):
        op.drop_table(table)
