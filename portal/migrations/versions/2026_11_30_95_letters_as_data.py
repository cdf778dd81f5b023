"""The mail of a signature is kept as data, which the worker renders (adr/0147)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "5c0e7d19ab64"
down_revision = "5c8e1f09b7d2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox_messages", sa.Column("letter", sa.Text()))


def downgrade() -> None:
    """Drop the column; a mail of that kind that still waits leaves empty, so let the worker send them first."""
    with op.batch_alter_table("outbox_messages") as batch:
        batch.drop_column("letter")
