"""The file of each frozen day's book, and which revision an authorised quantity answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "8b0c6de41f7a"
down_revision = "5e1c9a37bd42"
branch_labels = None
depends_on = None

# SQLite numbers rows by itself only for a column that is exactly INTEGER.
WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "day_book_files",
        sa.Column("book_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["day_books.id"], name=op.f("fk_day_book_files_book_id")),
        sa.PrimaryKeyConstraint("book_id", name=op.f("pk_day_book_files")),
    )
    op.add_column("authorisations", sa.Column("revision", sa.Integer(), nullable=True))
    # Made by the revision before this one, and empty: SQLite adds no column without a default to a table.
    op.drop_table("authorisation_drafts")
    _create_drafts(sa.Column("revision", sa.Integer(), nullable=False))


def downgrade() -> None:
    op.drop_table("authorisation_drafts")
    _create_drafts()
    op.drop_column("authorisations", "revision")
    op.drop_table("day_book_files")


def _create_drafts(*columns: sa.Column[int]) -> None:
    op.create_table(
        "authorisation_drafts",
        sa.Column("delivery_point_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("gas_day", sa.Date(), nullable=False),
        *columns,
        sa.Column("quantity_m3", sa.BigInteger(), nullable=False),
        sa.Column("quantity_mbtu", sa.BigInteger(), nullable=False),
        sa.Column("cut_reason", sa.String(length=40), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", WHOLE, nullable=False),
        sa.CheckConstraint(
            "cut_reason IS NULL OR cut_reason IN "
            "('CPR', 'CRN', 'PCC', 'CCD', 'EPM', 'EPS', 'FMJ', 'NGU', 'CNA', 'GQS')",
            name=op.f("ck_authorisation_drafts_cut_reason"),
        ),
        sa.CheckConstraint(
            "quantity_m3 >= 0 AND quantity_mbtu >= 0", name=op.f("ck_authorisation_drafts_quantity_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["delivery_point_id"], ["delivery_points.id"], name=op.f("fk_authorisation_drafts_delivery_point_id")
        ),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["users.id"], name=op.f("fk_authorisation_drafts_recorded_by_id")),
        sa.PrimaryKeyConstraint("delivery_point_id", "gas_day", name=op.f("pk_authorisation_drafts")),
    )
