"""The alleles and the withdrawn names of IPD-IMGT/HLA releases."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import index, key, link, number, text

revision = "0008"
down_revision = "0007"

TABLES = {
    "ipd_allele": ("name", "unambiguous", "possible", "assumed", "expert", "p_group", "g_group"),
    "ipd_withdrawn_name": ("name", "withdrawn_on", "successor", "reason"),
}


def upgrade() -> None:
    for table, columns in TABLES.items():
        op.create_table(
            table,
            *key(table),
            number("release_id"),
            *map(text, columns),
            link(table, "release_id", "reference_release"),
        )
        index(table, "release_id")


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    # Without their alleles the releases say nothing; the registry then counts as read with another reference.
    op.execute(sa.text("DELETE FROM reference_release WHERE kind = 'ipd'"))
