"""Why a campaign was paused or closed, in words that may name a person: encrypted, with those written in clear before.

Only where such words were written are the keys of the installation needed. Downwards they stand in clear again.
"""

from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

from models.crypto import decrypt_bytes, encrypt_bytes

revision = "0026"
down_revision = "0025"
CAMPAIGN = sa.table("campaign", sa.column("id", sa.Integer), sa.column("closing_reason", sa.Text))


def upgrade() -> None:
    with op.batch_alter_table("campaign") as campaign:
        campaign.alter_column("closing_reason", existing_type=sa.String(), type_=sa.Text(), existing_nullable=False)
        campaign.add_column(sa.Column("pause_reason", sa.Text(), nullable=False, server_default=""))
    with op.batch_alter_table("campaign") as campaign:
        campaign.alter_column("pause_reason", existing_type=sa.Text(), server_default=None)
    _rewrite(encrypt_bytes)


def downgrade() -> None:
    _rewrite(decrypt_bytes)
    with op.batch_alter_table("campaign") as campaign:
        campaign.drop_column("pause_reason")
        campaign.alter_column("closing_reason", existing_type=sa.Text(), type_=sa.String(), existing_nullable=False)


def _rewrite(change: Callable[[bytes], bytes]) -> None:
    database, words = op.get_bind(), CAMPAIGN.c.closing_reason
    for known, text in database.execute(sa.select(CAMPAIGN.c.id, words).where(words != "")).all():
        written = change(text.encode()).decode()
        database.execute(CAMPAIGN.update().where(CAMPAIGN.c.id == known).values(closing_reason=written))
