"""Points of a contract nominated together, a batch each (adr/0163)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "b1c4e07d92f5"
down_revision = "c4a17e3ab6e8"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "nomination_groups",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("user_id", WHOLE, nullable=False),
        sa.Column("contract_id", WHOLE, nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("confirmed_unusual", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(32), nullable=True),
        sa.Column("signed_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("left_out", sa.Text(), nullable=True),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_nomination_groups_days_in_order")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_nomination_groups_user_id")),
        sa.ForeignKeyConstraint(["contract_id"], ["contracts.id"], name=op.f("fk_nomination_groups_contract_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nomination_groups")),
        sa.UniqueConstraint("public_id", name=op.f("uq_nomination_groups_public_id")),
    )
    op.create_index(op.f("ix_nomination_groups_user_id"), "nomination_groups", ["user_id"])


def downgrade() -> None:
    op.drop_table("nomination_groups")
