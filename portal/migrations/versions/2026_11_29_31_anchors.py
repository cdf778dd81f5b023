"""Anchors of all that is only added, kept in the database and in a file of each host."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "5c7a1e94d2f0"
down_revision = "3b0f6d2c9e51"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "anchors",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("mac", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_anchors")),
    )
    op.create_table(
        "anchor_files",
        sa.Column("place", sa.String(length=300), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("place", name=op.f("pk_anchor_files")),
    )


def downgrade() -> None:
    op.drop_table("anchor_files")
    op.drop_table("anchors")
