"""Of a donor: the antigens found to be weakly expressed on their platelets, with the day of the test."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("donor", sa.Column("low_expression", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("donor", "low_expression")
