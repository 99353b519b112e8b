"""The planned stem-cell donor's typing of a directive."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("directive", sa.Column("planned_donor", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("directive", "planned_donor")
