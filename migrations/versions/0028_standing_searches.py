"""Directives kept under watch, each look at them, and what changed."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import choice, index, key, link, moment, number, text

revision = "0028"
down_revision = "0027"


def day(name: str, *, null: bool = False) -> sa.Column:
    return sa.Column(name, sa.Date(), nullable=null)


def packed(name: str, *, null: bool = True) -> sa.Column:
    return sa.Column(name, sa.LargeBinary(), nullable=null)


def facts(name: str) -> sa.Column:
    return sa.Column(name, sa.JSON(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "standing_search",
        *key("standing_search"),
        number("patient_id"),
        moment("created_at"),
        text("created_by"),
        moment("ended_at", null=True),
        text("ended_by", null=True),
        day("ended_on", null=True),
        choice("end_reason", null=True),
        number("version_id"),
        link("standing_search", "patient_id", "patient"),
    )
    index("standing_search", "patient_id")
    still_open = sa.text("ended_at IS NULL")
    op.create_index(
        "uq_standing_search_open",
        "standing_search",
        ["patient_id"],
        unique=True,
        sqlite_where=still_open,
        postgresql_where=still_open,
    )
    op.create_table(
        "standing_facts",
        *key("standing_facts"),
        day("local_day"),
        moment("made_at"),
        packed("content", null=False),
    )
    op.create_table(
        "standing_look",
        *key("standing_look"),
        number("search_id"),
        day("local_day"),
        moment("made_at"),
        day("since_day", null=True),
        text("fault_code", null=True),
        facts("fault_params"),
        facts("counts"),
        facts("totals"),
        facts("versions"),
        number("facts_id", null=True),
        packed("case"),
        packed("compatible"),
        packed("grades"),
        link("standing_look", "search_id", "standing_search"),
        link("standing_look", "facts_id", "standing_facts"),
        sa.UniqueConstraint("search_id", "local_day", name="uq_standing_look_search_id_local_day"),
    )
    index("standing_look", "local_day")
    index("standing_look", "facts_id")
    op.create_table(
        "standing_change",
        *key("standing_change"),
        number("look_id"),
        number("donor_id"),
        choice("change"),
        choice("cause"),
        facts("details"),
        link("standing_change", "look_id", "standing_look"),
        link("standing_change", "donor_id", "donor"),
    )
    index("standing_change", "look_id")
    index("standing_change", "donor_id")


def downgrade() -> None:
    for table in ("standing_change", "standing_look", "standing_facts", "standing_search"):
        op.drop_table(table)
