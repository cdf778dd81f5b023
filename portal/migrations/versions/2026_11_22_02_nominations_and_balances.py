"""What is asked, authorised and measured, and the account made of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "b84e26d10f73"
down_revision = "a3f1c07d9e52"
branch_labels = None
depends_on = None

# SQLite numbers rows by itself only for a column that is exactly INTEGER.
WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "filing_counters",
        sa.Column("series", sa.String(10), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("series", "year", name=op.f("pk_filing_counters")),
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
        "authorisations",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("delivery_point_id", WHOLE, nullable=False),
        sa.Column("gas_day", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("quantity_m3", sa.BigInteger(), nullable=False),
        sa.Column("quantity_mbtu", sa.BigInteger(), nullable=False),
        sa.Column("cut_reason", sa.String(40), nullable=True),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("recorded_by_id", WHOLE, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authorisations")),
        sa.ForeignKeyConstraint(
            ["delivery_point_id"], ["delivery_points.id"], name=op.f("fk_authorisations_delivery_point_id")
        ),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["users.id"], name=op.f("fk_authorisations_recorded_by_id")),
        sa.UniqueConstraint(
            "delivery_point_id", "gas_day", "version", name=op.f("uq_authorisations_delivery_point_id_gas_day_version")
        ),
        sa.CheckConstraint(
            "quantity_m3 >= 0 AND quantity_mbtu >= 0", name=op.f("ck_authorisations_quantity_not_negative")
        ),
    )
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
        sa.Column("submission_id", sa.String(40), nullable=True),
        sa.Column("content_hash", sa.LargeBinary(32), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nominations")),
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
            "channel IN ('web', 'call', 'operator', 'carried-over')", name=op.f("ck_nominations_channel")
        ),
        sa.CheckConstraint("kind IN ('nominacion', 'renominacion')", name=op.f("ck_nominations_kind")),
        sa.CheckConstraint(
            "quantity_m3 >= 0 AND quantity_mbtu >= 0", name=op.f("ck_nominations_quantity_not_negative")
        ),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_nominations_revision_positive")),
    )
    op.create_index(op.f("ix_nominations_signed_by_id_gas_day"), "nominations", ["signed_by_id", "gas_day"])
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
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nomination_drafts")),
        sa.ForeignKeyConstraint(
            ["delivery_point_id"], ["delivery_points.id"], name=op.f("fk_nomination_drafts_delivery_point_id")
        ),
        sa.ForeignKeyConstraint(["nomination_id"], ["nominations.id"], name=op.f("fk_nomination_drafts_nomination_id")),
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


def downgrade() -> None:
    op.drop_table("nomination_heads")
    op.drop_table("nomination_drafts")
    op.drop_table("readings")
    op.drop_table("nominations")
    op.drop_table("monthly_balances")
    op.drop_table("daily_balances")
    op.drop_table("authorisations")
    op.drop_table("adjustments")
    op.drop_table("reading_imports")
    op.drop_table("heating_values")
    op.drop_table("filing_counters")
