"""Tables of allele frequencies that the site loaded, one of them in use."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import key, link, moment, number, text

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "allele_frequency_set",
        *key("allele_frequency_set"),
        text("name"),
        text("content_hash"),
        sa.Column("mix", sa.JSON(), nullable=False),
        text("mix_basis"),
        sa.Column("provenance", sa.JSON(), nullable=False),
        sa.Column("illustrative", sa.Boolean(), nullable=False),
        moment("loaded_at"),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("name", name="uq_allele_frequency_set_name"),
    )
    op.create_index(
        "uq_allele_frequency_set_one_active",
        "allele_frequency_set",
        ["active"],
        unique=True,
        sqlite_where=sa.text("active"),
        postgresql_where=sa.text("active"),
    )
    op.create_table(
        "allele_frequency",
        number("table_id"),
        text("population"),
        text("allele"),
        sa.Column("frequency", sa.Float(), nullable=False),
        number("sample_size", null=True),
        text("source"),
        sa.PrimaryKeyConstraint("table_id", "population", "allele", name="pk_allele_frequency"),
        link("allele_frequency", "table_id", "allele_frequency_set"),
    )


def downgrade() -> None:
    op.drop_table("allele_frequency")
    op.drop_table("allele_frequency_set")
