"""Divisions of donors that were kept, donors fixed or forbidden for a request, and overrides."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import choice, encrypted, index, key, link, moment, number, text

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    op.create_table(
        "allocation_run",
        *key("allocation_run"),
        text("code"),
        sa.Column("first_on", sa.Date(), nullable=False),
        number("days"),
        moment("made_at"),
        text("made_by"),
        text("previous_code", null=True),
        text("snapshot"),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.UniqueConstraint("code", name="uq_allocation_run_code"),
    )
    op.create_table(
        "allocation_mark",
        *key("allocation_mark"),
        text("code"),
        number("request_id"),
        number("donor_id"),
        choice("kind"),
        sa.Column("day", sa.Date(), nullable=True),
        encrypted("reason", null=False),
        moment("made_at"),
        text("made_by"),
        moment("lifted_at", null=True),
        text("lifted_by", null=True),
        link("allocation_mark", "request_id", "transfusion_request"),
        link("allocation_mark", "donor_id", "donor"),
        sa.UniqueConstraint("code", name="uq_allocation_mark_code"),
    )
    op.create_table(
        "allocation_override",
        *key("allocation_override"),
        text("code"),
        number("run_id"),
        number("request_id"),
        number("donor_id"),
        sa.Column("day", sa.Date(), nullable=False),
        encrypted("reason", null=False),
        moment("asked_at"),
        text("asked_by"),
        choice("status"),
        moment("decided_at", null=True),
        text("decided_by", null=True),
        number("reservation_id", null=True),
        number("version_id"),
        link("allocation_override", "run_id", "allocation_run"),
        link("allocation_override", "request_id", "transfusion_request"),
        link("allocation_override", "donor_id", "donor"),
        link("allocation_override", "reservation_id", "reservation"),
        sa.UniqueConstraint("code", name="uq_allocation_override_code"),
    )
    for column in ("request_id", "donor_id"):
        index("allocation_mark", column)
    for column in ("run_id", "request_id", "donor_id"):
        index("allocation_override", column)


def downgrade() -> None:
    for table in ("allocation_override", "allocation_mark", "allocation_run"):
        op.drop_table(table)
