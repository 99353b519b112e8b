"""Eplet tables that the site loaded, one of them in use."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import choice, key, link, moment, number, text

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "eplet_table",
        *key("eplet_table"),
        text("name"),
        choice("source"),
        text("content_hash"),
        moment("loaded_at"),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("name", name="uq_eplet_table_name"),
    )
    op.create_index(
        "uq_eplet_table_one_active",
        "eplet_table",
        ["active"],
        unique=True,
        sqlite_where=sa.text("active"),
        postgresql_where=sa.text("active"),
    )
    op.create_table(
        "eplet_allele",
        number("table_id"),
        *[text(name) for name in ("allele", "eplets")],
        sa.PrimaryKeyConstraint("table_id", "allele", name="pk_eplet_allele"),
        link("eplet_allele", "table_id", "eplet_table"),
    )
    op.create_table(
        "eplet_fact",
        number("table_id"),
        text("eplet"),
        sa.Column("verified", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("table_id", "eplet", name="pk_eplet_fact"),
        link("eplet_fact", "table_id", "eplet_table"),
    )


def downgrade() -> None:
    for table in ("eplet_fact", "eplet_allele", "eplet_table"):
        op.drop_table(table)
