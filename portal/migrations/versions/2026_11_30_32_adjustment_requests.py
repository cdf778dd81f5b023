"""Adjustments beyond the limit are proposed by one person and decided by another (adr/0130)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "e07b42c8d51f"
down_revision = "e2f84b61c5a7"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
NAME = "ck_setting_rows_name"
OLD = "name IN ('tolerance', 'close-policy', 'suspicious-factor', 'unit-factor-low', 'unit-factor-high')"
NEW = OLD.replace("'unit-factor-high'", "'unit-factor-high', 'adjustment-limit'")


def upgrade() -> None:
    op.create_table(
        "adjustment_requests",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("delivery_point_id", WHOLE, nullable=False),
        sa.Column("other_point_id", WHOLE, nullable=True),
        sa.Column("gas_day", sa.Date(), nullable=False),
        sa.Column("unit", sa.String(40), nullable=False),
        sa.Column("quantity_micro", WHOLE, nullable=False),
        sa.Column("note", sa.String(500), nullable=False),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("requested_by_id", WHOLE, nullable=False),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("decided_by_id", WHOLE, nullable=True),
        sa.Column("approved", sa.Boolean(), nullable=True),
        sa.CheckConstraint(
            "reason IN ('netting', 'payback', 'compensation')", name=op.f("ck_adjustment_requests_reason")
        ),
        sa.CheckConstraint("unit IN ('m3', 'MBTU')", name=op.f("ck_adjustment_requests_unit")),
        sa.CheckConstraint(
            "(reason = 'netting') = (other_point_id IS NOT NULL)",
            name=op.f("ck_adjustment_requests_other_point_of_a_netting"),
        ),
        sa.CheckConstraint(
            "other_point_id IS NULL OR other_point_id <> delivery_point_id",
            name=op.f("ck_adjustment_requests_two_points"),
        ),
        sa.CheckConstraint(
            "(approved IS NULL) = (decided_at IS NULL)", name=op.f("ck_adjustment_requests_decided_once")
        ),
        sa.CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> requested_by_id",
            name=op.f("ck_adjustment_requests_second_person"),
        ),
        sa.ForeignKeyConstraint(
            ["delivery_point_id"], ["delivery_points.id"], name=op.f("fk_adjustment_requests_delivery_point_id")
        ),
        sa.ForeignKeyConstraint(
            ["other_point_id"], ["delivery_points.id"], name=op.f("fk_adjustment_requests_other_point_id")
        ),
        sa.ForeignKeyConstraint(["requested_by_id"], ["users.id"], name=op.f("fk_adjustment_requests_requested_by_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["users.id"], name=op.f("fk_adjustment_requests_decided_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adjustment_requests")),
        sa.UniqueConstraint("public_id", name=op.f("uq_adjustment_requests_public_id")),
    )
    op.create_index(op.f("ix_adjustment_requests_delivery_point_id"), "adjustment_requests", ["delivery_point_id"])
    _check(NEW)


def downgrade() -> None:
    """Fail, changing nothing, where a limit was set: the former schema has no place for it."""
    _check(OLD)
    op.drop_table("adjustment_requests")


def _check(said: str) -> None:
    with op.batch_alter_table("setting_rows") as batch:
        batch.drop_constraint(op.f(NAME), type_="check")
        batch.create_check_constraint(op.f(NAME), said)
