"""Of a directive: the planned stem-cell donor's typing, and whether one serum is read or a peak of several."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("directive", sa.Column("planned_donor", sa.String(), nullable=False, server_default=""))
    op.add_column("directive", sa.Column("serum", sa.String(32), nullable=False, server_default="current"))
    op.add_column("directive", sa.Column("peak_months", sa.Integer(), nullable=True))


def downgrade() -> None:
    for column in ("peak_months", "serum", "planned_donor"):
        op.drop_column("directive", column)
