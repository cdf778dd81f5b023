"""Hours of the gas day, holidays, closes, and the rules applied at a close."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from .types import MOMENT, WHOLE


def create() -> None:
    op.create_table(
        "timetable",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("modality", sa.String(40), nullable=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("opens_day", sa.Integer(), nullable=False),
        sa.Column("opens_time", sa.Time(), nullable=False),
        sa.Column("closes_day", sa.Integer(), nullable=False),
        sa.Column("closes_time", sa.Time(), nullable=False),
        sa.Column("notice_hours", sa.Integer(), nullable=False),
        sa.Column("max_per_day", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(200), nullable=True),
        sa.Column("recorded_at", MOMENT, nullable=True),
        sa.Column("recorded_by_id", WHOLE, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timetable")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["users.id"], name=op.f("fk_timetable_recorded_by_id")),
        sa.CheckConstraint("kind IN ('nominacion', 'renominacion')", name=op.f("ck_timetable_kind")),
        sa.CheckConstraint(
            "modality IS NULL OR modality IN ('gnv-suministro', 'gnv-atr', 'industrial')",
            name=op.f("ck_timetable_modality"),
        ),
        sa.CheckConstraint("notice_hours >= 0", name=op.f("ck_timetable_notice_not_negative")),
    )
    op.create_table(
        "holidays",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("is_observed", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("learnt_at", MOMENT, nullable=True),
        sa.Column("told_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_holidays")),
    )
    op.create_table(
        "day_closes",
        sa.Column("gas_day", sa.Date(), nullable=False),
        sa.Column("modality", sa.String(40), nullable=False),
        sa.Column("closed_at", MOMENT, nullable=False),
        sa.Column("applied_at", MOMENT, nullable=False),
        sa.Column("filled", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("gas_day", "modality", name=op.f("pk_day_closes")),
        sa.CheckConstraint(
            "modality IN ('gnv-suministro', 'gnv-atr', 'industrial')", name=op.f("ck_day_closes_modality")
        ),
    )
    op.create_table(
        "close_policies",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("delivery_point_id", WHOLE, nullable=False),
        sa.Column("policy", sa.String(40), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("recorded_by_id", WHOLE, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_close_policies")),
        sa.ForeignKeyConstraint(
            ["delivery_point_id"], ["delivery_points.id"], name=op.f("fk_close_policies_delivery_point_id")
        ),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["users.id"], name=op.f("fk_close_policies_recorded_by_id")),
        sa.CheckConstraint("policy IN ('forecast', 'last', 'zero')", name=op.f("ck_close_policies_policy")),
    )
    op.create_index(
        op.f("ix_close_policies_delivery_point_id_valid_from"), "close_policies", ["delivery_point_id", "valid_from"]
    )


def drop() -> None:
    op.drop_table("close_policies")
    op.drop_table("day_closes")
    op.drop_table("holidays")
    op.drop_table("timetable")
