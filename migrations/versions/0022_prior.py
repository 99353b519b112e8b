"""Of a result: what the registry said of the analyte before any result, so that it is doubted as long as it was not explained."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.add_column("donor_test", sa.Column("prior", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("donor_test", "prior")
