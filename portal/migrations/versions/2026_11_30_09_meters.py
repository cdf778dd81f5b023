"""Meters of points and the indices of readings (adr/0131)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "c51e7a90d3b8"
down_revision = "a84c1f0e67d2"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "meter_changes",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("delivery_point_id", WHOLE, nullable=False),
        sa.Column("gas_day", sa.Date(), nullable=False),
        sa.Column("serial", sa.String(40), nullable=False),
        sa.Column("first_index", sa.BigInteger(), nullable=False),
        sa.Column("former_index", sa.BigInteger(), nullable=True),
        sa.Column("factor_micro", WHOLE, nullable=False),
        sa.Column("digits", sa.Integer(), nullable=False),
        sa.Column("maximum_m3", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.String(300), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", WHOLE, nullable=False),
        sa.CheckConstraint("factor_micro > 0", name=op.f("ck_meter_changes_factor_positive")),
        sa.CheckConstraint("digits BETWEEN 4 AND 9", name=op.f("ck_meter_changes_digits_range")),
        sa.ForeignKeyConstraint(
            ["delivery_point_id"], ["delivery_points.id"], name=op.f("fk_meter_changes_delivery_point_id")
        ),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["users.id"], name=op.f("fk_meter_changes_recorded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meter_changes")),
        sa.UniqueConstraint("delivery_point_id", "gas_day", name=op.f("uq_meter_changes_delivery_point_id_gas_day")),
    )
    op.create_table(
        "index_readings",
        sa.Column("reading_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("meter_id", WHOLE, nullable=False),
        sa.Column("meter_index", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["reading_id"], ["readings.id"], name=op.f("fk_index_readings_reading_id")),
        sa.ForeignKeyConstraint(["meter_id"], ["meter_changes.id"], name=op.f("fk_index_readings_meter_id")),
        sa.PrimaryKeyConstraint("reading_id", name=op.f("pk_index_readings")),
    )


def downgrade() -> None:
    op.drop_table("index_readings")
    op.drop_table("meter_changes")
