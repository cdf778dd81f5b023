"""Closed months and late corrections, claims, what people know of an account, seasonal patterns, a second factor."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "e230f8a5766c"
down_revision = "c95f37e21a84"
branch_labels = None
depends_on = None

# SQLite numbers rows by itself only for a column that is exactly INTEGER.
WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "account_visits",
        sa.Column("user_id", WHOLE, nullable=False),
        sa.Column("delivery_point_id", WHOLE, nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("seen_until", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_point_id"], ["delivery_points.id"], name=op.f("fk_account_visits_delivery_point_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_account_visits_user_id")),
        sa.PrimaryKeyConstraint("user_id", "delivery_point_id", name=op.f("pk_account_visits")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "claims",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("filing_number", sa.String(length=20), nullable=False),
        sa.Column("delivery_point_id", WHOLE, nullable=False),
        sa.Column("gas_day", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("opened_by_id", WHOLE, nullable=False),
        sa.Column("outcome", sa.String(length=2000), nullable=True),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("decided_by_id", WHOLE, nullable=True),
        sa.CheckConstraint("state IN ('open', 'in_review', 'upheld', 'dismissed')", name=op.f("ck_claims_state")),
        sa.CheckConstraint("(closed_at IS NULL) = (outcome IS NULL)", name=op.f("ck_claims_outcome_when_closed")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["users.id"], name=op.f("fk_claims_decided_by_id")),
        sa.ForeignKeyConstraint(
            ["delivery_point_id"], ["delivery_points.id"], name=op.f("fk_claims_delivery_point_id")
        ),
        sa.ForeignKeyConstraint(["opened_by_id"], ["users.id"], name=op.f("fk_claims_opened_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims")),
        sa.UniqueConstraint("filing_number", name=op.f("uq_claims_filing_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_claims_public_id")),
    )
    op.create_index("ix_claims_delivery_point_id_gas_day", "claims", ["delivery_point_id", "gas_day"])
    op.create_index(
        "ix_claims_one_open",
        "claims",
        ["delivery_point_id", "gas_day"],
        unique=True,
        sqlite_where=sa.text("state IN ('open', 'in_review')"),
        postgresql_where=sa.text("state IN ('open', 'in_review')"),
    )
    op.create_index(op.f("ix_claims_state"), "claims", ["state"])
    op.create_table(
        "month_closings",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("statement_number", sa.String(length=20), nullable=False),
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
        sa.Column("days_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("closed_at", MOMENT, nullable=False),
        sa.Column("closed_by_id", WHOLE, nullable=True),
        sa.CheckConstraint("(version > 1) = (reason IS NOT NULL)", name=op.f("ck_month_closings_reason_when_restated")),
        sa.ForeignKeyConstraint(["closed_by_id"], ["users.id"], name=op.f("fk_month_closings_closed_by_id")),
        sa.ForeignKeyConstraint(
            ["delivery_point_id"], ["delivery_points.id"], name=op.f("fk_month_closings_delivery_point_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_month_closings")),
        sa.UniqueConstraint(
            "delivery_point_id", "month", "version", name=op.f("uq_month_closings_delivery_point_id_month_version")
        ),
        sa.UniqueConstraint("statement_number", name=op.f("uq_month_closings_statement_number")),
    )
    op.create_table(
        "seasonal_patterns",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("delivery_point_id", WHOLE, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("months", sa.String(length=30), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("declared_at", MOMENT, nullable=False),
        sa.Column("declared_by_id", WHOLE, nullable=False),
        sa.ForeignKeyConstraint(["declared_by_id"], ["users.id"], name=op.f("fk_seasonal_patterns_declared_by_id")),
        sa.ForeignKeyConstraint(
            ["delivery_point_id"], ["delivery_points.id"], name=op.f("fk_seasonal_patterns_delivery_point_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seasonal_patterns")),
        sa.UniqueConstraint(
            "delivery_point_id", "version", name=op.f("uq_seasonal_patterns_delivery_point_id_version")
        ),
    )
    op.create_table(
        "claim_messages",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("claim_id", WHOLE, nullable=False),
        sa.Column("author_id", WHOLE, nullable=False),
        sa.Column("by_staff", sa.Boolean(), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_claim_messages_author_id")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_claim_messages_claim_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_messages")),
    )
    op.create_index(op.f("ix_claim_messages_claim_id"), "claim_messages", ["claim_id"])
    op.create_table(
        "late_corrections",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("delivery_point_id", WHOLE, nullable=False),
        sa.Column("gas_day", sa.Date(), nullable=False),
        sa.Column("volume_m3", sa.BigInteger(), nullable=False),
        sa.Column("replaced_m3", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("treatment", sa.String(length=40), nullable=True),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("requested_by_id", WHOLE, nullable=False),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("decided_by_id", WHOLE, nullable=True),
        sa.Column("approved", sa.Boolean(), nullable=True),
        sa.Column("adjustment_id", WHOLE, nullable=True),
        sa.Column("reading_id", WHOLE, nullable=True),
        sa.Column("closing_id", WHOLE, nullable=True),
        sa.CheckConstraint(
            "treatment IS NULL OR treatment IN ('adjustment', 'restatement')",
            name=op.f("ck_late_corrections_treatment"),
        ),
        sa.CheckConstraint("(approved IS NULL) = (decided_at IS NULL)", name=op.f("ck_late_corrections_decided_once")),
        sa.CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> requested_by_id", name=op.f("ck_late_corrections_second_person")
        ),
        sa.CheckConstraint("volume_m3 >= 0", name=op.f("ck_late_corrections_volume_not_negative")),
        sa.ForeignKeyConstraint(["adjustment_id"], ["adjustments.id"], name=op.f("fk_late_corrections_adjustment_id")),
        sa.ForeignKeyConstraint(["closing_id"], ["month_closings.id"], name=op.f("fk_late_corrections_closing_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["users.id"], name=op.f("fk_late_corrections_decided_by_id")),
        sa.ForeignKeyConstraint(
            ["delivery_point_id"], ["delivery_points.id"], name=op.f("fk_late_corrections_delivery_point_id")
        ),
        sa.ForeignKeyConstraint(["reading_id"], ["readings.id"], name=op.f("fk_late_corrections_reading_id")),
        sa.ForeignKeyConstraint(["requested_by_id"], ["users.id"], name=op.f("fk_late_corrections_requested_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_late_corrections")),
        sa.UniqueConstraint("public_id", name=op.f("uq_late_corrections_public_id")),
    )
    op.create_index(op.f("ix_late_corrections_delivery_point_id"), "late_corrections", ["delivery_point_id"])
    op.add_column(
        "contracts", sa.Column("restates_closed_months", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.create_index(
        "ix_authorisations_cut",
        "authorisations",
        ["delivery_point_id", "recorded_at"],
        sqlite_where=sa.text("cut_reason IS NOT NULL"),
        postgresql_where=sa.text("cut_reason IS NOT NULL"),
    )
    op.create_index(
        "ix_readings_replaced",
        "readings",
        ["delivery_point_id", "recorded_at"],
        sqlite_where=sa.text("version > 1"),
        postgresql_where=sa.text("version > 1"),
    )
    op.add_column(
        "sessions", sa.Column("awaiting_second_factor", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("users", sa.Column("totp_sealed", sa.LargeBinary(), nullable=True))
    op.add_column("users", sa.Column("totp_last_step", WHOLE, nullable=True))


def downgrade() -> None:
    op.drop_column("users", "totp_last_step")
    op.drop_column("users", "totp_sealed")
    op.drop_column("sessions", "awaiting_second_factor")
    op.drop_index("ix_readings_replaced", "readings")
    op.drop_index("ix_authorisations_cut", "authorisations")
    op.drop_column("contracts", "restates_closed_months")
    op.drop_table("late_corrections")
    op.drop_table("claim_messages")
    op.drop_table("seasonal_patterns")
    op.drop_table("month_closings")
    op.drop_table("claims")
    op.drop_table("account_visits")
