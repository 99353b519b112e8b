"""Autologous platelets: courses of chemotherapy, collections, units and their history."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import choice, encrypted, index, key, link, moment, number, text

revision = "0020"
down_revision = "0019"


def _day(name: str, *, null: bool = False) -> sa.Column:
    return sa.Column(name, sa.Date(), nullable=null)


def _real(name: str, *, null: bool = False) -> sa.Column:
    return sa.Column(name, sa.Float(), nullable=null)


def _flag(name: str) -> sa.Column:
    return sa.Column(name, sa.Boolean(), nullable=False)


def upgrade() -> None:
    _create_courses()
    _create_collections()
    _create_units()
    op.create_table(
        "autologous_event",
        *key("autologous_event"),
        number("patient_id"),
        choice("subject"),
        text("subject_key"),
        text("step"),
        moment("at"),
        text("actor"),
        sa.Column("details", sa.JSON(), nullable=False),
        encrypted("note", null=False),
        link("autologous_event", "patient_id", "patient"),
    )
    index("autologous_event", "patient_id")
    index("autologous_event", "subject_key")


def _create_courses() -> None:
    op.create_table(
        "chemo_course",
        *key("chemo_course"),
        text("code"),
        number("patient_id"),
        text("name"),
        _day("start_on"),
        _day("end_on"),
        number("aplasia_days"),
        number("units_wanted"),
        encrypted("note", null=False),
        moment("created_at"),
        text("created_by"),
        moment("cancelled_at", null=True),
        number("version_id"),
        link("chemo_course", "patient_id", "patient"),
        sa.UniqueConstraint("code", name="uq_chemo_course_code"),
    )
    index("chemo_course", "patient_id")
    index("chemo_course", "start_on")


def _create_collections() -> None:
    op.create_table(
        "autologous_collection",
        *key("autologous_collection"),
        text("code"),
        number("patient_id"),
        _day("day"),
        choice("status"),
        _flag("outside_window"),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("guard_rails", sa.JSON(), nullable=False),
        text("rules"),
        encrypted("note", null=False),
        encrypted("override_reason", null=False),
        text("overridden_by", null=True),
        moment("created_at"),
        text("created_by"),
        moment("done_at", null=True),
        text("done_by", null=True),
        number("version_id"),
        link("autologous_collection", "patient_id", "patient"),
        sa.UniqueConstraint("code", name="uq_autologous_collection_code"),
    )
    index("autologous_collection", "patient_id")
    index("autologous_collection", "day")


def _create_units() -> None:
    op.create_table(
        "autologous_unit",
        *key("autologous_unit"),
        text("number"),
        number("patient_id"),
        number("collection_id"),
        _real("content"),
        _real("volume_ml"),
        choice("method"),
        _real("dmso_percent", null=True),
        text("location"),
        _day("collected_on"),
        _day("expires_on"),
        _flag("is_labelled"),
        choice("markers", null=True),
        _day("markers_on", null=True),
        _flag("store_apart"),
        choice("status"),
        _day("reserved_for", null=True),
        moment("thawed_at", null=True),
        moment("thawed_use_by", null=True),
        _real("thawed_content", null=True),
        moment("ended_at", null=True),
        text("ended_reason"),
        number("request_id", null=True),
        moment("created_at"),
        text("created_by"),
        number("version_id"),
        link("autologous_unit", "patient_id", "patient"),
        link("autologous_unit", "collection_id", "autologous_collection"),
        link("autologous_unit", "request_id", "transfusion_request"),
        sa.UniqueConstraint("number", name="uq_autologous_unit_number"),
    )
    for name in ("patient_id", "collection_id", "expires_on", "status"):
        index("autologous_unit", name)


def downgrade() -> None:
    for table in ("autologous_event", "autologous_unit", "autologous_collection", "chemo_course"):
        op.drop_table(table)
