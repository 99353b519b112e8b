"""Reference releases, the registry's state, and the append-only audit trail."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import choice, key, moment, number, text

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    _create_reference()
    _create_audit()


def downgrade() -> None:
    for table in (
        "audit_event",
        "reference_release",
        "registry_state",
    ):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        # The triggers went with their table; the function did not.
        op.execute("DROP FUNCTION audit_event_is_append_only()")


def _create_reference() -> None:
    op.create_table(
        "registry_state",
        *key("registry_state"),
        number("version"),
        text("reference_name"),
        text("rules_name"),
        moment("changed_at"),
    )
    op.create_table(
        "reference_release",
        *key("reference_release"),
        text("name"),
        choice("kind"),
        moment("loaded_at"),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("provenance", sa.JSON(), nullable=False),
        sa.UniqueConstraint("name", name="uq_reference_release_name"),
    )
    op.create_index(
        "uq_reference_release_one_active",
        "reference_release",
        ["active"],
        unique=True,
        sqlite_where=sa.text("active"),
        postgresql_where=sa.text("active"),
    )


def _create_audit() -> None:
    op.create_table(
        "audit_event",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        moment("at"),
        *[text(name) for name in ("actor", "action", "subject_type", "subject_key")],
        sa.Column("details", sa.JSON(), nullable=False),
        text("previous_hash"),
        text("hash"),
        sa.PrimaryKeyConstraint("id", name="pk_audit_event"),
        sa.UniqueConstraint("previous_hash", name="uq_audit_event_previous_hash"),
    )
    statements = POSTGRESQL_GUARDS if op.get_bind().dialect.name == "postgresql" else SQLITE_GUARDS
    for statement in statements:
        op.execute(statement)


# Only adding is allowed. A migration that rebuilds this table in batch mode drops the triggers: make them again.
SQLITE_GUARDS = (
    """CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event
       BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END""",
    """CREATE TRIGGER audit_event_no_delete BEFORE DELETE ON audit_event
       BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END""",
    # INSERT OR REPLACE deletes the old row without asking the trigger above.
    """CREATE TRIGGER audit_event_no_replace BEFORE INSERT ON audit_event
       WHEN EXISTS (SELECT 1 FROM audit_event WHERE id = NEW.id OR previous_hash = NEW.previous_hash)
       BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END""",
)
POSTGRESQL_GUARDS = (
    """CREATE FUNCTION audit_event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'audit_event is append-only'; END $$""",
    """CREATE TRIGGER audit_event_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_event
       FOR EACH STATEMENT EXECUTE FUNCTION audit_event_is_append_only()""",
)
