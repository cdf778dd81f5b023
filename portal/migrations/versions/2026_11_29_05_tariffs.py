"""Tariffs of a month are rows: publications and their figures (adr/0120)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "7b21d40c95fe"
down_revision = "b7d1c94e3a60"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
CONCEPTS = (
    *("publicacion", "nit", "gm", "compresion", "almacenamiento", "confiabilidad", "distribucion_gnv", "trm"),
    *("suspension_reconexion", "conexion", "corte_reinstalacion", "contribucion_residencial"),
    *("contribucion_no_residencial", "consumo_subsidiado", "municipio", "resolucion", "dm", "dm_subsidiado", "cm"),
    *("tm", "tvm", "p", "costo_prestacion", "subsidio", "opcion_tarifaria", "cargo_fijo", "cargo_variable"),
    *("dm_pleno", "cv"),
)


def _one_of(column: str, *words: str) -> str:
    return f"{column} IN ({', '.join(repr(word) for word in words)})"


def upgrade() -> None:
    op.create_table(
        "tariff_publications",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("published_by", sa.String(12), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("file_name", sa.String(120), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by_id", WHOLE, nullable=True),
        sa.Column("shown_from", sa.Date(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", WHOLE, nullable=True),
        sa.Column("reason", sa.String(500), nullable=True),
        sa.CheckConstraint(
            _one_of("state", "proposed", "published", "rejected"), name=op.f("ck_tariff_publications_state")
        ),
        sa.CheckConstraint(
            "(state = 'proposed') = (decided_at IS NULL)", name=op.f("ck_tariff_publications_decided_when_not_proposed")
        ),
        sa.CheckConstraint(
            "state <> 'published' OR shown_from IS NOT NULL", name=op.f("ck_tariff_publications_shown_when_published")
        ),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["users.id"], name=op.f("fk_tariff_publications_proposed_by_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["users.id"], name=op.f("fk_tariff_publications_decided_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tariff_publications")),
        sa.UniqueConstraint(
            "published_by", "month", "version", name=op.f("uq_tariff_publications_published_by_month_version")
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_tariff_publications_public_id")),
    )
    op.create_index("ix_tariff_publications_state_month", "tariff_publications", ["state", "month"])
    op.create_table(
        "tariff_figures",
        sa.Column("publication_id", WHOLE, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("market", sa.String(80), nullable=False),
        sa.Column("concept", sa.String(40), nullable=False),
        sa.Column("rule", sa.String(40), nullable=True),
        sa.Column("stratum", sa.Integer(), nullable=True),
        sa.Column("first", sa.Integer(), nullable=True),
        sa.Column("last", sa.Integer(), nullable=True),
        sa.Column("value", sa.BigInteger(), nullable=True),
        sa.Column("text", sa.String(200), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        sa.CheckConstraint(_one_of("concept", *CONCEPTS), name=op.f("ck_tariff_figures_concept")),
        sa.CheckConstraint(
            "rule IS NULL OR " + _one_of("rule", "CREG 137 de 2013", "CREG 048 de 2020"),
            name=op.f("ck_tariff_figures_rule"),
        ),
        sa.ForeignKeyConstraint(
            ["publication_id"],
            ["tariff_publications.id"],
            name=op.f("fk_tariff_figures_publication_id"),
        ),
        sa.PrimaryKeyConstraint("publication_id", "place", name=op.f("pk_tariff_figures")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("tariff_figures")
    op.drop_table("tariff_publications")
