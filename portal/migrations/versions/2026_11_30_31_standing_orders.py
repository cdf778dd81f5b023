"""Standing orders, the nominations that they make, and their channel (adr/0132)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "e2f84b61c5a7"
down_revision = "c5e20b7a9d14"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
CHANNEL = "ck_nominations_channel"
OLD_CHANNELS = "channel IN ('web', 'call', 'operator', 'api', 'policy', 'carried-over')"
NEW_CHANNELS = OLD_CHANNELS.replace("'policy', ", "'policy', 'standing-order', ")
BY_RULE = "ix_nominations_by_rule"
OLD_MARKED = "channel = 'policy'"
NEW_MARKED = "channel IN ('policy', 'standing-order')"


def upgrade() -> None:
    op.create_table(
        "standing_orders",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("delivery_point_id", WHOLE, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(40), nullable=False),
        sa.Column("every_day_micro", WHOLE, nullable=True),
        sa.Column("sundays_micro", WHOLE, nullable=True),
        sa.Column("holidays_micro", WHOLE, nullable=True),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("content_hash", sa.LargeBinary(32), nullable=True),
        sa.Column("access_key_id", WHOLE, nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", WHOLE, nullable=False),
        sa.CheckConstraint("unit IN ('m3', 'MBTU')", name=op.f("ck_standing_orders_unit")),
        sa.CheckConstraint(
            "every_day_micro >= 0 AND (sundays_micro IS NULL OR sundays_micro >= 0) "
            "AND (holidays_micro IS NULL OR holidays_micro >= 0)",
            name=op.f("ck_standing_orders_not_negative"),
        ),
        sa.CheckConstraint(
            "(every_day_micro IS NULL) = (content_hash IS NULL) "
            "AND (every_day_micro IS NULL) = (access_key_id IS NULL)",
            name=op.f("ck_standing_orders_signed_with_a_key"),
        ),
        sa.CheckConstraint(
            "every_day_micro IS NOT NULL OR (sundays_micro IS NULL AND holidays_micro IS NULL AND last_day IS NULL)",
            name=op.f("ck_standing_orders_end_is_bare"),
        ),
        sa.ForeignKeyConstraint(
            ["delivery_point_id"], ["delivery_points.id"], name=op.f("fk_standing_orders_delivery_point_id")
        ),
        sa.ForeignKeyConstraint(["access_key_id"], ["access_keys.id"], name=op.f("fk_standing_orders_access_key_id")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["users.id"], name=op.f("fk_standing_orders_recorded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standing_orders")),
        sa.UniqueConstraint("public_id", name=op.f("uq_standing_orders_public_id")),
        sa.UniqueConstraint("delivery_point_id", "version", name=op.f("uq_standing_orders_delivery_point_id_version")),
    )
    op.create_table(
        "standing_order_uses",
        sa.Column("nomination_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("standing_order_id", WHOLE, nullable=False),
        sa.ForeignKeyConstraint(
            ["nomination_id"], ["nominations.id"], name=op.f("fk_standing_order_uses_nomination_id")
        ),
        sa.ForeignKeyConstraint(
            ["standing_order_id"], ["standing_orders.id"], name=op.f("fk_standing_order_uses_standing_order_id")
        ),
        sa.PrimaryKeyConstraint("nomination_id", name=op.f("pk_standing_order_uses")),
    )
    op.create_index(op.f("ix_standing_order_uses_standing_order_id"), "standing_order_uses", ["standing_order_id"])
    _change(NEW_CHANNELS, NEW_MARKED)


def downgrade() -> None:
    """Fail, changing nothing, where an order made a nomination: the former schema has no place for it."""
    op.drop_table("standing_order_uses")
    op.drop_table("standing_orders")
    _change(OLD_CHANNELS, OLD_MARKED)


def _change(channels: str, marked: str) -> None:
    op.drop_index(op.f(BY_RULE), table_name="nominations")
    with op.batch_alter_table("nominations") as batch:
        batch.drop_constraint(op.f(CHANNEL), type_="check")
        batch.create_check_constraint(op.f(CHANNEL), channels)
    op.create_index(
        op.f(BY_RULE),
        "nominations",
        ["delivery_point_id", "gas_day"],
        sqlite_where=sa.text(marked),
        postgresql_where=sa.text(marked),
    )
