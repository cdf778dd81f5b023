"""A trusted device keeps what was seen last where its person asked for it (adr/0167)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "d4c07a91be36"
down_revision = "c2e95b18f4c6"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "trusted_devices", sa.Column("keeps_last_seen", sa.Boolean(), server_default=sa.false(), nullable=False)
    )


def downgrade() -> None:
    """Let no device keep anything."""
    with op.batch_alter_table("trusted_devices") as batch:
        batch.drop_column("keeps_last_seen")
