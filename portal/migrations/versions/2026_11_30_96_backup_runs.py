"""Copies of the database that were taken, and drills of their restore (adr/0160, adr/0161)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "e16a04b7c2d9"
down_revision = "5c0e7d19ab64"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
TABLE = "backup_runs"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("is_drill", sa.Boolean(), nullable=False),
        sa.Column("host", sa.String(255), nullable=False),
        sa.Column("began_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=False),
        sa.Column("file_name", sa.String(120), nullable=True),
        sa.Column("bytes", WHOLE, nullable=True),
        sa.Column("rows", WHOLE, nullable=True),
        sa.Column("problem", sa.String(500), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backup_runs")),
    )
    op.create_index(op.f("ix_backup_runs_is_drill_ended_at"), TABLE, ["is_drill", "ended_at"])


def downgrade() -> None:
    op.drop_table(TABLE)
