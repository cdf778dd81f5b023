"""Web and numeric keys, the letters that carry them, their grants, and attempts at them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from .types import MOMENT, WHOLE


def create() -> None:
    op.create_table(
        "access_keys",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("contract_id", WHOLE, nullable=True),
        sa.Column("delivery_point_id", WHOLE, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("selector", sa.LargeBinary(2), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("issued_at", MOMENT, nullable=False),
        sa.Column("activated_at", MOMENT, nullable=True),
        sa.Column("valid_until", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_keys")),
        sa.ForeignKeyConstraint(["contract_id"], ["contracts.id"], name=op.f("fk_access_keys_contract_id")),
        sa.ForeignKeyConstraint(
            ["delivery_point_id"], ["delivery_points.id"], name=op.f("fk_access_keys_delivery_point_id")
        ),
        sa.UniqueConstraint("contract_id", "version", name=op.f("uq_access_keys_contract_id_version")),
        sa.UniqueConstraint("delivery_point_id", "version", name=op.f("uq_access_keys_delivery_point_id_version")),
        sa.CheckConstraint("kind IN ('web', 'numeric')", name=op.f("ck_access_keys_kind")),
        sa.CheckConstraint(
            "(kind = 'web' AND contract_id IS NOT NULL AND delivery_point_id IS NULL AND selector IS NOT NULL) OR "
            "(kind = 'numeric' AND contract_id IS NULL AND delivery_point_id IS NOT NULL AND selector IS NULL)",
            name=op.f("ck_access_keys_one_owner"),
        ),
        sa.CheckConstraint("state IN ('issued', 'active', 'replaced', 'revoked')", name=op.f("ck_access_keys_state")),
    )
    op.create_index(op.f("ix_access_keys_selector"), "access_keys", ["selector"])
    op.create_table(
        "key_letters",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("contract_id", WHOLE, nullable=False),
        sa.Column("delivery_point_id", WHOLE, nullable=False),
        sa.Column("renews_web", sa.Boolean(), nullable=False),
        sa.Column("renews_numeric", sa.Boolean(), nullable=False),
        sa.Column("compromised", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("batch_id", sa.String(24), nullable=True),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("requested_by_id", WHOLE, nullable=False),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("decided_by_id", WHOLE, nullable=True),
        sa.Column("decision_reason", sa.String(300), nullable=True),
        sa.Column("printed_at", MOMENT, nullable=True),
        sa.Column("printed_by_id", WHOLE, nullable=True),
        sa.Column("dispatched_at", MOMENT, nullable=True),
        sa.Column("dispatched_by_id", WHOLE, nullable=True),
        sa.Column("carrier", sa.String(60), nullable=True),
        sa.Column("tracking_number", sa.String(60), nullable=True),
        sa.Column("web_key_id", WHOLE, nullable=True),
        sa.Column("numeric_key_id", WHOLE, nullable=True),
        sa.Column("text_version", sa.String(20), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_letters")),
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
        sa.UniqueConstraint("public_id", name=op.f("uq_key_letters_public_id")),
        sa.CheckConstraint("renews_web OR renews_numeric", name=op.f("ck_key_letters_renews_something")),
        sa.CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> requested_by_id", name=op.f("ck_key_letters_second_person")
        ),
        sa.CheckConstraint(
            "state IN ('requested', 'approved', 'rejected', 'printed', 'dispatched', 'cancelled', 'lost')",
            name=op.f("ck_key_letters_state"),
        ),
    )
    op.create_index(op.f("ix_key_letters_batch_id"), "key_letters", ["batch_id"])
    op.create_index(op.f("ix_key_letters_contract_id"), "key_letters", ["contract_id"])
    op.create_index(
        op.f("ix_key_letters_delivery_point_id_requested_at"), "key_letters", ["delivery_point_id", "requested_at"]
    )
    op.create_index(op.f("ix_key_letters_state"), "key_letters", ["state"])
    op.create_table(
        "grants",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("session_id", WHOLE, nullable=False),
        sa.Column("contract_id", WHOLE, nullable=True),
        sa.Column("delivery_point_id", WHOLE, nullable=True),
        sa.Column("access_key_id", WHOLE, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_used_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
        sa.ForeignKeyConstraint(["access_key_id"], ["access_keys.id"], name=op.f("fk_grants_access_key_id")),
        sa.ForeignKeyConstraint(["contract_id"], ["contracts.id"], name=op.f("fk_grants_contract_id")),
        sa.ForeignKeyConstraint(
            ["delivery_point_id"], ["delivery_points.id"], name=op.f("fk_grants_delivery_point_id")
        ),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_grants_session_id")),
        sa.CheckConstraint("(contract_id IS NULL) <> (delivery_point_id IS NULL)", name=op.f("ck_grants_one_object")),
    )
    op.create_index(op.f("ix_grants_session_id_contract_id"), "grants", ["session_id", "contract_id"])
    op.create_index(op.f("ix_grants_session_id_delivery_point_id"), "grants", ["session_id", "delivery_point_id"])
    op.create_table(
        "attempt_counters",
        sa.Column("scope", sa.String(20), nullable=False),
        sa.Column("subject", sa.String(120), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("window_started_at", MOMENT, nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
        sa.Column("blocked_until", MOMENT, nullable=True),
        sa.Column("opened_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("scope", "subject", name=op.f("pk_attempt_counters")),
    )
    op.create_table(
        "key_attempts",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("user_id", WHOLE, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("contract_id", WHOLE, nullable=True),
        sa.Column("delivery_point_id", WHOLE, nullable=True),
        sa.Column("address", sa.String(45), nullable=False),
        sa.Column("outcome", sa.String(12), nullable=False),
        sa.Column("access_key_id", WHOLE, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_attempts")),
        sa.ForeignKeyConstraint(["access_key_id"], ["access_keys.id"], name=op.f("fk_key_attempts_access_key_id")),
        sa.ForeignKeyConstraint(["contract_id"], ["contracts.id"], name=op.f("fk_key_attempts_contract_id")),
        sa.ForeignKeyConstraint(
            ["delivery_point_id"], ["delivery_points.id"], name=op.f("fk_key_attempts_delivery_point_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_key_attempts_user_id")),
    )
    op.create_index(op.f("ix_key_attempts_at"), "key_attempts", ["at"])
    op.create_index(op.f("ix_key_attempts_delivery_point_id_at"), "key_attempts", ["delivery_point_id", "at"])
    op.create_index(op.f("ix_key_attempts_user_id"), "key_attempts", ["user_id"])
    op.create_table(
        "open_charges",
        sa.Column("token", sa.String(24), nullable=False),
        sa.Column("charged_at", MOMENT, nullable=False),
        sa.Column("process", sa.String(160), nullable=False),
        sa.Column("counted", sa.Text(), nullable=False),
        sa.Column("attempt_id", WHOLE, nullable=True),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_open_charges")),
        sa.ForeignKeyConstraint(["attempt_id"], ["key_attempts.id"], name=op.f("fk_open_charges_attempt_id")),
    )


def drop() -> None:
    op.drop_table("open_charges")
    op.drop_table("key_attempts")
    op.drop_table("attempt_counters")
    op.drop_table("grants")
    op.drop_table("key_letters")
    op.drop_table("access_keys")
