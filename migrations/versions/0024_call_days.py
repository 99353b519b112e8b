"""The day of each call where the registry is kept, so that a campaign calls nobody who was called that day.

Of the calls made before, the day is that of UTC: which clocks the registry keeps is not known here.
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
CALLS = sa.table("donor_call", sa.column("id", sa.Integer), sa.column("at", sa.DateTime(timezone=True)),
                 sa.column("on_day", sa.Date))  # fmt: skip


def upgrade() -> None:
    with op.batch_alter_table("donor_call") as call:
        call.add_column(sa.Column("on_day", sa.Date(), nullable=True))
    database = op.get_bind()
    for known, at in database.execute(sa.select(CALLS.c.id, CALLS.c.at)).all():
        database.execute(CALLS.update().where(CALLS.c.id == known).values(on_day=at.date()))
    with op.batch_alter_table("donor_call") as call:
        call.alter_column("on_day", existing_type=sa.Date(), nullable=False)
        call.create_index("ix_donor_call_on_day", ["on_day"])


def downgrade() -> None:
    with op.batch_alter_table("donor_call") as call:
        call.drop_index("ix_donor_call_on_day")
        call.drop_column("on_day")
