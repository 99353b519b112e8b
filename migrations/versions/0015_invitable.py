"""An index that holds all that decides whom a campaign invites."""

from alembic import op

revision = "0015"
down_revision = "0014"

COLUMNS = [
    "consent_contact", "status", "ancestry", "region", "abo", "eligible_from_day", "eligible_until_day",
    "donor_number", "cd36", "hpa_1", "hpa_2", "hpa_3", "hpa_5", "hpa_15", "consent_withdrawn_at", "restricted_at",
    "erased_at",
]  # fmt: skip


def upgrade() -> None:
    op.create_index("ix_donor_invitable", "donor", COLUMNS)


def downgrade() -> None:
    op.drop_index("ix_donor_invitable", "donor")
