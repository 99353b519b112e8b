"""Records of donors taken into another, with what an undo puts back."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import encrypted, index, key, link, moment, number, text

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    with op.batch_alter_table("donor") as donor:
        donor.add_column(number("merged_into_id", null=True))
        donor.create_foreign_key("fk_donor_merged_into_id_donor", "donor", ["merged_into_id"], ["id"])
        donor.create_index("ix_donor_merged_into_id", ["merged_into_id"])
    op.create_table(
        "donor_merge",
        *key("donor_merge"),
        number("survivor_id"),
        number("merged_id"),
        moment("merged_at"),
        text("merged_by"),
        encrypted("reason", null=False),
        sa.Column("moved", sa.JSON(), nullable=False),
        sa.Column("journal", sa.JSON(), nullable=False),
        moment("kept_until", null=True),
        moment("undone_at", null=True),
        text("undone_by", null=True),
        encrypted("undo_reason", null=False),
        number("version_id"),
        link("donor_merge", "survivor_id", "donor"),
        link("donor_merge", "merged_id", "donor"),
    )
    for name in ("survivor_id", "merged_id", "merged_at", "kept_until"):
        index("donor_merge", name)


def downgrade() -> None:
    op.drop_table("donor_merge")
    with op.batch_alter_table("donor") as donor:
        donor.drop_index("ix_donor_merged_into_id")
        donor.drop_constraint("fk_donor_merged_into_id_donor", type_="foreignkey")
        donor.drop_column("merged_into_id")
