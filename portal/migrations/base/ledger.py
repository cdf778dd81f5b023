"""Balances and their sources: adjustments, closed months, late corrections, settings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from .types import MOMENT, WHOLE


def create() -> None:
    op.create_table(
        "adjustments",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("delivery_point_id", WHOLE, nullable=False),
        sa.Column("gas_day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("note", sa.String(500), nullable=False),
        sa.Column("quantity_m3", sa.BigInteger(), nullable=False),
        sa.Column("quantity_mbtu", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("recorded_by_id", WHOLE, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adjustments")),
        sa.ForeignKeyConstraint(
            ["delivery_point_id"], ["delivery_points.id"], name=op.f("fk_adjustments_delivery_point_id")
        ),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["users.id"], name=op.f("fk_adjustments_recorded_by_id")),
        sa.CheckConstraint(
            "reason IN ('netting', 'payback', 'compensation', 'correction')", name=op.f("ck_adjustments_reason")
        ),
    )
    op.create_index(op.f("ix_adjustments_delivery_point_id"), "adjustments", ["delivery_point_id"])
    op.create_table(
        "daily_balances",
        sa.Column("delivery_point_id", WHOLE, nullable=False),
        sa.Column("gas_day", sa.Date(), nullable=False),
        sa.Column("nominated_m3", sa.BigInteger(), nullable=True),
        sa.Column("nominated_mbtu", sa.BigInteger(), nullable=True),
        sa.Column("nomination_revision", sa.Integer(), nullable=True),
        sa.Column("authorised_m3", sa.BigInteger(), nullable=True),
        sa.Column("authorised_mbtu", sa.BigInteger(), nullable=True),
        sa.Column("cut_reason", sa.String(40), nullable=True),
        sa.Column("consumed_m3", sa.BigInteger(), nullable=True),
        sa.Column("consumed_mbtu", sa.BigInteger(), nullable=True),
        sa.Column("reading_state", sa.String(40), nullable=True),
        sa.Column("heating_value", sa.Integer(), nullable=True),
        sa.Column("heating_value_provisional", sa.Boolean(), nullable=False),
        sa.Column("adjustment_m3", sa.BigInteger(), nullable=False),
        sa.Column("adjustment_mbtu", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("delivery_point_id", "gas_day", name=op.f("pk_daily_balances")),
        sa.ForeignKeyConstraint(
            ["delivery_point_id"], ["delivery_points.id"], name=op.f("fk_daily_balances_delivery_point_id")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "monthly_balances",
        sa.Column("delivery_point_id", WHOLE, nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("nominated_m3", sa.BigInteger(), nullable=False),
        sa.Column("nominated_mbtu", sa.BigInteger(), nullable=False),
        sa.Column("authorised_m3", sa.BigInteger(), nullable=False),
        sa.Column("authorised_mbtu", sa.BigInteger(), nullable=False),
        sa.Column("consumed_m3", sa.BigInteger(), nullable=False),
        sa.Column("consumed_mbtu", sa.BigInteger(), nullable=False),
        sa.Column("imbalance_m3", sa.BigInteger(), nullable=False),
        sa.Column("imbalance_mbtu", sa.BigInteger(), nullable=False),
        sa.Column("adjustment_m3", sa.BigInteger(), nullable=False),
        sa.Column("adjustment_mbtu", sa.BigInteger(), nullable=False),
        sa.Column("opening_m3", sa.BigInteger(), nullable=False),
        sa.Column("opening_mbtu", sa.BigInteger(), nullable=False),
        sa.Column("closing_m3", sa.BigInteger(), nullable=False),
        sa.Column("closing_mbtu", sa.BigInteger(), nullable=False),
        sa.Column("measured_days", sa.Integer(), nullable=False),
        sa.Column("measured_before", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("delivery_point_id", "month", name=op.f("pk_monthly_balances")),
        sa.ForeignKeyConstraint(
            ["delivery_point_id"], ["delivery_points.id"], name=op.f("fk_monthly_balances_delivery_point_id")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "month_closings",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("statement_number", sa.String(20), nullable=False),
        sa.Column("delivery_point_id", WHOLE, nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("nominated_m3", sa.BigInteger(), nullable=False),
        sa.Column("nominated_mbtu", sa.BigInteger(), nullable=False),
        sa.Column("authorised_m3", sa.BigInteger(), nullable=False),
        sa.Column("authorised_mbtu", sa.BigInteger(), nullable=False),
        sa.Column("consumed_m3", sa.BigInteger(), nullable=False),
        sa.Column("consumed_mbtu", sa.BigInteger(), nullable=False),
        sa.Column("imbalance_m3", sa.BigInteger(), nullable=False),
        sa.Column("imbalance_mbtu", sa.BigInteger(), nullable=False),
        sa.Column("adjustment_m3", sa.BigInteger(), nullable=False),
        sa.Column("adjustment_mbtu", sa.BigInteger(), nullable=False),
        sa.Column("opening_m3", sa.BigInteger(), nullable=False),
        sa.Column("opening_mbtu", sa.BigInteger(), nullable=False),
        sa.Column("closing_m3", sa.BigInteger(), nullable=False),
        sa.Column("closing_mbtu", sa.BigInteger(), nullable=False),
        sa.Column("measured_days", sa.Integer(), nullable=False),
        sa.Column("missing_days", sa.Integer(), nullable=False),
        sa.Column("provisional_days", sa.Integer(), nullable=False),
        sa.Column("days_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("reason", sa.String(500), nullable=True),
        sa.Column("closed_at", MOMENT, nullable=False),
        sa.Column("closed_by_id", WHOLE, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_month_closings")),
        sa.ForeignKeyConstraint(["closed_by_id"], ["users.id"], name=op.f("fk_month_closings_closed_by_id")),
        sa.ForeignKeyConstraint(
            ["delivery_point_id"], ["delivery_points.id"], name=op.f("fk_month_closings_delivery_point_id")
        ),
        sa.UniqueConstraint(
            "delivery_point_id", "month", "version", name=op.f("uq_month_closings_delivery_point_id_month_version")
        ),
        sa.UniqueConstraint("statement_number", name=op.f("uq_month_closings_statement_number")),
        sa.CheckConstraint("(version > 1) = (reason IS NOT NULL)", name=op.f("ck_month_closings_reason_when_restated")),
    )
    op.create_table(
        "late_corrections",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("delivery_point_id", WHOLE, nullable=False),
        sa.Column("gas_day", sa.Date(), nullable=False),
        sa.Column("volume_m3", sa.BigInteger(), nullable=False),
        sa.Column("replaced_m3", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("exception_clause", sa.String(40), nullable=True),
        sa.Column("exception_reason", sa.String(300), nullable=True),
        sa.Column("treatment", sa.String(40), nullable=True),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("requested_by_id", WHOLE, nullable=False),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("decided_by_id", WHOLE, nullable=True),
        sa.Column("approved", sa.Boolean(), nullable=True),
        sa.Column("adjustment_id", WHOLE, nullable=True),
        sa.Column("reading_id", WHOLE, nullable=True),
        sa.Column("closing_id", WHOLE, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_late_corrections")),
        sa.ForeignKeyConstraint(["adjustment_id"], ["adjustments.id"], name=op.f("fk_late_corrections_adjustment_id")),
        sa.ForeignKeyConstraint(["closing_id"], ["month_closings.id"], name=op.f("fk_late_corrections_closing_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["users.id"], name=op.f("fk_late_corrections_decided_by_id")),
        sa.ForeignKeyConstraint(
            ["delivery_point_id"], ["delivery_points.id"], name=op.f("fk_late_corrections_delivery_point_id")
        ),
        sa.ForeignKeyConstraint(["reading_id"], ["readings.id"], name=op.f("fk_late_corrections_reading_id")),
        sa.ForeignKeyConstraint(["requested_by_id"], ["users.id"], name=op.f("fk_late_corrections_requested_by_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_late_corrections_public_id")),
        sa.CheckConstraint("(approved IS NULL) = (decided_at IS NULL)", name=op.f("ck_late_corrections_decided_once")),
        sa.CheckConstraint(
            "exception_clause IS NULL OR exception_clause IN ('51', '68')", name=op.f("ck_late_corrections_exception")
        ),
        sa.CheckConstraint(
            "(exception_clause IS NULL) = (exception_reason IS NULL)", name=op.f("ck_late_corrections_exception_whole")
        ),
        sa.CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> requested_by_id", name=op.f("ck_late_corrections_second_person")
        ),
        sa.CheckConstraint(
            "treatment IS NULL OR treatment IN ('adjustment', 'restatement')",
            name=op.f("ck_late_corrections_treatment"),
        ),
        sa.CheckConstraint("volume_m3 >= 0", name=op.f("ck_late_corrections_volume_not_negative")),
    )
    op.create_index(op.f("ix_late_corrections_delivery_point_id"), "late_corrections", ["delivery_point_id"])
    op.create_table(
        "late_heating_effects",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("late_heating_value_id", WHOLE, nullable=False),
        sa.Column("delivery_point_id", WHOLE, nullable=False),
        sa.Column("treatment", sa.String(40), nullable=True),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("kept_until", sa.Date(), nullable=True),
        sa.Column("effect_m3", sa.BigInteger(), nullable=False),
        sa.Column("effect_mbtu", sa.BigInteger(), nullable=False),
        sa.Column("adjustment_id", WHOLE, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_late_heating_effects")),
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
        sa.UniqueConstraint(
            "late_heating_value_id",
            "delivery_point_id",
            name=op.f("uq_late_heating_effects_late_heating_value_id_delivery_point_id"),
        ),
        sa.CheckConstraint(
            "(kept_until IS NULL) = (treatment IS NOT NULL AND treatment = 'restatement')",
            name=op.f("ck_late_heating_effects_kept_unless_restated"),
        ),
        sa.CheckConstraint(
            "treatment IS NULL OR treatment IN ('adjustment', 'restatement')",
            name=op.f("ck_late_heating_effects_treatment"),
        ),
    )
    op.create_table(
        "seasonal_patterns",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("delivery_point_id", WHOLE, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("months", sa.String(30), nullable=False),
        sa.Column("note", sa.String(500), nullable=False),
        sa.Column("declared_at", MOMENT, nullable=False),
        sa.Column("declared_by_id", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seasonal_patterns")),
        sa.ForeignKeyConstraint(["declared_by_id"], ["users.id"], name=op.f("fk_seasonal_patterns_declared_by_id")),
        sa.ForeignKeyConstraint(
            ["delivery_point_id"], ["delivery_points.id"], name=op.f("fk_seasonal_patterns_delivery_point_id")
        ),
        sa.UniqueConstraint(
            "delivery_point_id", "version", name=op.f("uq_seasonal_patterns_delivery_point_id_version")
        ),
    )
    op.create_table(
        "setting_rows",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("modality", sa.String(40), nullable=True),
        sa.Column("contract_id", WHOLE, nullable=True),
        sa.Column("delivery_point_id", WHOLE, nullable=True),
        sa.Column("value", sa.String(40), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("recorded_by_id", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_setting_rows")),
        sa.ForeignKeyConstraint(["contract_id"], ["contracts.id"], name=op.f("fk_setting_rows_contract_id")),
        sa.ForeignKeyConstraint(
            ["delivery_point_id"], ["delivery_points.id"], name=op.f("fk_setting_rows_delivery_point_id")
        ),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["users.id"], name=op.f("fk_setting_rows_recorded_by_id")),
        sa.CheckConstraint(
            "modality IS NULL OR modality IN ('gnv-suministro', 'gnv-atr', 'industrial')",
            name=op.f("ck_setting_rows_modality"),
        ),
        sa.CheckConstraint(
            "name IN ('tolerance', 'close-policy', 'suspicious-factor', 'unit-factor-low', 'unit-factor-high')",
            name=op.f("ck_setting_rows_name"),
        ),
    )
    op.create_index(op.f("ix_setting_rows_name_valid_from"), "setting_rows", ["name", "valid_from"])


def drop() -> None:
    op.drop_table("setting_rows")
    op.drop_table("seasonal_patterns")
    op.drop_table("late_heating_effects")
    op.drop_table("late_corrections")
    op.drop_table("month_closings")
    op.drop_table("monthly_balances")
    op.drop_table("daily_balances")
    op.drop_table("adjustments")
