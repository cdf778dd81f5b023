"""Who buys gas, who signs in, and the keys they open it with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "a3f1c07d9e52"
down_revision = None
branch_labels = None
depends_on = None

# SQLite numbers rows by itself only for a column that is exactly INTEGER.
WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
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
        "companies",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(16), nullable=False),
        sa.Column("nit", sa.String(12), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("sort_name", sa.String(120), nullable=False),
        sa.Column("contact_name", sa.String(120), nullable=True),
        sa.Column("contact_email", sa.String(254), nullable=True),
        sa.Column("contact_phone", sa.String(40), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_companies")),
        sa.UniqueConstraint("nit", name=op.f("uq_companies_nit")),
        sa.UniqueConstraint("public_id", name=op.f("uq_companies_public_id")),
    )
    op.create_table(
        "exit_points",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("code", sa.String(20), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exit_points")),
        sa.UniqueConstraint("code", name=op.f("uq_exit_points_code")),
    )
    op.create_table(
        "users",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(16), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("company_claim", sa.String(120), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("password_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("verified_at", MOMENT, nullable=True),
        sa.Column("disabled_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
        sa.UniqueConstraint("public_id", name=op.f("uq_users_public_id")),
        sa.CheckConstraint(
            "role IN ('customer', 'agent', 'operator', 'supervisor', 'auditor', 'admin')", name=op.f("ck_users_role")
        ),
    )
    op.create_table(
        "consents",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("user_id", WHOLE, nullable=False),
        sa.Column("text_version", sa.String(20), nullable=False),
        sa.Column("accepted_at", MOMENT, nullable=False),
        sa.Column("address", sa.String(45), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_consents_user_id")),
    )
    op.create_index(op.f("ix_consents_user_id"), "consents", ["user_id"])
    op.create_table(
        "contracts",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(16), nullable=False),
        sa.Column("company_id", WHOLE, nullable=False),
        sa.Column("number", sa.String(40), nullable=False),
        sa.Column("modality", sa.String(40), nullable=False),
        sa.Column("unit", sa.String(40), nullable=False),
        sa.Column("maximum_micro", WHOLE, nullable=False),
        sa.Column("maximum_blocks", sa.Boolean(), nullable=False),
        sa.Column("tolerance_basis_points", sa.Integer(), nullable=False),
        sa.Column("supplier_name", sa.String(120), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contracts")),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_contracts_company_id")),
        sa.UniqueConstraint("number", name=op.f("uq_contracts_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_contracts_public_id")),
        sa.CheckConstraint("maximum_micro > 0", name=op.f("ck_contracts_maximum_positive")),
        sa.CheckConstraint(
            "modality IN ('gnv-suministro', 'gnv-atr', 'industrial')", name=op.f("ck_contracts_modality")
        ),
        sa.CheckConstraint(
            "(modality = 'gnv-atr') = (supplier_name IS NOT NULL)", name=op.f("ck_contracts_supplier_when_atr")
        ),
        sa.CheckConstraint("tolerance_basis_points BETWEEN 0 AND 10000", name=op.f("ck_contracts_tolerance_range")),
        sa.CheckConstraint("unit IN ('m3', 'MBTU')", name=op.f("ck_contracts_unit")),
        sa.CheckConstraint("ends_on IS NULL OR ends_on > starts_on", name=op.f("ck_contracts_validity")),
    )
    op.create_index(op.f("ix_contracts_company_id"), "contracts", ["company_id"])
    op.create_table(
        "email_links",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("user_id", WHOLE, nullable=False),
        sa.Column("purpose", sa.String(40), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_email_links")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_email_links_user_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_email_links_token_hash")),
        sa.CheckConstraint("purpose IN ('verify', 'reset')", name=op.f("ck_email_links_purpose")),
    )
    op.create_index(op.f("ix_email_links_user_id"), "email_links", ["user_id"])
    op.create_table(
        "known_devices",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("user_id", WHOLE, nullable=False),
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_devices")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_known_devices_user_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_known_devices_token_hash")),
    )
    op.create_index(op.f("ix_known_devices_user_id"), "known_devices", ["user_id"])
    op.create_table(
        "sessions",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("user_id", WHOLE, nullable=False),
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("previous_token_hash", sa.LargeBinary(32), nullable=True),
        sa.Column("rotated_at", MOMENT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_seen_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("address", sa.String(45), nullable=False),
        sa.Column("user_agent", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sessions_user_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sessions_token_hash")),
    )
    op.create_index(op.f("ix_sessions_previous_token_hash"), "sessions", ["previous_token_hash"])
    op.create_index(op.f("ix_sessions_user_id"), "sessions", ["user_id"])
    op.create_table(
        "bindings",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("user_id", WHOLE, nullable=False),
        sa.Column("contract_id", WHOLE, nullable=False),
        sa.Column("may_nominate", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("approved_at", MOMENT, nullable=True),
        sa.Column("approved_by_id", WHOLE, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bindings")),
        sa.ForeignKeyConstraint(["approved_by_id"], ["users.id"], name=op.f("fk_bindings_approved_by_id")),
        sa.ForeignKeyConstraint(["contract_id"], ["contracts.id"], name=op.f("fk_bindings_contract_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_bindings_user_id")),
        sa.UniqueConstraint("user_id", "contract_id", name=op.f("uq_bindings_user_id_contract_id")),
    )
    op.create_index(op.f("ix_bindings_contract_id"), "bindings", ["contract_id"])
    op.create_table(
        "delivery_points",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(16), nullable=False),
        sa.Column("contract_id", WHOLE, nullable=False),
        sa.Column("exit_point_id", WHOLE, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("sort_name", sa.String(120), nullable=False),
        sa.Column("unit", sa.String(40), nullable=False),
        sa.Column("carrier_code", sa.String(20), nullable=False),
        sa.Column("municipality", sa.String(60), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_points")),
        sa.ForeignKeyConstraint(["contract_id"], ["contracts.id"], name=op.f("fk_delivery_points_contract_id")),
        sa.ForeignKeyConstraint(["exit_point_id"], ["exit_points.id"], name=op.f("fk_delivery_points_exit_point_id")),
        sa.UniqueConstraint("carrier_code", name=op.f("uq_delivery_points_carrier_code")),
        sa.UniqueConstraint("contract_id", "name", name=op.f("uq_delivery_points_contract_id_name")),
        sa.UniqueConstraint("public_id", name=op.f("uq_delivery_points_public_id")),
        sa.CheckConstraint("kind IN ('EDS', 'PLANTA')", name=op.f("ck_delivery_points_kind")),
        sa.CheckConstraint("unit IN ('m3', 'MBTU')", name=op.f("ck_delivery_points_unit")),
    )
    op.create_index(op.f("ix_delivery_points_contract_id"), "delivery_points", ["contract_id"])
    op.create_index(op.f("ix_delivery_points_exit_point_id"), "delivery_points", ["exit_point_id"])
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
        "key_attempts",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("user_id", WHOLE, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("contract_id", WHOLE, nullable=True),
        sa.Column("delivery_point_id", WHOLE, nullable=True),
        sa.Column("address", sa.String(45), nullable=False),
        sa.Column("outcome", sa.String(12), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_attempts")),
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


def downgrade() -> None:
    op.drop_table("grants")
    op.drop_table("key_attempts")
    op.drop_table("access_keys")
    op.drop_table("delivery_points")
    op.drop_table("bindings")
    op.drop_table("sessions")
    op.drop_table("known_devices")
    op.drop_table("email_links")
    op.drop_table("contracts")
    op.drop_table("consents")
    op.drop_table("users")
    op.drop_table("exit_points")
    op.drop_table("companies")
    op.drop_table("attempt_counters")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION IF EXISTS refuse_change()")
