"""Browsers in which an account opens what it proved there without typing its keys again (adr/0162)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "e5b18c40d27a"
down_revision = "e16a04b7c2d9"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "trusted_devices",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("user_id", WHOLE, nullable=False),
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("previous_token_hash", sa.LargeBinary(32), nullable=True),
        sa.Column("rotated_at", MOMENT, nullable=False),
        sa.Column("browser", sa.String(60), nullable=False),
        sa.Column("address", sa.String(45), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_used_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_trusted_devices_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trusted_devices")),
        sa.UniqueConstraint("public_id", name=op.f("uq_trusted_devices_public_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_trusted_devices_token_hash")),
    )
    op.create_index(op.f("ix_trusted_devices_user_id"), "trusted_devices", ["user_id"])
    op.create_index(op.f("ix_trusted_devices_previous_token_hash"), "trusted_devices", ["previous_token_hash"])
    op.create_table(
        "remembered_keys",
        sa.Column("trusted_device_id", WHOLE, nullable=False),
        sa.Column("access_key_id", WHOLE, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["trusted_device_id"], ["trusted_devices.id"], name=op.f("fk_remembered_keys_trusted_device_id")
        ),
        sa.ForeignKeyConstraint(["access_key_id"], ["access_keys.id"], name=op.f("fk_remembered_keys_access_key_id")),
        sa.PrimaryKeyConstraint("trusted_device_id", "access_key_id", name=op.f("pk_remembered_keys")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_remembered_keys_access_key_id"), "remembered_keys", ["access_key_id"])


def downgrade() -> None:
    """Forget what devices open."""
    op.drop_table("remembered_keys")
    op.drop_table("trusted_devices")
