"""Layouts of files are remembered by their sender (adr/0125)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "c95e10b7f3d4"
down_revision = "a41c7e0d52b8"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KINDS = "kind IN ('readings', 'heating-values', 'registry', 'authorised', 'tariffs')"


def upgrade() -> None:
    op.add_column("uploads", sa.Column("sender", sa.String(200), nullable=True))
    op.create_table(
        "file_layouts",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("sender", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("signature", sa.LargeBinary(32), nullable=False),
        sa.Column("dots_group", sa.Boolean(), nullable=True),
        sa.Column("month_first", sa.Boolean(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by_id", WHOLE, nullable=True),
        sa.CheckConstraint(KINDS, name=op.f("ck_file_layouts_kind")),
        sa.ForeignKeyConstraint(["confirmed_by_id"], ["users.id"], name=op.f("fk_file_layouts_confirmed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file_layouts")),
        sa.UniqueConstraint("sender", "kind", "signature", name=op.f("uq_file_layouts_sender_kind_signature")),
    )


def downgrade() -> None:
    op.drop_table("file_layouts")
    op.drop_column("uploads", "sender")
