"""Tables of multiple allele codes, and the codes of the one in use."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import key, moment, number, text

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "allele_code_release",
        *key("allele_code_release"),
        *[text(name) for name in ("name", "content_hash", "file_name", "dated")],
        number("codes"),
        number("refused"),
        moment("loaded_at"),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("name", name="uq_allele_code_release_name"),
    )
    op.create_index(
        "uq_allele_code_release_one_active",
        "allele_code_release",
        ["active"],
        unique=True,
        sqlite_where=sa.text("active"),
        postgresql_where=sa.text("active"),
    )
    op.create_table(
        "allele_code", text("code"), text("subtypes"), sa.PrimaryKeyConstraint("code", name="pk_allele_code")
    )


def downgrade() -> None:
    for table in ("allele_code", "allele_code_release"):
        op.drop_table(table)
