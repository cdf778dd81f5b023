"""Distributor of the installation: one row, seeded with the facts of the first distributor."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

LLANOGAS = {
    "id": 1,
    "name": "Llanogas",
    "legal_name": "Llanogas S.A. E.S.P. BIC",
    "nit": "800021272-9",
    "telephone": "(608) 681 9130",
    "emergency_line": "164 – (608) 6819077",
    "address": "Calle 34 A N.º 34-29, Torre 1, barrio Barzal",
    "city": "Villavicencio",
    "department": "Meta",
    "website": "https://www.llanogas.com",
    "privacy_email": "protecciondedatosllanogas@grupodellano.com",
    "nomination_series": "N",
    "claim_series": "RB",
    "case_series": "PQR",
    "statement_series": "CB",
    "token_prefix": "llanogas_",
    "guessable": "gasesdelllano llano",
    "brand": "#0b4f8a",
    "brand_strong": "#083b68",
    "brand_tint": "#e9f1f8",
    "dark_brand": "#7db8ec",
    "dark_brand_strong": "#a9d1f5",
    "dark_brand_tint": "#16293a",
}


def create() -> None:
    table = op.create_table(
        "distributor",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("legal_name", sa.String(80), nullable=False),
        sa.Column("nit", sa.String(12), nullable=False),
        sa.Column("telephone", sa.String(30), nullable=False),
        sa.Column("emergency_line", sa.String(40), nullable=False),
        sa.Column("address", sa.String(120), nullable=False),
        sa.Column("city", sa.String(40), nullable=False),
        sa.Column("department", sa.String(40), nullable=False),
        sa.Column("website", sa.String(80), nullable=False),
        sa.Column("privacy_email", sa.String(100), nullable=False),
        sa.Column("nomination_series", sa.String(6), nullable=False),
        sa.Column("claim_series", sa.String(6), nullable=False),
        sa.Column("case_series", sa.String(6), nullable=False),
        sa.Column("statement_series", sa.String(6), nullable=False),
        sa.Column("token_prefix", sa.String(17), nullable=False),
        sa.Column("guessable", sa.String(200), nullable=False),
        *[
            sa.Column(f"{theme}brand{shade}", sa.String(7), nullable=False)
            for theme in ("", "dark_")
            for shade in ("", "_strong", "_tint")
        ],
        sa.PrimaryKeyConstraint("id", name=op.f("pk_distributor")),
        sa.CheckConstraint("id = 1", name=op.f("ck_distributor_single")),
    )
    op.bulk_insert(table, [LLANOGAS])


def drop() -> None:
    op.drop_table("distributor")
