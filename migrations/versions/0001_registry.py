"""The registry: import batches, donors with their identity apart, typings, deferrals."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import choice, encrypted, index, key, link, moment, number, text, typing_columns

revision = "0001"
down_revision = None


def upgrade() -> None:
    _create_imports()
    _create_donors()
    _create_donor_details()


def downgrade() -> None:
    for table in (
        "deferral",
        "donor_eligibility_gap",
        "donor_typing",
        "donor_identity",
        "donor",
        "import_issue",
        "import_row",
        "import_batch",
    ):
        op.drop_table(table)


def _create_imports() -> None:
    op.create_table(
        "import_batch",
        *key("import_batch"),
        choice("kind"),
        choice("mode"),
        text("file_name"),
        text("file_hash"),
        moment("started_at"),
        moment("finished_at", null=True),
        text("actor"),
        text("encoding", null=True),
        text("separator", null=True),
        *[number(name) for name in ("rows", "created", "updated", "unchanged", "refused", "deactivated")],
    )
    index("import_batch", "file_hash")
    op.create_table(
        "import_row",
        *key("import_row"),
        number("batch_id"),
        number("line"),
        text("key"),
        choice("outcome"),
        link("import_row", "batch_id", "import_batch"),
    )
    index("import_row", "batch_id")
    op.create_table(
        "import_issue",
        *key("import_issue"),
        number("batch_id"),
        number("line", null=True),
        text("column", null=True),
        text("code"),
        choice("severity"),
        encrypted("raw", null=False),
        sa.Column("params", sa.JSON(), nullable=False),
        link("import_issue", "batch_id", "import_batch"),
    )
    index("import_issue", "batch_id")


def _create_donors() -> None:
    op.create_table(
        "donor",
        *key("donor"),
        text("donor_number"),
        choice("sex", null=True),
        *[text(name, null=True) for name in ("region", "centre", "ancestry")],
        sa.Column("consent_contact", sa.Boolean(), nullable=False),
        *[choice(name, null=True) for name in ("abo", "rhd", "cmv")],
        *[
            sa.Column(name, sa.Float(), nullable=True)
            for name in ("weight_kg", "height_cm", "platelet_count")
        ],
        number("pregnancies", null=True),
        choice("hla_antibody_screen", null=True),
        sa.Column("screened_on", sa.Date(), nullable=True),
        sa.Column("last_donation_on", sa.Date(), nullable=True),
        text("last_donation_type", null=True),
        number("donations_12m", null=True),
        choice("status"),
        *typing_columns(),
        moment("source_updated_at", null=True),
        text("row_hash", null=True),
        number("version_id"),
        moment("created_at"),
        moment("updated_at"),
        text("phenotype_key"),
        text("class_key"),
        sa.Column("searchable", sa.Boolean(), nullable=False),
        number("eligible_from_day"),
        number("eligible_until_day"),
        sa.Column("has_gaps", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("donor_number", name="uq_donor_donor_number"),
    )


def _create_donor_details() -> None:
    indexes = ("name_index", "birth_date_index", "phone_index", "email_index")
    op.create_table(
        "donor_identity",
        number("donor_id"),
        *[
            encrypted(name)
            for name in ("last_name", "first_name", "birth_date", "postcode", "phone", "email")
        ],
        *[text(name, null=True) for name in indexes],
        sa.PrimaryKeyConstraint("donor_id", name="pk_donor_identity"),
        link("donor_identity", "donor_id", "donor"),
    )
    for name in indexes:
        index("donor_identity", name)
    op.create_table(
        "donor_typing",
        *key("donor_typing"),
        number("donor_id"),
        moment("recorded_at"),
        number("batch_id", null=True),
        text("source"),
        *typing_columns(),
        link("donor_typing", "donor_id", "donor"),
        link("donor_typing", "batch_id", "import_batch"),
    )
    index("donor_typing", "donor_id")
    op.create_table(
        "donor_eligibility_gap",
        *[number(name) for name in ("donor_id", "from_day", "until_day")],
        sa.PrimaryKeyConstraint("donor_id", "from_day", name="pk_donor_eligibility_gap"),
        link("donor_eligibility_gap", "donor_id", "donor"),
    )
    op.create_table(
        "deferral",
        *key("deferral"),
        number("donor_id"),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        text("reason"),
        moment("recorded_at"),
        link("deferral", "donor_id", "donor"),
    )
    index("deferral", "donor_id")
