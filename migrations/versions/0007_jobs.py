"""Work asked for and done in the jobs process, uploaded files, and an index on whom the audit trail speaks of."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import choice, index, key, link, moment, number, text

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "job_request",
        text("id"),
        text("kind"),
        sa.Column("params", sa.JSON(), nullable=False),
        choice("status"),
        text("requested_by"),
        moment("requested_at"),
        moment("started_at", null=True),
        moment("finished_at", null=True),
        *[number(name) for name in ("done", "total")],
        text("fault_code", null=True),
        sa.Column("fault_params", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_job_request"),
    )
    index("job_request", "status")
    op.create_table(
        "job_run",
        *key("job_run"),
        text("job"),
        sa.Column("local_day", sa.Date(), nullable=False),
        choice("status"),
        moment("started_at"),
        moment("finished_at", null=True),
        sa.Column("details", sa.JSON(), nullable=False),
        text("fault_code", null=True),
        sa.UniqueConstraint("job", "local_day", name="uq_job_run_job_local_day"),
    )
    op.create_table("job_heartbeat", *key("job_heartbeat"), moment("at"), text("host"), number("pid"))
    _create_uploads()
    op.create_index("ix_audit_event_subject", "audit_event", ["subject_type", "subject_key"])


def downgrade() -> None:
    op.drop_index("ix_audit_event_subject", "audit_event")
    for table in ("upload", "job_heartbeat", "job_run", "job_request"):
        op.drop_table(table)


def _create_uploads() -> None:
    op.create_table(
        "upload",
        text("id"),
        *[text(name) for name in ("file_name", "file_hash")],
        number("size"),
        *[choice(name) for name in ("kind", "mode", "status")],
        *[sa.Column(name, sa.JSON(), nullable=False) for name in ("columns", "options", "result")],
        text("job_id", null=True),
        number("batch_id", null=True),
        text("uploaded_by"),
        moment("uploaded_at"),
        moment("changed_at"),
        sa.PrimaryKeyConstraint("id", name="pk_upload"),
        sa.ForeignKeyConstraint(["job_id"], ["job_request.id"], name="fk_upload_job_id_job_request"),
        link("upload", "batch_id", "import_batch"),
    )
