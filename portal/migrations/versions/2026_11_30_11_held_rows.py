"""Rows of a file that were left to be mended (adr/0126)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "a41c7e0d52b8"
down_revision = "c51e7a90d3b8"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KINDS = "kind IN ('readings', 'heating-values', 'registry', 'authorised', 'tariffs')"


def upgrade() -> None:
    op.create_table(
        "held_rows",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("file_name", sa.String(200), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("texts", sa.Text(), nullable=False),
        sa.Column("problems", sa.Text(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("owner_id", WHOLE, nullable=True),
        sa.Column("reason", sa.String(500), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", WHOLE, nullable=True),
        sa.CheckConstraint(KINDS, name=op.f("ck_held_rows_kind")),
        sa.CheckConstraint("state IN ('waiting', 'mended', 'discarded')", name=op.f("ck_held_rows_state")),
        sa.CheckConstraint(
            "(state = 'waiting') = (decided_at IS NULL)", name=op.f("ck_held_rows_decided_when_not_waiting")
        ),
        sa.CheckConstraint(
            "state <> 'discarded' OR reason IS NOT NULL", name=op.f("ck_held_rows_reason_when_discarded")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_held_rows_owner_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["users.id"], name=op.f("fk_held_rows_decided_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_held_rows")),
        sa.UniqueConstraint("public_id", name=op.f("uq_held_rows_public_id")),
    )
    op.create_index("ix_held_rows_state", "held_rows", ["state", "id"])


def downgrade() -> None:
    op.drop_table("held_rows")
