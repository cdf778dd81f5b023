"""Indexes of the order of long lists, of the closings of a month and of its uncertified days (adr/0138)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "c3f58e21a906"
down_revision = "b72d04e91c5f"
branch_labels = None
depends_on = None

STANDINGS = "ix_monthly_balances_standings"
COLUMNS = ["month", "delivery_point_id", "days_out", "strain", "last_measured_on", "last_imbalance_m3"]
COLUMNS += ["last_imbalance_mbtu", "imbalance_m3", "imbalance_mbtu", "closing_m3", "closing_mbtu", "measured_days"]
COLUMNS += ["measured_before"]
UNCERTIFIED = sa.text("reading_state IN ('provisional', 'estimated')")


def upgrade() -> None:
    op.create_index(op.f("ix_delivery_points_sort_name"), "delivery_points", ["sort_name", "id"])
    op.create_index(op.f("ix_delivery_points_starts_on_ends_on"), "delivery_points", ["starts_on", "ends_on"])
    op.create_index(op.f("ix_month_closings_month_delivery_point_id"), "month_closings", ["month", "delivery_point_id"])
    op.drop_index(STANDINGS, "monthly_balances")
    op.create_index(STANDINGS, "monthly_balances", [*COLUMNS, "consumed_m3"])
    op.create_index(
        op.f("ix_daily_balances_uncertified"),
        "daily_balances",
        ["gas_day", "delivery_point_id", "reading_state", "consumed_m3"],
        sqlite_where=UNCERTIFIED,
        postgresql_where=UNCERTIFIED,
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_daily_balances_uncertified"), "daily_balances")
    op.drop_index(STANDINGS, "monthly_balances")
    op.create_index(STANDINGS, "monthly_balances", COLUMNS)
    op.drop_index(op.f("ix_month_closings_month_delivery_point_id"), "month_closings")
    op.drop_index(op.f("ix_delivery_points_starts_on_ends_on"), "delivery_points")
    op.drop_index(op.f("ix_delivery_points_sort_name"), "delivery_points")
