"""Heating values of closed days put right by two people, and what each did to the points."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "b95e2d7a4c60"
down_revision = "a94f0c6d3b17"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "late_heating_values",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("exit_point_id", WHOLE, nullable=False),
        sa.Column("gas_day", sa.Date(), nullable=False),
        sa.Column("heating_value", sa.Integer(), nullable=False),
        sa.Column("replaced", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("requested_by_id", WHOLE, nullable=False),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("decided_by_id", WHOLE, nullable=True),
        sa.Column("approved", sa.Boolean(), nullable=True),
        sa.Column("heating_value_id", WHOLE, nullable=True),
        sa.CheckConstraint(
            "(approved IS NULL) = (decided_at IS NULL)", name=op.f("ck_late_heating_values_decided_once")
        ),
        sa.CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> requested_by_id",
            name=op.f("ck_late_heating_values_second_person"),
        ),
        sa.ForeignKeyConstraint(["decided_by_id"], ["users.id"], name=op.f("fk_late_heating_values_decided_by_id")),
        sa.ForeignKeyConstraint(
            ["exit_point_id"], ["exit_points.id"], name=op.f("fk_late_heating_values_exit_point_id")
        ),
        sa.ForeignKeyConstraint(
            ["heating_value_id"], ["heating_values.id"], name=op.f("fk_late_heating_values_heating_value_id")
        ),
        sa.ForeignKeyConstraint(["requested_by_id"], ["users.id"], name=op.f("fk_late_heating_values_requested_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_late_heating_values")),
        sa.UniqueConstraint("heating_value_id", name=op.f("uq_late_heating_values_heating_value_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_late_heating_values_public_id")),
    )
    op.create_index(op.f("ix_late_heating_values_exit_point_id"), "late_heating_values", ["exit_point_id"])
    op.create_table(
        "late_heating_effects",
        sa.Column("late_heating_value_id", WHOLE, nullable=False),
        sa.Column("delivery_point_id", WHOLE, nullable=False),
        sa.Column("treatment", sa.String(40), nullable=True),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("kept_until", sa.Date(), nullable=True),
        sa.Column("effect_m3", sa.BigInteger(), nullable=False),
        sa.Column("effect_mbtu", sa.BigInteger(), nullable=False),
        sa.Column("adjustment_id", WHOLE, nullable=True),
        sa.CheckConstraint(
            "treatment IS NULL OR treatment IN ('adjustment', 'restatement')",
            name=op.f("ck_late_heating_effects_treatment"),
        ),
        sa.CheckConstraint(
            "(kept_until IS NULL) = (treatment IS NOT NULL AND treatment = 'restatement')",
            name=op.f("ck_late_heating_effects_kept_unless_restated"),
        ),
        sa.ForeignKeyConstraint(
            ["adjustment_id"], ["adjustments.id"], name=op.f("fk_late_heating_effects_adjustment_id")
        ),
        sa.ForeignKeyConstraint(
            ["delivery_point_id"], ["delivery_points.id"], name=op.f("fk_late_heating_effects_delivery_point_id")
        ),
        sa.ForeignKeyConstraint(
            ["late_heating_value_id"],
            ["late_heating_values.id"],
            name=op.f("fk_late_heating_effects_late_heating_value_id"),
        ),
        sa.PrimaryKeyConstraint("late_heating_value_id", "delivery_point_id", name=op.f("pk_late_heating_effects")),
    )


def downgrade() -> None:
    op.drop_table("late_heating_effects")
    op.drop_index(op.f("ix_late_heating_values_exit_point_id"), "late_heating_values")
    op.drop_table("late_heating_values")
