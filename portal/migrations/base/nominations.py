"""Nominations: drafts, revisions, heads, receipts, and requests of systems."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from .types import MOMENT, WHOLE


def create() -> None:
    op.create_table(
        "filing_counters",
        sa.Column("series", sa.String(10), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("series", "year", name=op.f("pk_filing_counters")),
    )
    op.create_table(
        "nomination_batches",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("user_id", WHOLE, nullable=False),
        sa.Column("modality", sa.String(40), nullable=False),
        sa.Column("delivery_point_id", WHOLE, nullable=False),
        sa.Column("submission_id", sa.String(40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("confirmed_unusual", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(32), nullable=True),
        sa.Column("signed_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("left_out", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nomination_batches")),
        sa.ForeignKeyConstraint(
            ["delivery_point_id"], ["delivery_points.id"], name=op.f("fk_nomination_batches_delivery_point_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_nomination_batches_user_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_nomination_batches_public_id")),
        sa.UniqueConstraint("submission_id", name=op.f("uq_nomination_batches_submission_id")),
        sa.CheckConstraint(
            "modality IN ('gnv-suministro', 'gnv-atr', 'industrial')", name=op.f("ck_nomination_batches_modality")
        ),
    )
    op.create_index(op.f("ix_nomination_batches_user_id"), "nomination_batches", ["user_id"])
    op.create_table(
        "nomination_batch_lines",
        sa.Column("batch_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("gas_day", sa.Date(), nullable=False),
        sa.Column("quantity_micro", WHOLE, nullable=True),
        sa.Column("typed", sa.String(60), nullable=True),
        sa.Column("cell", sa.String(20), nullable=True),
        sa.PrimaryKeyConstraint("batch_id", "gas_day", name=op.f("pk_nomination_batch_lines")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["nomination_batches.id"], name=op.f("fk_nomination_batch_lines_batch_id")
        ),
        sa.CheckConstraint(
            "quantity_micro IS NULL OR quantity_micro >= 0",
            name=op.f("ck_nomination_batch_lines_quantity_not_negative"),
        ),
    )
    op.create_table(
        "nominations",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("delivery_point_id", WHOLE, nullable=False),
        sa.Column("gas_day", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("unit", sa.String(40), nullable=False),
        sa.Column("quantity_m3", sa.BigInteger(), nullable=False),
        sa.Column("quantity_mbtu", sa.BigInteger(), nullable=False),
        sa.Column("heating_value", sa.Integer(), nullable=False),
        sa.Column("heating_value_on", sa.Date(), nullable=True),
        sa.Column("effective_at", MOMENT, nullable=True),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("signed_by_id", WHOLE, nullable=True),
        sa.Column("filing_number", sa.String(20), nullable=True),
        sa.Column("submission_id", sa.String(80), nullable=True),
        sa.Column("content_hash", sa.LargeBinary(32), nullable=True),
        sa.Column("cancels", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("is_late", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("batch_id", WHOLE, nullable=True),
        sa.Column("call_id", WHOLE, nullable=True),
        sa.Column("chain_position", sa.Integer(), nullable=True),
        sa.Column("previous_hash", sa.LargeBinary(32), nullable=True),
        sa.Column("receipt_hash", sa.LargeBinary(32), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nominations")),
        sa.ForeignKeyConstraint(["batch_id"], ["nomination_batches.id"], name=op.f("fk_nominations_batch_id")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_nominations_call_id")),
        sa.ForeignKeyConstraint(
            ["delivery_point_id"], ["delivery_points.id"], name=op.f("fk_nominations_delivery_point_id")
        ),
        sa.ForeignKeyConstraint(["signed_by_id"], ["users.id"], name=op.f("fk_nominations_signed_by_id")),
        sa.UniqueConstraint(
            "delivery_point_id", "gas_day", "revision", name=op.f("uq_nominations_delivery_point_id_gas_day_revision")
        ),
        sa.UniqueConstraint("filing_number", name=op.f("uq_nominations_filing_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_nominations_public_id")),
        sa.UniqueConstraint("submission_id", name=op.f("uq_nominations_submission_id")),
        sa.CheckConstraint(
            "(call_id IS NOT NULL) = (channel = 'call')", name=op.f("ck_nominations_call_of_its_channel")
        ),
        sa.CheckConstraint(
            "NOT cancels OR (quantity_m3 = 0 AND NOT is_late)", name=op.f("ck_nominations_cancels_nothing_else")
        ),
        sa.CheckConstraint(
            "(chain_position IS NULL) = (receipt_hash IS NULL) AND (chain_position IS NULL) = (previous_hash IS NULL)",
            name=op.f("ck_nominations_chain_whole"),
        ),
        sa.CheckConstraint(
            "channel IN ('web', 'call', 'operator', 'api', 'policy', 'carried-over')",
            name=op.f("ck_nominations_channel"),
        ),
        sa.CheckConstraint("kind IN ('nominacion', 'renominacion')", name=op.f("ck_nominations_kind")),
        sa.CheckConstraint(
            "quantity_m3 >= 0 AND quantity_mbtu >= 0", name=op.f("ck_nominations_quantity_not_negative")
        ),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_nominations_revision_positive")),
    )
    op.create_index(
        op.f("ix_nominations_batch_id"),
        "nominations",
        ["batch_id"],
        sqlite_where=sa.text("batch_id IS NOT NULL"),
        postgresql_where=sa.text("batch_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_nominations_by_rule"),
        "nominations",
        ["delivery_point_id", "gas_day"],
        sqlite_where=sa.text("channel = 'policy'"),
        postgresql_where=sa.text("channel = 'policy'"),
    )
    op.create_index(
        op.f("ix_nominations_call_id"),
        "nominations",
        ["call_id"],
        sqlite_where=sa.text("call_id IS NOT NULL"),
        postgresql_where=sa.text("call_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_nominations_cancelled"),
        "nominations",
        ["delivery_point_id", "gas_day"],
        sqlite_where=sa.text("cancels"),
        postgresql_where=sa.text("cancels"),
    )
    op.create_index(
        op.f("ix_nominations_late"),
        "nominations",
        ["gas_day"],
        sqlite_where=sa.text("is_late"),
        postgresql_where=sa.text("is_late"),
    )
    op.create_index(
        op.f("ix_nominations_one_chain"),
        "nominations",
        ["delivery_point_id", "chain_position"],
        unique=True,
        sqlite_where=sa.text("chain_position IS NOT NULL"),
        postgresql_where=sa.text("chain_position IS NOT NULL"),
    )
    op.create_index(op.f("ix_nominations_received_at"), "nominations", ["received_at"])
    op.create_index(op.f("ix_nominations_signed_by_id_gas_day"), "nominations", ["signed_by_id", "gas_day"])
    op.create_table(
        "nomination_heads",
        sa.Column("delivery_point_id", WHOLE, nullable=False),
        sa.Column("gas_day", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("renominations", sa.Integer(), nullable=False),
        sa.Column("nomination_id", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("delivery_point_id", "gas_day", name=op.f("pk_nomination_heads")),
        sa.ForeignKeyConstraint(
            ["delivery_point_id"], ["delivery_points.id"], name=op.f("fk_nomination_heads_delivery_point_id")
        ),
        sa.ForeignKeyConstraint(["nomination_id"], ["nominations.id"], name=op.f("fk_nomination_heads_nomination_id")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "receipt_heads",
        sa.Column("delivery_point_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("receipt_hash", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("delivery_point_id", name=op.f("pk_receipt_heads")),
        sa.ForeignKeyConstraint(
            ["delivery_point_id"], ["delivery_points.id"], name=op.f("fk_receipt_heads_delivery_point_id")
        ),
    )
    op.create_table(
        "nomination_drafts",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("user_id", WHOLE, nullable=False),
        sa.Column("modality", sa.String(40), nullable=False),
        sa.Column("delivery_point_id", WHOLE, nullable=False),
        sa.Column("kind", sa.String(40), nullable=True),
        sa.Column("gas_day", sa.Date(), nullable=True),
        sa.Column("quantity_micro", WHOLE, nullable=True),
        sa.Column("unit", sa.String(40), nullable=False),
        sa.Column("confirmed_unusual", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.String(40), nullable=False),
        sa.Column("nomination_id", WHOLE, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("prepared_in_id", WHOLE, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nomination_drafts")),
        sa.ForeignKeyConstraint(
            ["delivery_point_id"], ["delivery_points.id"], name=op.f("fk_nomination_drafts_delivery_point_id")
        ),
        sa.ForeignKeyConstraint(["nomination_id"], ["nominations.id"], name=op.f("fk_nomination_drafts_nomination_id")),
        sa.ForeignKeyConstraint(["prepared_in_id"], ["calls.id"], name=op.f("fk_nomination_drafts_prepared_in_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_nomination_drafts_user_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_nomination_drafts_public_id")),
        sa.UniqueConstraint("submission_id", name=op.f("uq_nomination_drafts_submission_id")),
        sa.CheckConstraint(
            "kind IS NULL OR kind IN ('nominacion', 'renominacion')", name=op.f("ck_nomination_drafts_kind")
        ),
        sa.CheckConstraint(
            "modality IN ('gnv-suministro', 'gnv-atr', 'industrial')", name=op.f("ck_nomination_drafts_modality")
        ),
    )
    op.create_index(op.f("ix_nomination_drafts_user_id"), "nomination_drafts", ["user_id"])
    op.create_index(
        op.f("ix_nomination_drafts_prepared_in_id"),
        "nomination_drafts",
        ["prepared_in_id"],
        sqlite_where=sa.text("prepared_in_id IS NOT NULL"),
        postgresql_where=sa.text("prepared_in_id IS NOT NULL"),
    )
    op.create_table(
        "late_decisions",
        sa.Column("nomination_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(500), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=False),
        sa.Column("decided_by_id", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("nomination_id", name=op.f("pk_late_decisions")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["users.id"], name=op.f("fk_late_decisions_decided_by_id")),
        sa.ForeignKeyConstraint(["nomination_id"], ["nominations.id"], name=op.f("fk_late_decisions_nomination_id")),
        sa.CheckConstraint("accepted OR reason IS NOT NULL", name=op.f("ck_late_decisions_reason_when_refused")),
    )
    op.create_table(
        "api_requests",
        sa.Column("token_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("idempotency_key", sa.String(80), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("nomination_id", WHOLE, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("token_id", "idempotency_key", name=op.f("pk_api_requests")),
        sa.ForeignKeyConstraint(["nomination_id"], ["nominations.id"], name=op.f("fk_api_requests_nomination_id")),
        sa.ForeignKeyConstraint(["token_id"], ["api_tokens.id"], name=op.f("fk_api_requests_token_id")),
    )
    op.create_table(
        "call_protests",
        sa.Column("nomination_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("call_id", WHOLE, nullable=False),
        sa.Column("raised_at", MOMENT, nullable=False),
        sa.Column("case_number", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("nomination_id", name=op.f("pk_call_protests")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_call_protests_call_id")),
        sa.ForeignKeyConstraint(["nomination_id"], ["nominations.id"], name=op.f("fk_call_protests_nomination_id")),
    )
    op.create_index(op.f("ix_call_protests_call_id"), "call_protests", ["call_id"])


def drop() -> None:
    op.drop_table("call_protests")
    op.drop_table("api_requests")
    op.drop_table("late_decisions")
    op.drop_table("nomination_drafts")
    op.drop_table("receipt_heads")
    op.drop_table("nomination_heads")
    op.drop_table("nominations")
    op.drop_table("nomination_batch_lines")
    op.drop_table("nomination_batches")
    op.drop_table("filing_counters")
