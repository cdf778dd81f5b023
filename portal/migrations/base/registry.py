"""Companies, their contracts and contacts, delivery points and the exit points that feed them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from .types import MOMENT, WHOLE


def create() -> None:
    op.create_table(
        "companies",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(16), nullable=False),
        sa.Column("nit", sa.String(12), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("sort_name", sa.String(120), nullable=False),
        sa.Column("search_text", sa.String(640), nullable=False),
        sa.Column("contact_name", sa.String(120), nullable=True),
        sa.Column("contact_email", sa.String(254), nullable=True),
        sa.Column("contact_phone", sa.String(40), nullable=True),
        sa.Column("address", sa.String(200), nullable=True),
        sa.Column("city", sa.String(80), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_companies")),
        sa.UniqueConstraint("nit", name=op.f("uq_companies_nit")),
        sa.UniqueConstraint("public_id", name=op.f("uq_companies_public_id")),
    )
    op.create_table(
        "contacts",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("company_id", WHOLE, nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("phone", sa.String(40), nullable=True),
        sa.Column("is_deputy", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("wants_receipts", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("wants_reminders", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("wants_cuts", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("wants_notices", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("removed_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_contacts_company_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_contacts_public_id")),
    )
    op.create_index(op.f("ix_contacts_company_id"), "contacts", ["company_id"])
    op.create_index(
        op.f("ix_contacts_one_address"),
        "contacts",
        ["company_id", "email"],
        unique=True,
        sqlite_where=sa.text("removed_at IS NULL"),
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.create_table(
        "contracts",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(16), nullable=False),
        sa.Column("company_id", WHOLE, nullable=False),
        sa.Column("number", sa.String(40), nullable=False),
        sa.Column("search_text", sa.String(640), nullable=False),
        sa.Column("modality", sa.String(40), nullable=False),
        sa.Column("unit", sa.String(40), nullable=False),
        sa.Column("maximum_micro", WHOLE, nullable=False),
        sa.Column("maximum_blocks", sa.Boolean(), nullable=False),
        sa.Column("tolerance_basis_points", sa.Integer(), nullable=False),
        sa.Column("restates_closed_months", sa.Boolean(), nullable=False, server_default=sa.false()),
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
        "exit_points",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("code", sa.String(20), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("search_text", sa.String(640), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exit_points")),
        sa.UniqueConstraint("code", name=op.f("uq_exit_points_code")),
    )
    op.create_table(
        "delivery_points",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(16), nullable=False),
        sa.Column("contract_id", WHOLE, nullable=False),
        sa.Column("exit_point_id", WHOLE, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("sort_name", sa.String(120), nullable=False),
        sa.Column("search_text", sa.String(640), nullable=False),
        sa.Column("unit", sa.String(40), nullable=False),
        sa.Column("carrier_code", sa.String(20), nullable=False),
        sa.Column("municipality", sa.String(60), nullable=False),
        sa.Column("hourly_profile", sa.String(200), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_points")),
        sa.ForeignKeyConstraint(["contract_id"], ["contracts.id"], name=op.f("fk_delivery_points_contract_id")),
        sa.ForeignKeyConstraint(["exit_point_id"], ["exit_points.id"], name=op.f("fk_delivery_points_exit_point_id")),
        sa.UniqueConstraint("carrier_code", "starts_on", name=op.f("uq_delivery_points_carrier_code_starts_on")),
        sa.UniqueConstraint(
            "contract_id", "name", "starts_on", name=op.f("uq_delivery_points_contract_id_name_starts_on")
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_delivery_points_public_id")),
        sa.CheckConstraint("kind IN ('EDS', 'PLANTA')", name=op.f("ck_delivery_points_kind")),
        sa.CheckConstraint("unit IN ('m3', 'MBTU')", name=op.f("ck_delivery_points_unit")),
    )
    op.create_index(op.f("ix_delivery_points_contract_id"), "delivery_points", ["contract_id"])
    op.create_index(op.f("ix_delivery_points_exit_point_id"), "delivery_points", ["exit_point_id"])


def drop() -> None:
    op.drop_table("delivery_points")
    op.drop_table("exit_points")
    op.drop_table("contracts")
    op.drop_table("contacts")
    op.drop_table("companies")
