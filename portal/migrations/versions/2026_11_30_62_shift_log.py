"""Log of the operator's shift (adr/0140)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "d81b6c30f5e2"
down_revision = "c3f58e21a906"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLE = "shift_entries"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("text", sa.String(1000), nullable=False),
        sa.Column("told", sa.String(200), nullable=True),
        sa.Column("search_text", sa.String(1500), nullable=False),
        sa.Column("delivery_point_id", WHOLE, nullable=True),
        sa.Column("exit_point_id", WHOLE, nullable=True),
        sa.Column("gas_day", sa.Date(), nullable=True),
        sa.Column("given_to_id", WHOLE, nullable=True),
        sa.Column("open_matters", sa.String(2000), nullable=True),
        sa.Column("answers_id", WHOLE, nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_by_id", WHOLE, nullable=False),
        sa.CheckConstraint("kind IN ('event', 'handover', 'takeover')", name=op.f("ck_shift_entries_kind")),
        sa.CheckConstraint(
            "(kind = 'handover') = (given_to_id IS NOT NULL)", name=op.f("ck_shift_entries_given_when_handed_over")
        ),
        sa.CheckConstraint(
            "(kind = 'handover') = (open_matters IS NOT NULL)", name=op.f("ck_shift_entries_matters_when_handed_over")
        ),
        sa.CheckConstraint(
            "(kind = 'takeover') = (answers_id IS NOT NULL)", name=op.f("ck_shift_entries_answers_when_taken_over")
        ),
        sa.CheckConstraint(
            "given_to_id IS NULL OR given_to_id <> written_by_id", name=op.f("ck_shift_entries_given_to_another")
        ),
        sa.ForeignKeyConstraint(
            ["delivery_point_id"], ["delivery_points.id"], name=op.f("fk_shift_entries_delivery_point_id")
        ),
        sa.ForeignKeyConstraint(["exit_point_id"], ["exit_points.id"], name=op.f("fk_shift_entries_exit_point_id")),
        sa.ForeignKeyConstraint(["given_to_id"], ["users.id"], name=op.f("fk_shift_entries_given_to_id")),
        sa.ForeignKeyConstraint(["answers_id"], ["shift_entries.id"], name=op.f("fk_shift_entries_answers_id")),
        sa.ForeignKeyConstraint(["written_by_id"], ["users.id"], name=op.f("fk_shift_entries_written_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_entries")),
        sa.UniqueConstraint("public_id", name=op.f("uq_shift_entries_public_id")),
        sa.UniqueConstraint("answers_id", name=op.f("uq_shift_entries_answers_id")),
    )
    op.create_index(op.f("ix_shift_entries_given_to_id"), TABLE, ["given_to_id"])


def downgrade() -> None:
    op.drop_table(TABLE)
