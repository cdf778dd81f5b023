"""What a file leaves open: the answers of each, and what holds for every file of a sender."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "c80f1e5a9d27"
down_revision = "c5d20b7e4f19"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "file_senders",
        sa.Column("sender", sa.String(length=200), nullable=False),
        sa.Column("stamp_ends", sa.Boolean(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", WHOLE, nullable=True),
        sa.ForeignKeyConstraint(["decided_by_id"], ["users.id"], name=op.f("fk_file_senders_decided_by_id")),
        sa.PrimaryKeyConstraint("sender", name=op.f("pk_file_senders")),
    )
    op.add_column("uploads", sa.Column("answers", sa.String(length=200), nullable=True))
    op.add_column("nomination_batches", sa.Column("left_out", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("nomination_batches", "left_out")
    op.drop_column("uploads", "answers")
    op.drop_table("file_senders")
