"""Nominations in depth: late and cancelled ones, many days in one, a chain of receipts, the close, shift notes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "d30f7f9a78f0"
down_revision = "e230f8a5766c"
branch_labels = None
depends_on = None

# SQLite numbers rows by itself only for a column that is exactly INTEGER.
WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)

OLD_CHANNELS = "channel IN ('web', 'call', 'operator', 'carried-over')"
NEW_CHANNELS = "channel IN ('web', 'call', 'operator', 'api', 'policy', 'carried-over')"
ADDED = {
    "ck_nominations_cancels_nothing_else": "NOT cancels OR (quantity_m3 = 0 AND NOT is_late)",
    "ck_nominations_chain_whole": (
        "(chain_position IS NULL) = (receipt_hash IS NULL) AND (chain_position IS NULL) = (previous_hash IS NULL)"
    ),
}


def upgrade() -> None:
    op.create_table(
        "day_closes",
        sa.Column("gas_day", sa.Date(), nullable=False),
        sa.Column("modality", sa.String(length=40), nullable=False),
        sa.Column("closed_at", MOMENT, nullable=False),
        sa.Column("applied_at", MOMENT, nullable=False),
        sa.Column("filled", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "modality IN ('gnv-suministro', 'gnv-atr', 'industrial')", name=op.f("ck_day_closes_modality")
        ),
        sa.PrimaryKeyConstraint("gas_day", "modality", name=op.f("pk_day_closes")),
    )
    op.create_table(
        "close_policies",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("delivery_point_id", WHOLE, nullable=False),
        sa.Column("policy", sa.String(length=40), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("recorded_by_id", WHOLE, nullable=True),
        sa.CheckConstraint("policy IN ('forecast', 'last', 'zero')", name=op.f("ck_close_policies_policy")),
        sa.ForeignKeyConstraint(
            ["delivery_point_id"], ["delivery_points.id"], name=op.f("fk_close_policies_delivery_point_id")
        ),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["users.id"], name=op.f("fk_close_policies_recorded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_close_policies")),
    )
    op.create_index(
        "ix_close_policies_delivery_point_id_valid_from", "close_policies", ["delivery_point_id", "valid_from"]
    )

    op.create_table(
        "nomination_batches",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("user_id", WHOLE, nullable=False),
        sa.Column("modality", sa.String(length=40), nullable=False),
        sa.Column("delivery_point_id", WHOLE, nullable=False),
        sa.Column("submission_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("confirmed_unusual", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("signed_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "modality IN ('gnv-suministro', 'gnv-atr', 'industrial')", name=op.f("ck_nomination_batches_modality")
        ),
        sa.ForeignKeyConstraint(
            ["delivery_point_id"], ["delivery_points.id"], name=op.f("fk_nomination_batches_delivery_point_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_nomination_batches_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nomination_batches")),
        sa.UniqueConstraint("public_id", name=op.f("uq_nomination_batches_public_id")),
        sa.UniqueConstraint("submission_id", name=op.f("uq_nomination_batches_submission_id")),
    )
    op.create_index(op.f("ix_nomination_batches_user_id"), "nomination_batches", ["user_id"])

    op.create_table(
        "receipt_heads",
        sa.Column("delivery_point_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("receipt_hash", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_point_id"], ["delivery_points.id"], name=op.f("fk_receipt_heads_delivery_point_id")
        ),
        sa.PrimaryKeyConstraint("delivery_point_id", name=op.f("pk_receipt_heads")),
    )
    op.create_table(
        "shift_notes",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("delivery_point_id", WHOLE, nullable=False),
        sa.Column("gas_day", sa.Date(), nullable=False),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.Column("written_by_id", WHOLE, nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_point_id"], ["delivery_points.id"], name=op.f("fk_shift_notes_delivery_point_id")
        ),
        sa.ForeignKeyConstraint(["written_by_id"], ["users.id"], name=op.f("fk_shift_notes_written_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_notes")),
        sa.UniqueConstraint("public_id", name=op.f("uq_shift_notes_public_id")),
    )
    op.create_index("ix_shift_notes_gas_day_delivery_point_id", "shift_notes", ["gas_day", "delivery_point_id"])

    op.create_table(
        "nomination_batch_lines",
        sa.Column("batch_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("gas_day", sa.Date(), nullable=False),
        sa.Column("quantity_micro", WHOLE, nullable=True),
        sa.Column("typed", sa.String(length=60), nullable=True),
        sa.Column("cell", sa.String(length=20), nullable=True),
        sa.CheckConstraint(
            "quantity_micro IS NULL OR quantity_micro >= 0",
            name=op.f("ck_nomination_batch_lines_quantity_not_negative"),
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["nomination_batches.id"], name=op.f("fk_nomination_batch_lines_batch_id")
        ),
        sa.PrimaryKeyConstraint("batch_id", "gas_day", name=op.f("pk_nomination_batch_lines")),
    )
    op.create_table(
        "late_decisions",
        sa.Column("nomination_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=False),
        sa.Column("decided_by_id", WHOLE, nullable=False),
        sa.CheckConstraint("accepted OR reason IS NOT NULL", name=op.f("ck_late_decisions_reason_when_refused")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["users.id"], name=op.f("fk_late_decisions_decided_by_id")),
        sa.ForeignKeyConstraint(["nomination_id"], ["nominations.id"], name=op.f("fk_late_decisions_nomination_id")),
        sa.PrimaryKeyConstraint("nomination_id", name=op.f("pk_late_decisions")),
    )
    with op.batch_alter_table("nominations") as table:
        table.add_column(sa.Column("cancels", sa.Boolean(), server_default=sa.false(), nullable=False))
        table.add_column(sa.Column("is_late", sa.Boolean(), server_default=sa.false(), nullable=False))
        table.add_column(sa.Column("batch_id", WHOLE, nullable=True))
        table.add_column(sa.Column("chain_position", sa.Integer(), nullable=True))
        table.add_column(sa.Column("previous_hash", sa.LargeBinary(length=32), nullable=True))
        table.add_column(sa.Column("receipt_hash", sa.LargeBinary(length=32), nullable=True))
        table.alter_column("submission_id", existing_type=sa.String(40), type_=sa.String(80), existing_nullable=True)
        table.create_foreign_key(op.f("fk_nominations_batch_id"), "nomination_batches", ["batch_id"], ["id"])
    # After the columns they speak of.
    with op.batch_alter_table("nominations") as table:
        table.drop_constraint(op.f("ck_nominations_channel"), type_="check")
        table.create_check_constraint(op.f("ck_nominations_channel"), NEW_CHANNELS)
        for name, rule in ADDED.items():
            table.create_check_constraint(op.f(name), rule)
    op.create_index(
        "ix_nominations_batch_id",
        "nominations",
        ["batch_id"],
        sqlite_where=sa.text("batch_id IS NOT NULL"),
        postgresql_where=sa.text("batch_id IS NOT NULL"),
    )
    op.create_index(
        "ix_nominations_by_rule",
        "nominations",
        ["delivery_point_id", "gas_day"],
        sqlite_where=sa.text("channel = 'policy'"),
        postgresql_where=sa.text("channel = 'policy'"),
    )
    op.create_index(
        "ix_nominations_cancelled",
        "nominations",
        ["delivery_point_id", "gas_day"],
        sqlite_where=sa.text("cancels"),
        postgresql_where=sa.text("cancels"),
    )
    op.create_index(
        "ix_nominations_late",
        "nominations",
        ["gas_day"],
        sqlite_where=sa.text("is_late"),
        postgresql_where=sa.text("is_late"),
    )
    op.create_index(
        "ix_nominations_one_chain",
        "nominations",
        ["delivery_point_id", "chain_position"],
        unique=True,
        sqlite_where=sa.text("chain_position IS NOT NULL"),
        postgresql_where=sa.text("chain_position IS NOT NULL"),
    )
    with op.batch_alter_table("timetable") as table:
        table.add_column(sa.Column("reason", sa.String(length=200), nullable=True))
        table.add_column(sa.Column("recorded_at", MOMENT, nullable=True))
        table.add_column(sa.Column("recorded_by_id", WHOLE, nullable=True))
        table.create_foreign_key(op.f("fk_timetable_recorded_by_id"), "users", ["recorded_by_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("timetable") as table:
        table.drop_constraint(op.f("fk_timetable_recorded_by_id"), type_="foreignkey")
        table.drop_column("recorded_by_id")
        table.drop_column("recorded_at")
        table.drop_column("reason")
    op.drop_index("ix_nominations_one_chain", "nominations")
    op.drop_index("ix_nominations_late", "nominations")
    op.drop_index("ix_nominations_cancelled", "nominations")
    op.drop_index("ix_nominations_by_rule", "nominations")
    op.drop_index("ix_nominations_batch_id", "nominations")
    _unprotect("nominations")
    # The earlier schema has no word for these channels, nor room for their long submission ids.
    op.execute("UPDATE nominations SET channel = 'operator' WHERE channel IN ('api', 'policy')")
    op.execute("UPDATE nominations SET submission_id = NULL WHERE length(submission_id) > 40")
    with op.batch_alter_table("nominations") as table:
        for name in (*ADDED, "ck_nominations_channel"):
            table.drop_constraint(op.f(name), type_="check")
        table.create_check_constraint(op.f("ck_nominations_channel"), OLD_CHANNELS)
    with op.batch_alter_table("nominations") as table:
        table.drop_constraint(op.f("fk_nominations_batch_id"), type_="foreignkey")
        table.alter_column("submission_id", existing_type=sa.String(80), type_=sa.String(40), existing_nullable=True)
        for column in ("receipt_hash", "previous_hash", "chain_position", "batch_id", "is_late", "cancels"):
            table.drop_column(column)
    for name in (
        "late_decisions",
        "nomination_batch_lines",
        "shift_notes",
        "receipt_heads",
        "nomination_batches",
        "close_policies",
        "day_closes",
    ):
        op.drop_table(name)


def _unprotect(table: str) -> None:
    """Take the append-only triggers away; they are put in place again after the revisions ran."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}")
        return
    for verb in ("update", "delete"):
        op.execute(f"DROP TRIGGER IF EXISTS {table}_no_{verb}")
