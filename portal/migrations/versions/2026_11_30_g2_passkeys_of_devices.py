"""A trusted device says which passkey turned it on; an account holds the challenge of its passkeys (adr/0177)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "b81e6d4f3c07"
down_revision = "a7c3f05d92e8"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("users", sa.Column("passkey_challenge_sealed", sa.LargeBinary(), nullable=True))
    with op.batch_alter_table("trusted_devices") as batch:
        batch.add_column(sa.Column("passkey_id", WHOLE, nullable=True))
        batch.create_foreign_key(op.f("fk_trusted_devices_passkey_id"), "passkeys", ["passkey_id"], ["id"])
        batch.create_index(op.f("ix_trusted_devices_passkey_id"), ["passkey_id"])


def downgrade() -> None:
    """Forget the devices that a passkey turned on: it can no longer end them."""
    op.execute("DELETE FROM grants WHERE trusted_device_id IN (SELECT id FROM trusted_devices WHERE passkey_id > 0)")
    op.execute(
        "DELETE FROM remembered_keys WHERE trusted_device_id IN (SELECT id FROM trusted_devices WHERE passkey_id > 0)"
    )
    op.execute("DELETE FROM trusted_devices WHERE passkey_id > 0")
    with op.batch_alter_table("trusted_devices") as batch:
        batch.drop_index(op.f("ix_trusted_devices_passkey_id"))
        batch.drop_constraint(op.f("fk_trusted_devices_passkey_id"), type_="foreignkey")
        batch.drop_column("passkey_id")
    op.drop_column("users", "passkey_challenge_sealed")
