"""Holidays that staff withdrew, and those learnt after the first day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "a94f0c6d3b17"
down_revision = "91d83f0b6a72"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("holidays") as table:
        table.add_column(sa.Column("is_observed", sa.Boolean(), nullable=False, server_default=sa.true()))
        table.add_column(sa.Column("learnt_at", MOMENT, nullable=True))
        table.add_column(sa.Column("told_at", MOMENT, nullable=True))


def downgrade() -> None:
    # Before, a day that was no holiday had no row.
    op.execute("DELETE FROM holidays WHERE NOT is_observed")
    with op.batch_alter_table("holidays") as table:
        table.drop_column("told_at")
        table.drop_column("learnt_at")
        table.drop_column("is_observed")
