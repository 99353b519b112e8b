"""Requests, platelet antibodies, signed directives, reservations and calls, donations, restricted donors."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import choice, encrypted, index, key, link, moment, number, text

revision = "0006"
down_revision = "0005"


def _added() -> dict[str, list[sa.Column]]:
    return {
        "directive": [
            text("closed_by", null=True),
            sa.Column("valid_until", sa.Date(), nullable=True),
            sa.Column("note", sa.String(), nullable=False, server_default=""),
            text("signed_by", null=True),
            moment("signed_at", null=True),
        ],
        "donor": [
            moment("consent_withdrawn_at", null=True),
            moment("restricted_at", null=True),
            sa.Column("restriction_reason", sa.String(), nullable=False, server_default=""),
            moment("erased_at", null=True),
        ],
        "deferral": [
            sa.Column("recorded_by", sa.String(), nullable=False, server_default=""),
            moment("lifted_at", null=True),
            text("lifted_by", null=True),
        ],
    }


def upgrade() -> None:
    for table, columns in _added().items():
        for column in columns:
            op.add_column(table, column)
    _create_requests()
    _create_platelet_antibodies()
    _create_reservations()
    _create_donations()


def downgrade() -> None:
    for table in ("donation", "donor_call", "reservation", "platelet_antibody", "transfusion_request"):
        op.drop_table(table)
    for table, columns in _added().items():
        for column in columns:
            op.drop_column(table, column.name)


def _create_requests() -> None:
    op.create_table(
        "transfusion_request",
        *key("transfusion_request"),
        text("code"),
        number("patient_id"),
        text("hospital"),
        number("units"),
        moment("needed_by"),
        choice("urgency"),
        encrypted("contact", null=False),
        encrypted("note", null=False),
        choice("status"),
        moment("created_at"),
        text("created_by"),
        moment("closed_at", null=True),
        text("closed_by", null=True),
        number("version_id"),
        link("transfusion_request", "patient_id", "patient"),
        sa.UniqueConstraint("code", name="uq_transfusion_request_code"),
    )
    index("transfusion_request", "patient_id")


def _create_platelet_antibodies() -> None:
    op.create_table(
        "platelet_antibody",
        *key("platelet_antibody"),
        number("patient_id"),
        text("specificity"),
        choice("result"),
        text("method"),
        sa.Column("tested_on", sa.Date(), nullable=False),
        text("sample_code"),
        number("batch_id", null=True),
        moment("recorded_at"),
        text("recorded_by"),
        moment("withdrawn_at", null=True),
        text("withdrawn_by", null=True),
        text("withdrawal_reason"),
        link("platelet_antibody", "patient_id", "patient"),
        link("platelet_antibody", "batch_id", "import_batch"),
        sa.UniqueConstraint(
            "patient_id", "specificity", "method", "tested_on", "sample_code", name="uq_platelet_antibody_result"
        ),
    )
    index("platelet_antibody", "patient_id")


def _create_reservations() -> None:
    op.create_table(
        "reservation",
        *key("reservation"),
        text("code"),
        *[number(name) for name in ("donor_id", "patient_id")],
        number("request_id", null=True),
        sa.Column("day", sa.Date(), nullable=False),
        choice("status"),
        text("held_by"),
        moment("held_at"),
        moment("expires_at"),
        number("threshold_mfi", null=True),
        text("verdict", null=True),
        sa.Column("flags", sa.JSON(), nullable=False),
        encrypted("note", null=False),
        text("changed_by"),
        moment("changed_at"),
        number("version_id"),
        link("reservation", "donor_id", "donor"),
        link("reservation", "patient_id", "patient"),
        link("reservation", "request_id", "transfusion_request"),
        sa.UniqueConstraint("code", name="uq_reservation_code"),
    )
    for column in ("donor_id", "patient_id", "day"):
        index("reservation", column)
    occupying = sa.text("status IN ('held', 'confirmed')")
    op.create_index(
        "uq_reservation_donor_day",
        "reservation",
        ["donor_id", "day"],
        unique=True,
        sqlite_where=occupying,
        postgresql_where=occupying,
    )
    op.create_table(
        "donor_call",
        *key("donor_call"),
        number("reservation_id"),
        moment("at"),
        text("actor"),
        choice("outcome"),
        moment("call_back_at", null=True),
        encrypted("note", null=False),
        link("donor_call", "reservation_id", "reservation"),
    )
    index("donor_call", "reservation_id")


def _create_donations() -> None:
    op.create_table(
        "donation",
        *key("donation"),
        number("donor_id"),
        sa.Column("given_on", sa.Date(), nullable=False),
        choice("kind"),
        number("reservation_id", null=True),
        moment("recorded_at"),
        text("recorded_by"),
        link("donation", "donor_id", "donor"),
        link("donation", "reservation_id", "reservation"),
        sa.UniqueConstraint("donor_id", "given_on", "kind", name="uq_donation_donor_id_given_on_kind"),
    )
    index("donation", "donor_id")
