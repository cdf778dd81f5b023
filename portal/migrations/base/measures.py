"""Readings and heating values, as measured and corrected."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from .types import MOMENT, WHOLE


def create() -> None:
    op.create_table(
        "reading_imports",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("file_name", sa.String(200), nullable=False),
        sa.Column("file_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("imported_at", MOMENT, nullable=False),
        sa.Column("imported_by_id", WHOLE, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading_imports")),
        sa.ForeignKeyConstraint(["imported_by_id"], ["users.id"], name=op.f("fk_reading_imports_imported_by_id")),
        sa.UniqueConstraint("file_hash", name=op.f("uq_reading_imports_file_hash")),
    )
    op.create_table(
        "readings",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("delivery_point_id", WHOLE, nullable=False),
        sa.Column("gas_day", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("volume_m3", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(500), nullable=True),
        sa.Column("import_id", WHOLE, nullable=True),
        sa.Column("import_line", sa.Integer(), nullable=True),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("recorded_by_id", WHOLE, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_readings")),
        sa.ForeignKeyConstraint(
            ["delivery_point_id"], ["delivery_points.id"], name=op.f("fk_readings_delivery_point_id")
        ),
        sa.ForeignKeyConstraint(["import_id"], ["reading_imports.id"], name=op.f("fk_readings_import_id")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["users.id"], name=op.f("fk_readings_recorded_by_id")),
        sa.UniqueConstraint(
            "delivery_point_id", "gas_day", "version", name=op.f("uq_readings_delivery_point_id_gas_day_version")
        ),
        sa.CheckConstraint(
            "(state = 'corrected') = (reason IS NOT NULL)", name=op.f("ck_readings_reason_when_corrected")
        ),
        sa.CheckConstraint(
            "state IN ('provisional', 'certified', 'corrected', 'estimated')", name=op.f("ck_readings_state")
        ),
        sa.CheckConstraint("volume_m3 >= 0", name=op.f("ck_readings_volume_not_negative")),
    )
    op.create_index(op.f("ix_readings_import_id"), "readings", ["import_id"])
    op.create_index(
        op.f("ix_readings_replaced"),
        "readings",
        ["delivery_point_id", "recorded_at"],
        sqlite_where=sa.text("version > 1"),
        postgresql_where=sa.text("version > 1"),
    )
    op.create_table(
        "heating_values",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("exit_point_id", WHOLE, nullable=False),
        sa.Column("gas_day", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("heating_value", sa.Integer(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_heating_values")),
        sa.ForeignKeyConstraint(["exit_point_id"], ["exit_points.id"], name=op.f("fk_heating_values_exit_point_id")),
        sa.UniqueConstraint(
            "exit_point_id", "gas_day", "version", name=op.f("uq_heating_values_exit_point_id_gas_day_version")
        ),
    )
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
        sa.PrimaryKeyConstraint("id", name=op.f("pk_late_heating_values")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["users.id"], name=op.f("fk_late_heating_values_decided_by_id")),
        sa.ForeignKeyConstraint(
            ["exit_point_id"], ["exit_points.id"], name=op.f("fk_late_heating_values_exit_point_id")
        ),
        sa.ForeignKeyConstraint(
            ["heating_value_id"], ["heating_values.id"], name=op.f("fk_late_heating_values_heating_value_id")
        ),
        sa.ForeignKeyConstraint(["requested_by_id"], ["users.id"], name=op.f("fk_late_heating_values_requested_by_id")),
        sa.UniqueConstraint("heating_value_id", name=op.f("uq_late_heating_values_heating_value_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_late_heating_values_public_id")),
        sa.CheckConstraint(
            "(approved IS NULL) = (decided_at IS NULL)", name=op.f("ck_late_heating_values_decided_once")
        ),
        sa.CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> requested_by_id",
            name=op.f("ck_late_heating_values_second_person"),
        ),
    )
    op.create_index(op.f("ix_late_heating_values_exit_point_id"), "late_heating_values", ["exit_point_id"])


def drop() -> None:
    op.drop_table("late_heating_values")
    op.drop_table("heating_values")
    op.drop_table("readings")
    op.drop_table("reading_imports")
