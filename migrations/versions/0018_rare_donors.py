"""The rare-donor file: phenotypes of donors, the care for them, and what the file was made of."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import choice, encrypted, index, key, link, moment, number, text

revision = "0018"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "rare_donor",
        *key("rare_donor"),
        number("donor_id"),
        text("phenotype"),
        text("subjects"),
        choice("status"),
        moment("since"),
        moment("withdrawn_at", null=True),
        link("rare_donor", "donor_id", "donor"),
        sa.UniqueConstraint("donor_id", "phenotype", name="uq_rare_donor_donor_phenotype"),
    )
    index("rare_donor", "phenotype")
    op.create_table(
        "rare_donor_care",
        number("donor_id"),
        number("recall_months", null=True),
        sa.Column("contacted_on", sa.Date(), nullable=True),
        sa.Column("spare", sa.Boolean(), nullable=False),
        sa.Column("pseudonym_only", sa.Boolean(), nullable=False),
        encrypted("exposure", null=False),
        encrypted("note", null=False),
        moment("changed_at"),
        text("changed_by"),
        number("version_id"),
        sa.PrimaryKeyConstraint("donor_id", name="pk_rare_donor_care"),
        link("rare_donor_care", "donor_id", "donor"),
    )
    op.create_table(
        "rare_donor_file",
        *key("rare_donor_file"),
        text("registry_name"),
        moment("made_at"),
        sa.Column("tallies", sa.JSON(), nullable=False),
    )


def downgrade() -> None:
    for table in ("rare_donor_file", "rare_donor_care", "rare_donor"):
        op.drop_table(table)
