"""Letters of keys, recovery codes, and what people and the registry are told more."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "3f0d52c7a91e"
down_revision = "8b0c6de41f7a"
branch_labels = None
depends_on = None

# SQLite numbers rows by itself only for a column that is exactly INTEGER.
WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "recovery_codes",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("user_id", WHOLE, nullable=False),
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_recovery_codes_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_codes")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_recovery_codes_code_hash")),
    )
    op.create_index(op.f("ix_recovery_codes_user_id"), "recovery_codes", ["user_id"])
    op.create_table(
        "key_letters",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("contract_id", WHOLE, nullable=False),
        sa.Column("delivery_point_id", WHOLE, nullable=False),
        sa.Column("renews_web", sa.Boolean(), nullable=False),
        sa.Column("renews_numeric", sa.Boolean(), nullable=False),
        sa.Column("compromised", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("batch_id", sa.String(length=24), nullable=True),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("requested_by_id", WHOLE, nullable=False),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("decided_by_id", WHOLE, nullable=True),
        sa.Column("decision_reason", sa.String(length=300), nullable=True),
        sa.Column("printed_at", MOMENT, nullable=True),
        sa.Column("printed_by_id", WHOLE, nullable=True),
        sa.Column("dispatched_at", MOMENT, nullable=True),
        sa.Column("dispatched_by_id", WHOLE, nullable=True),
        sa.Column("carrier", sa.String(length=60), nullable=True),
        sa.Column("tracking_number", sa.String(length=60), nullable=True),
        sa.Column("web_key_id", WHOLE, nullable=True),
        sa.Column("numeric_key_id", WHOLE, nullable=True),
        sa.Column("text_version", sa.String(length=20), nullable=True),
        sa.CheckConstraint(
            "state IN ('requested', 'approved', 'rejected', 'printed', 'dispatched', 'cancelled')",
            name=op.f("ck_key_letters_state"),
        ),
        sa.CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> requested_by_id", name=op.f("ck_key_letters_second_person")
        ),
        sa.CheckConstraint("renews_web OR renews_numeric", name=op.f("ck_key_letters_renews_something")),
        sa.ForeignKeyConstraint(["contract_id"], ["contracts.id"], name=op.f("fk_key_letters_contract_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["users.id"], name=op.f("fk_key_letters_decided_by_id")),
        sa.ForeignKeyConstraint(
            ["delivery_point_id"], ["delivery_points.id"], name=op.f("fk_key_letters_delivery_point_id")
        ),
        sa.ForeignKeyConstraint(["dispatched_by_id"], ["users.id"], name=op.f("fk_key_letters_dispatched_by_id")),
        sa.ForeignKeyConstraint(["numeric_key_id"], ["access_keys.id"], name=op.f("fk_key_letters_numeric_key_id")),
        sa.ForeignKeyConstraint(["printed_by_id"], ["users.id"], name=op.f("fk_key_letters_printed_by_id")),
        sa.ForeignKeyConstraint(["requested_by_id"], ["users.id"], name=op.f("fk_key_letters_requested_by_id")),
        sa.ForeignKeyConstraint(["web_key_id"], ["access_keys.id"], name=op.f("fk_key_letters_web_key_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_letters")),
        sa.UniqueConstraint("public_id", name=op.f("uq_key_letters_public_id")),
    )
    op.create_index(op.f("ix_key_letters_batch_id"), "key_letters", ["batch_id"])
    op.create_index(op.f("ix_key_letters_contract_id"), "key_letters", ["contract_id"])
    op.create_index(
        "ix_key_letters_delivery_point_id_requested_at", "key_letters", ["delivery_point_id", "requested_at"]
    )
    op.create_index(op.f("ix_key_letters_state"), "key_letters", ["state"])
    op.create_index(op.f("ix_audit_events_subject"), "audit_events", ["subject"])
    with op.batch_alter_table("bindings") as table:
        table.add_column(sa.Column("consult_only", sa.Boolean(), server_default=sa.false(), nullable=False))
        table.add_column(sa.Column("manages", sa.Boolean(), server_default=sa.false(), nullable=False))
        table.add_column(sa.Column("disabled_at", MOMENT, nullable=True))
        table.add_column(sa.Column("disabled_by_id", WHOLE, nullable=True))
        table.create_foreign_key(op.f("fk_bindings_disabled_by_id"), "users", ["disabled_by_id"], ["id"])
    # The first account of each contract says from now on which colleagues may do what.
    op.execute("UPDATE bindings SET manages = true WHERE id IN (SELECT MIN(id) FROM bindings GROUP BY contract_id)")
    with op.batch_alter_table("email_links") as table:
        table.drop_constraint(op.f("ck_email_links_purpose"), type_="check")
        table.create_check_constraint(op.f("ck_email_links_purpose"), "purpose IN ('verify', 'reset', 'invite')")
    op.add_column("companies", sa.Column("address", sa.String(length=200), nullable=True))
    op.add_column("companies", sa.Column("city", sa.String(length=80), nullable=True))
    op.add_column("companies", sa.Column("ended_on", sa.Date(), nullable=True))
    op.add_column("delivery_points", sa.Column("hourly_profile", sa.String(length=200), nullable=True))
    op.add_column("exit_points", sa.Column("ended_on", sa.Date(), nullable=True))
    op.add_column("sessions", sa.Column("stepped_up_at", MOMENT, nullable=True))
    op.add_column("users", sa.Column("totp_pending_sealed", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("users", "totp_pending_sealed")
    op.drop_column("sessions", "stepped_up_at")
    op.drop_column("exit_points", "ended_on")
    op.drop_column("delivery_points", "hourly_profile")
    for column in ("ended_on", "city", "address"):
        op.drop_column("companies", column)
    op.execute("DELETE FROM email_links WHERE purpose = 'invite'")
    with op.batch_alter_table("email_links") as table:
        table.drop_constraint(op.f("ck_email_links_purpose"), type_="check")
        table.create_check_constraint(op.f("ck_email_links_purpose"), "purpose IN ('verify', 'reset')")
    with op.batch_alter_table("bindings") as table:
        table.drop_constraint(op.f("fk_bindings_disabled_by_id"), type_="foreignkey")
        for column in ("disabled_by_id", "disabled_at", "manages", "consult_only"):
            table.drop_column(column)
    op.drop_index(op.f("ix_audit_events_subject"), "audit_events")
    op.drop_table("key_letters")
    op.drop_table("recovery_codes")
