"""Requests that people practise, apart from everything that counts (adr/0173)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "e5f19a63c0b8"
down_revision = "c7e2490b18fd"
branch_labels = None
depends_on = None

TABLE = "practice_nominations"
WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("user_id", WHOLE, nullable=False),
        sa.Column("gas_day", sa.Date(), nullable=False),
        sa.Column("quantity_m3", sa.BigInteger(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_nominations")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_practice_nominations_user_id")),
        sa.CheckConstraint("quantity_m3 >= 0", name=op.f("ck_practice_nominations_quantity_not_negative")),
        sa.UniqueConstraint("public_id", name=op.f("uq_practice_nominations_public_id")),
    )
    op.create_index(op.f("ix_practice_nominations_user_id"), TABLE, ["user_id"])


def downgrade() -> None:
    op.drop_table(TABLE)
