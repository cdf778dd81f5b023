"""Charges whose attempt has no outcome yet, so that what a killed process left can be given back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "c4d81f6a2e40"
down_revision = "70b3c5d1e8fa"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "open_charges",
        sa.Column("token", sa.String(length=24), nullable=False),
        sa.Column("charged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("process", sa.String(length=160), nullable=False),
        sa.Column("counted", sa.Text(), nullable=False),
        sa.Column("attempt_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_open_charges")),
        sa.ForeignKeyConstraint(["attempt_id"], ["key_attempts.id"], name=op.f("fk_open_charges_attempt_id")),
    )


def downgrade() -> None:
    op.drop_table("open_charges")
