"""Recruitment campaigns with their invitations and steps, and the results of tests of donors."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import choice, encrypted, index, key, link, moment, number, text

revision = "0014"
down_revision = "0013"


def _day(name: str, *, null: bool = False) -> sa.Column:
    return sa.Column(name, sa.Date(), nullable=null)


def upgrade() -> None:
    op.create_table(
        "campaign",
        *key("campaign"),
        text("code"),
        text("name"),
        choice("purpose"),
        number("patient_id", null=True),
        encrypted("reason", null=False),
        sa.Column("target", sa.JSON(), nullable=False),
        sa.Column("criteria", sa.JSON(), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=True),
        number("number_wanted"),
        _day("deadline", null=True),
        choice("status"),
        moment("created_at"),
        text("created_by"),
        *[moment(name, null=True) for name in ("planned_at", "launched_at", "closed_at")],
        text("closing_reason"),
        number("version_id"),
        link("campaign", "patient_id", "patient"),
        sa.UniqueConstraint("code", name="uq_campaign_code"),
    )
    index("campaign", "patient_id")
    index("campaign", "status")
    _create_invitations()
    _create_donor_tests()


def _create_invitations() -> None:
    op.create_table(
        "invitation",
        *key("invitation"),
        text("code"),
        *[number(name) for name in ("campaign_id", "donor_id", "wave", "place")],
        sa.Column("reasons", sa.JSON(), nullable=False),
        choice("stage"),
        number("attempts"),
        _day("next_on", null=True),
        moment("appointment_at", null=True),
        sa.Column("second_sample", sa.Boolean(), nullable=False),
        text("lost_reason"),
        text("claimed_by", null=True),
        moment("claimed_until", null=True),
        moment("selected_at"),
        *[
            moment(f"{stage}_at", null=True)
            for stage in ("contacted", "answered", "agreed", "sampled", "tested", "found", "confirmed")
        ],
        number("version_id"),
        link("invitation", "campaign_id", "campaign"),
        link("invitation", "donor_id", "donor"),
        sa.UniqueConstraint("code", name="uq_invitation_code"),
        sa.UniqueConstraint("campaign_id", "donor_id", name="uq_invitation_campaign_donor"),
    )
    for name in ("campaign_id", "donor_id", "stage"):
        index("invitation", name)
    op.create_table(
        "invitation_step",
        *key("invitation_step"),
        number("invitation_id"),
        number("donor_id"),
        *[choice(name) for name in ("step", "from_stage", "to_stage", "channel")],
        moment("at"),
        _day("on_day"),
        text("actor"),
        encrypted("note", null=False),
        link("invitation_step", "invitation_id", "invitation"),
        link("invitation_step", "donor_id", "donor"),
    )
    index("invitation_step", "invitation_id")
    op.create_index("ix_invitation_step_donor_on", "invitation_step", ["donor_id", "on_day"])


def _create_donor_tests() -> None:
    op.create_table(
        "donor_test",
        *key("donor_test"),
        number("donor_id"),
        number("invitation_id", null=True),
        *[text(name) for name in ("analyte", "result", "platelets", "monocytes", "sample_code")],
        _day("sampled_on", null=True),
        _day("tested_on"),
        text("method"),
        number("batch_id", null=True),
        moment("recorded_at"),
        text("recorded_by"),
        moment("withdrawn_at", null=True),
        text("withdrawn_by", null=True),
        text("withdrawal_reason"),
        link("donor_test", "donor_id", "donor"),
        link("donor_test", "invitation_id", "invitation"),
        link("donor_test", "batch_id", "import_batch"),
        sa.UniqueConstraint("donor_id", "analyte", "sample_code", name="uq_donor_test_sample"),
    )
    index("donor_test", "donor_id")
    index("donor_test", "invitation_id")


def downgrade() -> None:
    for table in ("donor_test", "invitation_step", "invitation", "campaign"):
        op.drop_table(table)
