"""Patients, their sera and beads, directives and searches."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import choice, encrypted, index, key, link, moment, number, text, typing_columns

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    _create_patients()
    _create_sera()
    _create_directives()
    _create_searches()


def downgrade() -> None:
    for table in (
        "search",
        "directive_specificity",
        "directive",
        "bead",
        "serum_sample",
        "patient",
    ):
        op.drop_table(table)


def _create_patients() -> None:
    op.create_table(
        "patient",
        *key("patient"),
        text("patient_number"),
        text("antibody_sample", null=True),
        *[choice(name, null=True) for name in ("abo", "rhd", "sex")],
        encrypted("birth_date"),
        *[sa.Column(name, sa.Float(), nullable=True) for name in ("weight_kg", "height_cm")],
        *typing_columns(),
        *[text(name, null=True) for name in ("diagnosis", "region", "centre")],
        text("row_hash", null=True),
        moment("source_updated_at", null=True),
        number("version_id"),
        moment("created_at"),
        moment("updated_at"),
        sa.UniqueConstraint("patient_number", name="uq_patient_patient_number"),
    )
    index("patient", "antibody_sample")


def _create_sera() -> None:
    op.create_table(
        "serum_sample",
        *key("serum_sample"),
        number("patient_id"),
        text("sample_code"),
        choice("hla_class"),
        text("kit_lot"),
        sa.Column("run_on", sa.Date(), nullable=True),
        sa.Column("sampled_on", sa.Date(), nullable=True),
        text("source_format"),
        text("treatment"),
        number("batch_id", null=True),
        text("content_hash"),
        moment("created_at"),
        link("serum_sample", "patient_id", "patient"),
        link("serum_sample", "batch_id", "import_batch"),
        sa.UniqueConstraint(
            "sample_code", "hla_class", "kit_lot", name="uq_serum_sample_sample_code_hla_class_kit_lot"
        ),
    )
    index("serum_sample", "patient_id")
    op.create_table(
        "bead",
        *key("bead"),
        number("sample_id"),
        number("position"),
        choice("kind"),
        text("allele_text"),
        sa.Column("raw_mfi", sa.Float(), nullable=True),
        sa.Column("mfi", sa.Float(), nullable=False),
        link("bead", "sample_id", "serum_sample"),
        sa.UniqueConstraint("sample_id", "position", name="uq_bead_sample_id_position"),
        sa.CheckConstraint("mfi >= 0", name=op.f("ck_bead_mfi_not_negative")),
    )


def _create_directives() -> None:
    op.create_table(
        "directive",
        *key("directive"),
        number("patient_id"),
        number("version"),
        choice("status"),
        number("threshold_mfi"),
        text("sample_code", null=True),
        text("loci"),
        sa.Column("hpa_antibodies", sa.JSON(), nullable=False),
        sa.Column("anti_cd36", sa.Boolean(), nullable=False),
        choice("abo_rule"),
        text("actor"),
        moment("created_at"),
        moment("closed_at", null=True),
        link("directive", "patient_id", "patient"),
        sa.UniqueConstraint("patient_id", "version", name="uq_directive_patient_id_version"),
    )
    current = sa.text("status = 'current'")
    op.create_index(
        "uq_directive_one_current",
        "directive",
        ["patient_id"],
        unique=True,
        sqlite_where=current,
        postgresql_where=current,
    )
    op.create_table(
        "directive_specificity",
        *key("directive_specificity"),
        number("directive_id"),
        choice("action"),
        text("specificity"),
        text("reason"),
        link("directive_specificity", "directive_id", "directive"),
        sa.UniqueConstraint(
            "directive_id",
            "action",
            "specificity",
            name="uq_directive_specificity_directive_id_action_specificity",
        ),
    )


def _create_searches() -> None:
    op.create_table(
        "search",
        text("id"),
        number("patient_id"),
        number("directive_id", null=True),
        sa.Column("on_day", sa.Date(), nullable=False),
        number("threshold_mfi"),
        text("policy"),
        text("loci"),
        sa.Column("versions", sa.JSON(), nullable=False),
        text("snapshot_id"),
        sa.Column("result", sa.JSON(), nullable=False),
        moment("created_at"),
        text("actor"),
        sa.PrimaryKeyConstraint("id", name="pk_search"),
        link("search", "patient_id", "patient"),
        link("search", "directive_id", "directive"),
    )
    index("search", "patient_id")
