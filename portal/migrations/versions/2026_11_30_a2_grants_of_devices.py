"""A grant says which trusted device opened it, and whether it is to be remembered (adr/0162)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "f27c95e0a4b1"
down_revision = "e5b18c40d27a"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("grants") as batch:
        batch.add_column(sa.Column("trusted_device_id", WHOLE, nullable=True))
        batch.add_column(sa.Column("is_to_remember", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch.create_foreign_key(op.f("fk_grants_trusted_device_id"), "trusted_devices", ["trusted_device_id"], ["id"])
        batch.create_index(op.f("ix_grants_trusted_device_id"), ["trusted_device_id"])


def downgrade() -> None:
    """Ask for every key again that a device opened."""
    op.execute("DELETE FROM grants WHERE trusted_device_id IS NOT NULL")
    with op.batch_alter_table("grants") as batch:
        batch.drop_index(op.f("ix_grants_trusted_device_id"))
        batch.drop_constraint(op.f("fk_grants_trusted_device_id"), type_="foreignkey")
        batch.drop_column("is_to_remember")
        batch.drop_column("trusted_device_id")
