"""A batch says with which other points it is signed (adr/0163)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "b2d9f31a6c08"
down_revision = "b1c4e07d92f5"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("nomination_batches") as batch:
        batch.add_column(sa.Column("group_id", WHOLE, nullable=True))
        batch.create_foreign_key(op.f("fk_nomination_batches_group_id"), "nomination_groups", ["group_id"], ["id"])
    op.create_index(
        op.f("ix_nomination_batches_group_id"),
        "nomination_batches",
        ["group_id"],
        sqlite_where=sa.text("group_id IS NOT NULL"),
        postgresql_where=sa.text("group_id IS NOT NULL"),
    )


def downgrade() -> None:
    """Drop the lists that wait for a signature; what was signed stays, each point by itself."""
    op.execute(
        "DELETE FROM nomination_batch_lines WHERE batch_id IN "
        "(SELECT id FROM nomination_batches WHERE group_id IS NOT NULL AND signed_at IS NULL)"
    )
    op.execute("DELETE FROM nomination_batches WHERE group_id IS NOT NULL AND signed_at IS NULL")
    op.drop_index(op.f("ix_nomination_batches_group_id"), "nomination_batches")
    with op.batch_alter_table("nomination_batches") as batch:
        batch.drop_constraint(op.f("fk_nomination_batches_group_id"), type_="foreignkey")
        batch.drop_column("group_id")
